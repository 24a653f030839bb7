/**
 * @module models/cache/answer-cache: the step that gives an answer again instead of asking for it. It stands
 * behind the guardrails of the way in, so that it knows what providers see, and before those of the way out,
 * so that what it gives is judged as theirs is.
 */
import type { CallContext } from '../../contracts/call.ts';
import type { CacheConfig, CacheFacts } from '../../contracts/model-cache.ts';
import { WireBody, type ModelCallInput, type ModelResult } from '../../contracts/model.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { Counter } from '../../contracts/telemetry.ts';
import type { Clock } from '../../core/clock.ts';
import type { Answering } from '../answering.ts';
import { UNAVAILABLE, type BoundedStore } from './bounded-store.ts';
import { createEligibility } from './eligibility.ts';
import { decodeEntry, encodeEntry, hashVector, type KeptAnswer } from './entry.ts';
import { exactKey, groupKey, ownerOf, type Setting } from './identity.ts';
import { questionIn, type Question } from './question.ts';
import { createRecorder } from './recorder.ts';
import { nearestOf, vectorOf } from './vectors.ts';

/** What the cache stands on. */
export interface AnswerCachePorts {
  readonly config: CacheConfig;
  readonly store: BoundedStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Counts by {mode, result}. */
  readonly lookups: Counter;
  /** Whether the caller might be allowed to call the `provider/model` that an answer came from, now. */
  readonly isAllowed: (principal: Principal, servedBy: string) => boolean;
}

/** A call that may be answered from the cache. */
export interface CachedCall {
  /** The name that was asked for. */
  readonly name: string;
  /** Where it leads: another configuration, another answer. */
  readonly route: string;
  readonly context: Pick<CallContext, 'principal' | 'scope' | 'call' | 'note'>;
}

/** Puts the cache before the next step. */
export type AnswerCache = (call: CachedCall, next: Answering) => Answering;

/** What was found. */
interface Found {
  readonly answer: KeptAnswer;
  readonly facts: Extract<CacheFacts, { result: 'hit' }>;
}

/** Where the answer to a request may lie among others. */
interface Place {
  readonly group: string;
  readonly vector: Uint8Array;
}

/** Never fails itself: what the store or the model of vectors does not do is a miss. */
export function createAnswerCache(ports: AnswerCachePorts): AnswerCache {
  const { config, store, clock, lookups } = ports;
  const judge = createEligibility(config);

  return (call, next) => async (input, emit) => {
    const verdict = judge(call.name, input);
    if (verdict.is === 'off') return await next(input, emit);
    if (verdict.is === 'bypass') {
      lookups.add({ mode: 'exact', result: 'bypass' });
      return await passOn({ result: 'bypass', reason: verdict.reason }, input, emit, next);
    }
    const setting: Setting = { owner: ownerOf(call.context.principal, config.scope), name: call.name, route: call.route, secret: config.secret };
    const lookup = createLookup(ports, call, setting, input);
    const exact = verdict.isFresh ? undefined : await lookup.exact();
    if (exact) return await replay(exact, call, emit);
    const place = await lookup.place();
    const near = place && !verdict.isFresh ? await lookup.near(place) : undefined;
    if (near) return await replay(near, call, emit);

    const recorder = createRecorder(emit, { result: 'miss' }, config.maxEntryBytes);
    const result = await next(input, recorder.emit);
    const pieces = recorder.pieces(result);
    if (pieces) store.put(toWrite(lookup.key, { result, pieces, place, isStream: input.isStream, at: clock.now() }, config));
    return { ...result, cache: { result: 'miss' } };
  };
}

/** The searches for one request. */
interface Lookup {
  readonly key: string;
  exact(): Promise<Found | undefined>;
  /** Undefined where requests are not compared, or this one cannot be. */
  place(): Promise<Place | undefined>;
  near(place: Place): Promise<Found | undefined>;
}

