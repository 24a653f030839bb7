/** @module doors/models-api/model-request: from the bytes of a client to the input of a model call. */
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { CacheWish } from '../../contracts/model-cache.ts';
import { WireBody, type ModelCallInput, type ModelOperation } from '../../contracts/model.ts';
import { parseJson } from '../mcp/json-text.ts';
import { DIALECTS, type DoorDialect } from './dialects.ts';

/** A call as the client asked for it. */
export interface ModelRequest {
  readonly model: string;
  readonly input: ModelCallInput;
}

/** What the route says of it. */
export interface RequestRoute {
  readonly dialect: DoorDialect;
  readonly asks: ModelOperation;
  /** The model that the path names; undefined = the body does. */
  readonly model: string | undefined;
  /** Whether it is a stream, where the path says that; undefined = the body does. */
  readonly isStream?: boolean | undefined;
}

/** @throws AppError PARSE_ERROR, INVALID_REQUEST */
export function readModelRequest({ dialect, asks, model: named, isStream }: RequestRoute, headers: IncomingHttpHeaders, body: Buffer): ModelRequest {
  const value = parseJson(body);
  if (!isObject(value)) throw new AppError('INVALID_REQUEST', { message: 'The body is not a JSON object.', fix: 'Send one JSON object.' });
  const { model = named, stream = false, background } = named === undefined ? value : { ...value, model: named, stream: false };
  if (typeof model !== 'string' || model === '')
    throw new AppError('INVALID_REQUEST', { message: 'The body names no model.', fix: 'Set "model"; GET /v1/models lists the names.' });
  if (typeof stream !== 'boolean' && stream !== null)
    throw new AppError('INVALID_REQUEST', { message: 'The member stream is neither true nor false.', fix: 'Set "stream" to true or false.' });
  if (dialect === 'openai-responses' && background === true)
    throw new AppError('INVALID_REQUEST', {
      message: 'The gateway keeps no responses to be fetched later.',
      fix: 'Leave "background" out, and stream the response.',
    });
  return {
    model,
    input: {
      operation: asks,
      dialect,
      isStream: asks === 'generate' && (isStream ?? stream === true),
      holdBack: headers['x-switchyard-hold-back'] === 'complete' ? 'complete' : 'first-content',
      bytes: body.length,
      maxOutputTokens: maxTokensIn(value),
      answers: answersIn(value),
      cache: cacheWishIn(headers['x-switchyard-cache']),
      headers: passed(headers, DIALECTS[dialect].passedHeaders),
      attempt: 0,
      body: new WireBody(body),
    },
  };
}

const CACHE_WISHES: readonly CacheWish[] = ['use', 'no-cache', 'no-store'];

/** A wish that is not understood might be one for secrecy: it is not passed over. @throws AppError INVALID_REQUEST */
function cacheWishIn(header: string | readonly string[] | undefined): CacheWish | undefined {
  if (header === undefined) return undefined;
  const wish = CACHE_WISHES.find((known) => known === String(header).trim().toLowerCase());
  if (wish) return wish;
  throw new AppError('INVALID_REQUEST', { message: 'The header X-Switchyard-Cache says what nobody knows.', fix: `Send one of ${CACHE_WISHES.join(', ')}.` });
}

function passed(headers: IncomingHttpHeaders, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
}

/** Under whichever of its names the body says it. Providers differ in which of several they go by: the largest counts. */
function maxTokensIn(body: JsonObject): number | null {
  const { max_tokens: old, max_completion_tokens: total, max_output_tokens: output } = body;
  const inConfigs = generationConfigsIn(body).flatMap(({ maxOutputTokens: camel, max_output_tokens: snake }) => [camel, snake]);
  const said = [old, total, output, ...inConfigs].filter(isCount);
  return said.length === 0 ? null : Math.max(...said);
}

/** Providers allow far fewer; a larger number would only be a sum that nobody can add up. */
const MAX_ANSWERS = 1000;

/** How many answers one request asks for: each of them is charged. */
function answersIn(body: JsonObject): number {
  const inConfigs = generationConfigsIn(body).flatMap(({ candidateCount: camel, candidate_count: snake }) => [camel, snake]);
  return Math.min(Math.max(1, ...[body['n'], ...inConfigs].filter(isCount)), MAX_ANSWERS);
}

/** Gemini's, in both of its spellings. */
function generationConfigsIn(body: JsonObject): readonly JsonObject[] {
  return [body['generationConfig'], body['generation_config']].filter(isObject);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
