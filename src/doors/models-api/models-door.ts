/** @module doors/models-api/models-door: the model API: chat completions, messages and the list of models. */
import type { ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { Answer, CallRunner, RateState, StreamPart, Trace } from '../../contracts/call.ts';
import type { HttpExchange, HttpMount } from '../../contracts/http.ts';
import { isModelChunk, isModelResult } from '../../contracts/model.ts';
import type { ClientDirectory, Credential } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { rateHeaders } from '../http/answer.ts';
import { assertJson, readBody } from '../http/body.ts';
import { readCredential } from '../http/credential.ts';
import { allowedMethods, isMethodOf } from '../http/route.ts';
import { readTrace } from '../mcp/trace.ts';
import { readModelRequest } from './model-request.ts';
import { createModelReply, servedHeaders, type ModelReply } from './model-reply.ts';
import { dialectOf, isModelPath, MODEL_ROUTES } from './routes.ts';

/** What the door is given. */
export interface ModelsDoorPorts {
  readonly runner: CallRunner;
  readonly clients: ClientDirectory;
  readonly logger: Logger;
  readonly maxBodyBytes: number;
}

const DOOR = 'models';

/** Nothing here decides who may do what, nor where a call goes: every request is a call of the model it names. */
export function createModelsDoor({ runner, clients, logger, maxBodyBytes }: ModelsDoorPorts): HttpMount {
  const serve = async (exchange: HttpExchange, trace: Trace, reply: ModelReply): Promise<void> => {
    const { request, source, path, response } = exchange;
    const here = MODEL_ROUTES.filter((route) => route.path === path);
    if (!here.some((route) => isMethodOf(route, request.method))) {
      response.setHeader('Allow', allowedMethods(here));
      throw new AppError('METHOD_NOT_ALLOWED');
    }
    const admission = await runner.admit({ door: DOOR, source, credential: credentialOf(request.headers) });
    const { id: principalId } = admission.principal;
    const client = clients.touch({ id: `${DOOR}:${principalId}`, principalId, door: DOOR });
    const common = { admission, trace, client, signal: abortOnLeave(response) };
    const dialect = dialectOf(path);
    if (dialect === undefined) {
      const answer = await runner.run({ ...common, target: { kind: 'catalog', name: 'models' }, input: {} });
      reply.json(listOf(resultValue(answer)), answer.rate);
      return;
    }
    const body = await readBody(request, maxBodyBytes);
    assertJson(request);
    const { model, input } = readModelRequest(dialect, request.headers, body);
    const emit = (part: StreamPart): ReturnType<ModelReply['chunk']> =>
      part.type === 'chunk' && isModelChunk(part.value) ? reply.chunk(part.value) : undefined;
    const answer = await runner.run({ ...common, target: { kind: 'model', name: model }, input, emit });
    finish(reply, resultValue(answer), answer.rate);
  };

  return {
    name: DOOR,
    owns: isModelPath,
    async handle(exchange) {
      const trace = readTrace(exchange.request.headers, undefined);
      const reply = createModelReply(exchange.response, dialectOf(exchange.path) ?? 'openai-chat', trace.correlationId);
      await serve(exchange, trace, reply).catch((thrown: unknown) => {
        const error = toAppError(thrown);
        if (error.code === 'INTERNAL') logger.error('request failed', { door: DOOR, correlation_id: trace.correlationId, error: error.cause });
        reply.fail(error);
      });
    },
  };
}

/** @throws AppError as the call failed */
function resultValue({ terminal }: Answer): unknown {
  if (terminal.type === 'result') return terminal.value;
  throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
}

function finish(reply: ModelReply, value: unknown, rate: RateState | undefined): void {
  if (!isModelResult(value)) throw new AppError('INTERNAL');
  if (value.body) reply.whole(value.body.bytes, { ...rateHeaders(rate), ...servedHeaders(value.servedBy, value.notCarried) });
  else reply.end();
}

/** One list that clients of both dialects read. */
function listOf(models: unknown): unknown {
  const names = Array.isArray(models) ? models.flatMap((model: unknown) => (isObject(model) && typeof model['name'] === 'string' ? [model['name']] : [])) : [];
  const data = names.map((id) => ({ id, object: 'model', type: 'model', display_name: id, created: 0, created_at: '1970-01-01T00:00:00Z', owned_by: 'switchyard' }));
  return { object: 'list', data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

/** Anthropic's clients send their key in a header of its own. */
function credentialOf(headers: HttpExchange['request']['headers']): Credential {
  const { authorization, 'x-api-key': key } = headers;
  return authorization === undefined && typeof key === 'string' ? readCredential({ authorization: `Bearer ${key}` }) : readCredential(headers);
}

function abortOnLeave(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  return leaving.signal;
}