function createLookup(
  { config, store, clock, lookups, isAllowed }: AnswerCachePorts,
  { context }: CachedCall,
  setting: Setting,
  input: ModelCallInput,
): Lookup {
  const { secret, ttlSeconds, mode, semantic } = config;
  const key = exactKey(setting, input);
  const read = async (asked: string): Promise<KeptAnswer | undefined | typeof UNAVAILABLE> => {
    const bytes = await context.scope.race(store.get(asked));
    if (bytes === undefined || bytes === UNAVAILABLE) return bytes;
    const answer = decodeEntry(bytes, asked, secret);
    const isUsable =
      answer && answer.isStream === input.isStream && clock.now() - answer.at < ttlSeconds * 1000 && isAllowed(context.principal, answer.servedBy);
    return isUsable ? answer : undefined;
  };
  const count = (counted: 'exact' | 'semantic', answer: KeptAnswer | undefined | typeof UNAVAILABLE): Found | undefined => {
    lookups.add({ mode: counted, result: answer === UNAVAILABLE ? answer : answer ? 'hit' : 'miss' });
    if (!answer || answer === UNAVAILABLE) return undefined;
    return { answer, facts: { result: 'hit', mode: counted, ageSeconds: Math.max(0, Math.floor((clock.now() - answer.at) / 1000)) } };
  };

  return {
    key,
    exact: async () => count('exact', await read(key)),
    async place() {
      const { embeddingModel, timeoutMs } = semantic;
      const question = mode === 'semantic' && input.operation === 'generate' && embeddingModel !== null ? findQuestion(input) : undefined;
      if (!question || embeddingModel === null) return undefined;
      const vector = await vectorOf(question.text, embeddingModel, timeoutMs, context).catch(() => undefined);
      // A vector that was not made is a miss; a client that has left is not.
      context.scope.throwIfCancelled();
      if (!vector) lookups.add({ mode: 'semantic', result: UNAVAILABLE });
      return vector && { group: groupKey(setting, input, question, embeddingModel), vector };
    },
    async near({ group, vector }) {
      const candidates = await context.scope.race(store.neighbours(group, semantic.maxCandidates));
      if (candidates === UNAVAILABLE) return count('semantic', UNAVAILABLE);
      const nearest = nearestOf(vector, candidates, semantic.threshold);
      const answer = nearest && (await read(nearest.key));
      // Group and vector are kept beside the entry, where its proof does not reach: the entry says them itself.
      const isProven =
        nearest && answer && answer !== UNAVAILABLE && answer.neighbour?.group === group && answer.neighbour.vectorHash === hashVector(nearest.vector);
      return count('semantic', isProven === true || answer === UNAVAILABLE ? answer : undefined);
    },
  };
}

/** A body that is not what its dialect says has no question. */
function findQuestion({ dialect, body }: ModelCallInput): Question | undefined {
  try {
    return questionIn(dialect, body.bytes);
  } catch {
    return undefined;
  }
}

async function passOn(facts: CacheFacts, input: ModelCallInput, emit: Parameters<Answering>[1], next: Answering): Promise<ModelResult> {
  return { ...(await next(input, createRecorder(emit, facts, 0).emit)), cache: facts };
}

/** No provider is asked and nothing is spent. The usage is the one of the answer when it was made. */
async function replay({ answer, facts }: Found, { context }: CachedCall, emit: Parameters<Answering>[1]): Promise<ModelResult> {
  context.note({ cache: 'hit', cacheMode: facts.mode, servedBy: answer.servedBy });
  const { servedBy, notCarried, isSimulated, usage, pieces, isStream } = answer;
  const origin = { servedBy, notCarried, ...(isSimulated === true ? { isSimulated } : {}), cache: facts };
  if (!isStream) return { ...origin, usage, costMicroUsd: 0, body: new WireBody(Buffer.concat(pieces)) };
  for (const bytes of pieces) {
    context.scope.throwIfCancelled();
    await emit({ type: 'chunk', value: { bytes, ...origin } });
  }
  return { ...origin, usage, costMicroUsd: 0, body: null };
}

interface Made {
  readonly result: ModelResult;
  readonly pieces: readonly Uint8Array[];
  readonly place: Place | undefined;
  readonly isStream: boolean;
  readonly at: number;
}

function toWrite(key: string, { result, pieces, place, isStream, at }: Made, { secret, ttlSeconds }: CacheConfig): Parameters<BoundedStore['put']>[0] {
  const { servedBy, notCarried, usage, isSimulated } = result;
  const neighbour = place ? { group: place.group, vectorHash: hashVector(place.vector) } : null;
  return {
    key,
    bytes: encodeEntry({ at, servedBy, notCarried, usage, isSimulated, pieces, isStream, neighbour }, key, secret),
    ttlMs: ttlSeconds * 1000,
    neighbour: place,
  };
}
