import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../../src/contracts/call.ts';
import { DEFAULT_CACHE, type CacheConfig, type CacheWrite, type ModelCache } from '../../../../src/contracts/model-cache.ts';
import { WireBody, type ModelCallInput, type ModelResult } from '../../../../src/contracts/model.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createAnswerCache, type CachedCall } from '../../../../src/models/cache/answer-cache.ts';
import { createBoundedStore } from '../../../../src/models/cache/bounded-store.ts';
import { createMemoryModelCache } from '../../../../src/storage/memory/model-cache.ts';
import { keyPrincipal } from '../../../helpers/key-principal.ts';
import { callInput } from './call-input.ts';

const USAGE = { inputTokens: 1, outputTokens: 2, cacheReadTokens: null, cacheWriteTokens: null };
const principal = keyPrincipal('key:a', { kind: 'service', roles: [] });
const inputOf = (text: string, more: Partial<ModelCallInput> = {}): ModelCallInput =>
  callInput({ model: 'm', messages: [{ role: 'user', content: text }] }, more);

interface Bench {
  /** `hit` or `miss`, and how often the provider was asked so far. */
  ask(text: string, more?: Partial<ModelCallInput>): Promise<{ readonly result: ModelResult; readonly asked: number; readonly parts: readonly StreamPart[] }>;
  readonly scope: Scope;
  readonly log: string[];
  readonly counted: string[];
  pass(ms: number): void;
}
function bench(
  config: Partial<CacheConfig> = {},
  { isAllowed = () => true, store }: { readonly isAllowed?: () => boolean; readonly store?: ModelCache } = {},
): Bench {
  let now = 1_000_000;
  let asked = 0;
  const clock = { now: () => now, monotonic: () => now };
  const log: string[] = [];
  const counted: string[] = [];
  const scope = new Scope();
  const logger = { warn: (message: string) => void log.push(message), info: (message: string) => void log.push(message) };
  const whole: CacheConfig = { ...DEFAULT_CACHE, mode: 'exact', ...config };
  const bounded = createBoundedStore({ store: store ?? createMemoryModelCache(whole, clock), timeoutMs: 20, clock, logger });
  const cache = createAnswerCache({
    config: whole,
    store: bounded,
    clock,
    isAllowed,
    lookups: { add: ({ mode, result }) => void counted.push(`${mode} ${result}`) },
  });
  const context: CachedCall['context'] = { principal, scope, note: () => undefined, call: () => expect.fail('no child call') };
  return {
    scope,
    log,
    counted,
    pass: (ms) => {
      now += ms;
    },
    async ask(text, more = {}) {
      const parts: StreamPart[] = [];
      const input = inputOf(text, more);
      const answer = cache({ name: 'm', route: '', context }, async (sent, emit) => {
        asked += 1;
        if (!sent.isStream)
          return {
            servedBy: 'p/m',
            usage: USAGE,
            costMicroUsd: 9,
            notCarried: ['seed'],
            body: new WireBody(Buffer.from(`${asked}: ${text}`)),
            isSimulated: true,
          };
        for (let event = 0; event < 300; event += 1)
          await emit({ type: 'chunk', value: { bytes: Buffer.from(`data: ${'x'.repeat(100)} ${event}\n\n`), servedBy: 'p/m', notCarried: [] } });
        return { servedBy: 'p/m', usage: USAGE, costMicroUsd: null, notCarried: [], body: null };
      });
      const result = await answer(input, (part) => void parts.push(part));
      return { result, asked, parts };
    },
  };
}
const bytesOf = (parts: readonly StreamPart[]): string =>
  parts.map((part) => (part.type === 'chunk' ? Buffer.from((part.value as { bytes: Uint8Array }).bytes).toString() : '')).join('');

