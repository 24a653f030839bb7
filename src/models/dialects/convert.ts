/** @module models/dialects/convert: from the client's dialect to the provider's and back. Loaded at the first call that needs it. */
import type { ModelDialect, ModelOperation } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { parseExact, parseExactObject } from '../wire/exact-json.ts';
import { readMember } from '../wire/members.ts';
import { countCodec, doorCodec, embedCodec, providerCodec } from './codecs.ts';
import type { AnswerFacts, ChatRequest, DialectCodec, LossReport } from './conversation.ts';
import { createLosses, inClientWords, withDialects, type Losses } from './losses.ts';
import { refused } from './reading.ts';

/** What is converted. */
export interface ConversionRequest {
  readonly operation: ModelOperation;
  readonly from: ModelDialect;
  readonly to: ModelDialect;
  /** As the provider names it. */
  readonly model: string;
  readonly isStream: boolean;
  /** The client's headers that belong to its dialect, names in lower case; none is carried. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: Uint8Array;
}

/** One stream on its way back. */
export interface StreamConversion {
  /** @param data of one event of the provider; whole events of the client's dialect, maybe none @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE */
  push(data: string): Uint8Array;
  /** What is still owed when the provider's stream is whole. */
  finish(): Uint8Array;
}

/** One call between two dialects. */
export interface Conversion {
  /** For the provider. */
  readonly body: Uint8Array;
  /** Members that only tune or label and have no counterpart, as the client wrote them; safe for a header. */
  readonly notCarried: readonly string[];
  /** A whole answer, in the client's dialect. @throws AppError PROVIDER_FAILED, PROVIDER_INCOMPLETE */
  answer(bytes: Uint8Array): Uint8Array;
  stream(): StreamConversion;
}

type Json = (body: JsonObject) => JsonObject;
interface Converted {
  readonly body: JsonObject;
  readonly answer: Json;
  readonly stream: () => StreamConversion;
}
interface Source extends ConversionRequest {
  readonly json: JsonObject;
  readonly facts: AnswerFacts;
}
type Convert = (source: Source, losses: Losses) => Promise<Converted>;

/**
 * @param now milliseconds since 1970, for the time that some dialects write into an answer
 * @throws AppError CONVERSION_REFUSED naming the member and both dialects, INVALID_REQUEST
 */
export async function createConversion(request: ConversionRequest, now: () => number = Date.now): Promise<Conversion> {
  const json = parseBody(request.body);
  const { model = request.model } = json;
  const facts: AnswerFacts = { model: typeof model === 'string' ? model : request.model, createdAt: Math.floor(now() / 1000) };
  const losses = createLosses();
  // The version says how to read the body, which has been done.
  for (const name of Object.keys(request.headers ?? {})) if (!name.endsWith('-version')) losses.report().note(name);
  try {
    const { body, answer, stream } = await OPERATIONS[request.operation]({ ...request, json, facts }, losses);
    return {
      body: Buffer.from(JSON.stringify(body)),
      notCarried: losses.names(),
      answer: (bytes) => bounded(() => Buffer.from(JSON.stringify(answer(parseExactObject(Buffer.from(bytes).toString('utf8')))))),
      stream() {
        const { push, finish } = stream();
        return { push: (data) => bounded(() => push(data)), finish: () => bounded(finish) };
      },
    };
  } catch (thrown) {
    // What walks a value recurses, and so does what writes it.
    if (thrown instanceof RangeError) throw new AppError('INVALID_REQUEST', { message: 'The body is nested too deep to be converted.', cause: thrown });
    throw withDialects(thrown, request);
  }
}

const OPERATIONS: Readonly<Record<ModelOperation, Convert>> = { generate: convertChat, embed: convertEmbedding, count: convertCount };

async function convertChat({ from, to, model, isStream, json, facts }: Source, losses: Losses): Promise<Converted> {
  const [door, provider] = await Promise.all([doorCodec(from), providerCodec(to)]);
  const request = { ...door.decodeRequest(json, losses.report()), isStream };
  const write = (loss: LossReport): JsonObject => {
    checkLastTurn(request, from, to);
    return provider.encodeRequest(request, model, loss);
  };
  return {
    body: encode(door, json, losses, write),
    answer: (body) => door.encodeAnswer(provider.decodeAnswer(body), { ...facts, tools: request.tools }),
    stream() {
      const decoder = provider.createDecoder();
      const encoder = door.createEncoder({ ...facts, tools: request.tools, request, wantsUsage: wantsUsage(json) });
      const write = (deltas: ReturnType<typeof decoder.decode>): Uint8Array => Buffer.from(deltas.map((delta) => encoder.encode(delta)).join(''));
      return { push: (data) => write(decoder.decode(data)), finish: () => write(decoder.finish()) };
    },
  };
}

/** What a model makes of a conversation that ends with the assistant; where it is not known, nothing is promised. */
const LAST_WORDS: Readonly<Partial<Record<ModelDialect, 'continued' | 'past'>>> = {
  'anthropic-messages': 'continued',
  'bedrock-converse': 'continued',
  'openai-chat': 'past',
  'openai-responses': 'past',
};

/** @throws AppError CONVERSION_REFUSED */
function checkLastTurn({ turns }: ChatRequest, from: ModelDialect, to: ModelDialect): void {
  const isKept = LAST_WORDS[from] !== undefined && LAST_WORDS[from] === LAST_WORDS[to];
  if (turns.at(-1)?.role === 'assistant' && !isKept)
    throw refused('turns', 'the conversation ends with the assistant, whose words one dialect continues and the other does not.');
}

async function convertEmbedding({ from, to, model, json, facts }: Source, losses: Losses): Promise<Converted> {
  const loss = losses.report();
  const [door, provider] = await Promise.all([embedCodec(from), embedCodec(to)]);
  const request = door.decodeRequest(json, loss);
  return {
    body: provider.encodeRequest(request, model, loss),
    answer: (body) => door.encodeAnswer(provider.decodeAnswer(body), { ...facts, request }),
    stream: noStream,
  };
}

async function convertCount({ from, to, model, json }: Source, losses: Losses): Promise<Converted> {
  const [door, client, provider] = await Promise.all([doorCodec(from), countCodec(from), countCodec(to)]);
  const request = door.decodeRequest(json, losses.report());
  return {
    body: encode(door, json, losses, (loss) => provider.encodeRequest(request, model, loss)),
    answer: (body) => client.encodeAnswer(provider.decodeAnswer(body)),
    stream: noStream,
  };
}

function noStream(): never {
  throw new AppError('INTERNAL', { message: 'Only generate has streams.' });
}

/** What the encoder says of the typed form reaches the client in its own words. */
function encode(
  { memberNames: names = {} }: Pick<DialectCodec, 'memberNames'>,
  body: JsonObject,
  losses: Losses,
  write: (loss: LossReport) => JsonObject,
): JsonObject {
  try {
    return write(losses.report({ names, body }));
  } catch (thrown) {
    throw inClientWords(thrown, { names, body });
  }
}

/** Streams of openai-chat tell their usage on request; every other dialect always does. */
function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isObject(options) && options['include_usage'] === true;
}

/** What walks a value recurses: a provider's values that are too deep for that are its fault. @throws AppError PROVIDER_FAILED */
function bounded(convert: () => Uint8Array): Uint8Array {
  try {
    return convert();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new AppError('PROVIDER_FAILED', { message: 'The provider sent what is nested too deep to be converted.', cause: thrown });
  }
}

/** The client's body. @throws AppError INVALID_REQUEST unless it is one object without a name twice */
export function parseBody(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    // Decodes without a byte-order mark.
    value = parseExact(new TextDecoder().decode(body));
  } catch (cause) {
    throw new AppError('INVALID_REQUEST', { message: 'The body is not valid JSON.', cause });
  }
  if (!isObject(value)) throw new AppError('INVALID_REQUEST', { message: 'The body is not a JSON object.' });
  readMember(body, 'model');
  return value;
}
