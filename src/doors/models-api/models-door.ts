/** @module doors/models-api/models-door: the model API: the routes of OpenAI, Anthropic and Gemini. */
import type { ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import type { Answer, CallRunner, RateState, StreamPart, Trace } from '../../contracts/call.ts';
import type { HttpExchange, HttpMount, ProtectedResource } from '../../contracts/http.ts';
import { isModelChunk, isModelResult } from '../../contracts/model.ts';
import type { ClientDirectory } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { rateHeaders } from '../http/answer.ts';
import { assertJson, readBody } from '../http/body.ts';
import { allowedMethods, isMethodOf } from '../http/route.ts';
import { readTrace } from '../mcp/trace.ts';
import { listDialect, modelCredential, queryOf } from './credential.ts';
import type { DoorDialect } from './dialects.ts';
import { answerOf } from './lists.ts';
import { readModelRequest } from './model-request.ts';
import { createModelReply, servedHeaders, type ModelReply } from './model-reply.ts';
import { isModelPath, modelPath, type ModelPath } from './routes.ts';

/** What the door is given. */
export interface ModelsDoorPorts {
  readonly runner: CallRunner;
  readonly clients: ClientDirectory;
  readonly logger: Logger;
  readonly maxBodyBytes: number;
  /** Named in challenges. */
  readonly resource?: ProtectedResource | undefined;
}

const DOOR = 'models';

/** Nothing here decides who may do what, nor where a call goes: every request is a call of the model it names. */
export function createModelsDoor({ runner, clients, logger, maxBodyBytes, resource }: ModelsDoorPorts): HttpMount {
  const serve = async (exchange: HttpExchange, { routes, model: named }: ModelPath, dialect: DoorDialect, trace: Trace, reply: ModelReply): Promise<void> => {
    const { request, source, response } = exchange;
    const route = routes.find((candidate) => isMethodOf(candidate, request.method));
    if (!route) {
      response.setHeader('Allow', allowedMethods(routes));
      throw new AppError('METHOD_NOT_ALLOWED');
    }
    const admission = await runner.admit({ door: DOOR, source, credential: modelCredential(exchange, dialect) });
    const { id: principalId } = admission.principal;
    const client = clients.touch({ id: `${DOOR}:${principalId}`, principalId, door: DOOR });
    const common = { admission, trace, client, signal: abortOnLeave(response) };
    if (route.asks === undefined) {
      const answer = await runner.run({ ...common, target: { kind: 'catalog', name: 'models' }, input: named === undefined ? {} : { name: named } });
      reply.json(answerOf(resultValue(answer), named, dialect), answer.rate);
      return;
    }
    const body = await readBody(request, maxBodyBytes);
    assertJson(request);
    if (route.isStream === true && queryOf(request.url).get('alt') !== 'sse')
      throw new AppError('INVALID_REQUEST', { message: 'Streams are server-sent events only.', fix: 'Add alt=sse to the query.' });
    const { model, input } = readModelRequest({ ...route, asks: route.asks, model: named }, request.headers, body);
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
      const here = modelPath(exchange.path);
      const [first] = here.routes;
      const dialect = first?.asks === undefined ? listDialect(exchange.request.headers, first?.dialect) : first.dialect;
      const reply = createModelReply(exchange.response, dialect, trace.correlationId, resource);
      await serve(exchange, here, dialect, trace, reply).catch((thrown: unknown) => {
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
  if (value.body) reply.whole(value.body.bytes, { ...rateHeaders(rate), ...servedHeaders(value) });
  else reply.end();
}

function abortOnLeave(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  return leaving.signal;
}