describe('M9 answer cache', () => {
  it('M9.a gives again what was said of the answer, with its age, and costs nothing', async () => {
    const { ask, pass } = bench();
    expect((await ask('q')).result).toMatchObject({ cache: { result: 'miss' }, costMicroUsd: 9 });
    pass(12_345);
    const { result, asked } = await ask('q');
    expect(asked).toBe(1);
    expect(result).toMatchObject({
      servedBy: 'p/m',
      usage: USAGE,
      costMicroUsd: 0,
      notCarried: ['seed'],
      isSimulated: true,
      cache: { result: 'hit', mode: 'exact', ageSeconds: 12 },
    });
    expect(Buffer.from(result.body?.bytes ?? []).toString()).toBe('1: q');
  });

  it('M9.a a stream comes again in fewer pieces of whole events, each with what the cache did', async () => {
    const { ask } = bench();
    const first = await ask('q', { isStream: true });
    const second = await ask('q', { isStream: true });
    expect(second.asked).toBe(1);
    expect(bytesOf(second.parts)).toBe(bytesOf(first.parts));
    expect(second.parts.length).toBeLessThan(10);
    expect(
      second.parts.every(
        (part) => part.type === 'chunk' && bytesOf([part]).endsWith('\n\n') && (part.value as { cache?: { result: string } }).cache?.result === 'hit',
      ),
    ).toBe(true);
  });

  it('a client that leaves while a stream is given again gets no more of it', async () => {
    const { ask, scope } = bench();
    await ask('q', { isStream: true });
    scope.cancel(new AppError('CANCELLED'));
    await expect(ask('q', { isStream: true })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('M9.g an answer is given for its time, by an injected clock, and for a shorter one where the configuration says so', async () => {
    const { ask, pass } = bench({ ttlSeconds: 60 });
    await ask('q');
    pass(59_999);
    expect((await ask('q')).asked).toBe(1);
    pass(1);
    expect((await ask('q')).asked).toBe(2);
    // A store that keeps it for longer than the configuration of today wants.
    const kept = new Map<string, CacheWrite>();
    const forgetful: ModelCache = {
      get: (key) => kept.get(key)?.bytes,
      set: (entry) => void kept.set(entry.key, entry),
      neighbours: () => [],
      close: () => undefined,
    };
    const long = bench({ ttlSeconds: 60 }, { store: forgetful });
    await long.ask('q');
    long.pass(60_000);
    expect((await long.ask('q')).asked).toBe(2);
  });

  it('M9.e is not given to who may not call the model it came from', async () => {
    let mayCall = true;
    const { ask } = bench({}, { isAllowed: () => mayCall });
    await ask('q');
    expect((await ask('q')).asked).toBe(1);
    mayCall = false;
    expect((await ask('q')).asked).toBe(2);
  });

  it('M9.g holds no more than it may: 10 000 entries of twenty thousand answers', async () => {
    const writes: string[] = [];
    const memory = createMemoryModelCache(DEFAULT_CACHE, { now: () => 0 });
    const keep = (entry: CacheWrite): void => {
      writes.push(entry.key);
      void memory.set(entry);
    };
    const { ask } = bench({}, { store: { ...memory, set: keep } });
    for (let index = 0; index < 20_000; index += 1) await ask(`q${index}`);
    expect(writes).toHaveLength(20_000);
    expect(writes.filter((key) => memory.get(key) !== undefined)).toEqual(writes.slice(10_000));
  });

  it('M9.j a store that never answers costs its time once, and holds no more than 64 writes', async () => {
    let sets = 0;
    const hang = async (): Promise<void> => {
      sets += 1;
      await new Promise(() => undefined);
    };
    const deaf: ModelCache = { get: () => new Promise(() => undefined), set: hang, neighbours: () => [], close: () => undefined };
    const { ask, log, counted } = bench({}, { store: deaf });
    expect((await ask('q')).result.cache).toEqual({ result: 'miss' });
    await ask('q');
    expect(counted).toEqual(['exact unavailable', 'exact unavailable']);
    expect(log).toEqual(['cache of models is passed over']);
    const open: ModelCache = { ...deaf, get: () => undefined };
    const writing = bench({}, { store: open });
    for (let index = 0; index < 100; index += 1) await writing.ask(`q${index}`);
    expect(sets).toBe(64);
  });
});
