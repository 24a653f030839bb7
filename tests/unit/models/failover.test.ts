/** The loop over targets, with attempts that end as the test says. */
import { describe, expect, it } from 'vitest';
import type { Answer, CallContext } from '../../../src/contracts/call.ts';
import { WireBody, type ModelCallInput } from '../../../src/contracts/model.ts';
import type { ChainEntry } from '../../../src/contracts/models-config.ts';
import { AppError, type ErrorCode } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createDeploymentHealth, type DeploymentHealth } from '../../../src/models/deployment-health.ts';
import { mayTryAnother, runChain } from '../../../src/models/failover.ts';

const LIMITS = { retries: 2, retryDelayMs: 1, maxRetryAfterMs: 100 };
const SETTINGS = { breaker: { failures: 3, windowMs: 60_000, openMs: 60_000, maxCooldownMs: 300_000 }, maxRetryAfterMs: 100 };
const INPUT: ModelCallInput = {
  operation: 'generate',
  dialect: 'openai-chat',
  isStream: false,
  holdBack: 'first-content',
  bytes: 2,
  maxOutputTokens: null,
  headers: {},
  attempt: 0,
  body: new WireBody(Buffer.from('{}')),
};
const USAGE = { inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null };

type Outcome = ErrorCode | AppError | 'ok' | 'broken after content' | 'throws';

/** Runs a chain whose attempts end as scripted (the last outcome of a target repeats); tells who was asked, and the outcome. */
async function run(
  script: Readonly<Record<string, readonly Outcome[]>>,
  {
    chain = Object.keys(script),
    health = createHealth(),
    timeoutMs,
    retryDelayMs = 1,
  }: { chain?: readonly ChainEntry[]; health?: DeploymentHealth; timeoutMs?: number; retryDelayMs?: number } = {},
): Promise<{ asked: string[]; attempts: number[]; outcome: string; error?: AppError }> {
  const asked: string[] = [];
  const attempts: number[] = [];
  using scope = new Scope({ timeoutMs });
  const call: CallContext['call'] = async ({ target: { name }, input, emit }) => {
    const outcomes = script[name] ?? [];
    const outcome = outcomes[Math.min(asked.filter((earlier) => earlier === name).length, outcomes.length - 1)] ?? 'ok';
    asked.push(name);
    attempts.push((input as ModelCallInput).attempt);
    if (outcome === 'throws') throw new Error('a bug');
    if (outcome === 'broken after content') await emit?.({ type: 'chunk', value: 'part' });
    const terminal: Answer['terminal'] =
      outcome === 'ok'
        ? { type: 'result', value: { servedBy: name, usage: USAGE, costMicroUsd: null, notCarried: [], body: null } }
        : { type: 'error', error: outcome instanceof AppError ? outcome : new AppError(outcome === 'broken after content' ? 'PROVIDER_INCOMPLETE' : outcome) };
    return { callId: 'c', terminal };
  };
  // The loop uses nothing else of a context.
  const context = { scope, call, emit: () => undefined } as unknown as CallContext;
  try {
    const { servedBy } = await runChain(chain, INPUT, context, { limits: { ...LIMITS, retryDelayMs }, health });
    return { asked, attempts, outcome: servedBy };
  } catch (thrown) {
    if (!AppError.is(thrown)) throw thrown;
    return { asked, attempts, outcome: thrown.code, error: thrown };
  }
}

const createHealth = (): DeploymentHealth => createDeploymentHealth(SETTINGS, { now: Date.now, monotonic: () => performance.now() });
const busyFor = (retryAfterSeconds: number): AppError => new AppError('PROVIDER_BUSY', { data: { retryAfterSeconds } });
const openedFor = (...targets: readonly string[]): DeploymentHealth => {
  const health = createHealth();
  for (const target of targets) for (let time = 0; time < 3; time += 1) health.enter(target)?.settle(new AppError('PROVIDER_FAILED'));
  return health;
};

// @requirement M4.a
describe('after a failure', () => {
  it.each<[Outcome, string[], string]>([
    ['PROVIDER_UNREACHABLE', ['a', 'a', 'a', 'b'], 'b'],
    ['PROVIDER_FAILED', ['a', 'a', 'a', 'b'], 'b'],
    ['PROVIDER_BUSY', ['a', 'a', 'a', 'b'], 'b'],
    [busyFor(0.01), ['a', 'a', 'a', 'b'], 'b'],
    [busyFor(3600), ['a', 'b'], 'b'],
    ['PROVIDER_SILENT', ['a', 'b'], 'b'],
    ['PROVIDER_INCOMPLETE', ['a', 'b'], 'b'],
    ['CONTEXT_TOO_LONG', ['a', 'b'], 'b'],
    ['PROVIDER_NOT_CONFIGURED', ['a', 'b'], 'b'],
    ['OPERATION_UNSUPPORTED', ['a', 'b'], 'b'],
    ['CONVERSION_REFUSED', ['a', 'b'], 'b'],
    ['TARGET_DISABLED', ['a', 'b'], 'b'],
    ['PROVIDER_REJECTED', ['a'], 'PROVIDER_REJECTED'],
    ['CONTENT_REFUSED', ['a'], 'CONTENT_REFUSED'],
    ['PROVIDER_KEY_REFUSED', ['a'], 'PROVIDER_KEY_REFUSED'],
    ['RESPONSE_TOO_LARGE', ['a'], 'RESPONSE_TOO_LARGE'],
    ['EGRESS_REFUSED', ['a'], 'EGRESS_REFUSED'],
    ['QUOTA_EXCEEDED', ['a'], 'QUOTA_EXCEEDED'],
    ['RATE_LIMITED', ['a'], 'RATE_LIMITED'],
    ['PERMISSION_DENIED', ['a'], 'PERMISSION_DENIED'],
    ['CANCELLED', ['a'], 'CANCELLED'],
    ['throws', ['a'], 'INTERNAL'],
    ['broken after content', ['a'], 'PROVIDER_INCOMPLETE'],
  ])('%s: asked are %j, the end is %s', async (failure, asked, outcome) => {
    expect(await run({ a: [failure], b: ['ok'] })).toMatchObject({ asked, outcome });
  });

  it('the attempts are numbered through all targets', async () => {
    expect((await run({ a: ['PROVIDER_FAILED'], b: ['PROVIDER_SILENT'], c: ['ok'] })).attempts).toEqual([1, 2, 3, 4, 5]);
  });

  it('a retry that succeeds ends the call', async () => {
    expect(await run({ a: ['PROVIDER_FAILED', 'ok'], b: ['ok'] })).toMatchObject({ asked: ['a', 'a'], outcome: 'a' });
  });

  it.each<[Readonly<Record<string, readonly Outcome[]>>, string]>([
    [{ a: ['PROVIDER_SILENT'], b: ['PROVIDER_NOT_CONFIGURED'] }, 'PROVIDER_SILENT'],
    [{ a: ['PROVIDER_NOT_CONFIGURED'], b: ['OPERATION_UNSUPPORTED'] }, 'OPERATION_UNSUPPORTED'],
    [{ a: ['PROVIDER_SILENT'], b: ['PROVIDER_BUSY'] }, 'PROVIDER_BUSY'],
  ])('%j tells %s: the last one that was really asked', async (script, code) => {
    expect((await run(script)).outcome).toBe(code);
  });

  it('where none of several providers is configured, one failure names them all, with a way out', async () => {
    const missing = (fix: string): AppError => new AppError('PROVIDER_NOT_CONFIGURED', { fix });
    const { error } = await run({ 'one/m': [missing('Set ONE_KEY.')], 'two/m': [missing('Start it.')] });
    expect([error?.message, error?.fix]).toEqual([expect.stringContaining('one, two'), expect.stringMatching(/^Set ONE_KEY\. .*doctor/)]);
    expect((await run({ 'one/m': [missing('Set ONE_KEY.')] })).error?.fix).toBe('Set ONE_KEY.');
  });

  it('a client may go on by the same rules', () => {
    expect([mayTryAnother(new AppError('PROVIDER_BUSY')), mayTryAnother(new AppError('CONTENT_REFUSED'))]).toEqual([true, false]);
  });
});

describe('a deadline', () => {
  it('that leaves no time for a retry means the next target', async () => {
    expect(await run({ a: [busyFor(0.1)], b: ['ok'] }, { timeoutMs: 120 })).toMatchObject({ asked: ['a', 'b'], outcome: 'b' });
  });

  it('that leaves no time for another attempt ends the call with its last failure', async () => {
    expect(await run({ a: ['PROVIDER_SILENT'], b: ['ok'] }, { timeoutMs: 40 })).toMatchObject({ asked: ['a'], outcome: 'PROVIDER_SILENT' });
  });

  it('does not keep a first attempt from being made', async () => {
    expect(await run({ a: ['ok'] }, { timeoutMs: 40 })).toMatchObject({ asked: ['a'], outcome: 'a' });
  });
});

// @requirement M4.b
describe('breakers', () => {
  it('an open target is passed over without a call', async () => {
    expect(await run({ a: ['ok'], b: ['ok'] }, { health: openedFor('a') })).toMatchObject({ asked: ['b'], outcome: 'b' });
  });

  it('a target that opens is not retried, nor waited for', async () => {
    const health = createHealth();
    for (let time = 0; time < 2; time += 1) health.enter('a')?.settle(new AppError('PROVIDER_FAILED'));
    expect(await run({ a: ['PROVIDER_FAILED'], b: ['ok'] }, { health, retryDelayMs: 60_000 })).toMatchObject({ asked: ['a', 'b'] });
  });

  it('where all are open, the least bad one is asked once; its success closes it', async () => {
    const health = openedFor('a', 'b');
    expect(await run({ a: ['PROVIDER_FAILED'], b: ['ok'] }, { health })).toMatchObject({ asked: ['a'], outcome: 'PROVIDER_FAILED' });
    expect(await run({ a: ['ok'], b: ['ok'] }, { health })).toMatchObject({ asked: ['a'], outcome: 'a' });
    expect(health.isClosed('a')).toBe(true);
  });

  it('where the others cannot serve, the open one is asked; where another failed, it is not', async () => {
    expect((await run({ a: ['ok'], b: ['PROVIDER_NOT_CONFIGURED'] }, { health: openedFor('a') })).asked).toEqual(['b', 'a']);
    expect(await run({ a: ['ok'], b: ['PROVIDER_SILENT'] }, { health: openedFor('a') })).toMatchObject({ asked: ['b'], outcome: 'PROVIDER_SILENT' });
  });

  it('where all asked to be left alone, nobody is asked, and the caller learns when to come back', async () => {
    const health = createHealth();
    health.enter('a')?.settle(busyFor(90));
    health.enter('b')?.settle(busyFor(30));
    const { asked, outcome, error } = await run({ a: ['ok'], b: ['ok'] }, { health });
    expect([asked, outcome, error?.data]).toEqual([[], 'PROVIDER_BUSY', { retryAfterSeconds: 30 }]);
  });

  it('an attempt that throws gives its probe back', async () => {
    const health = createDeploymentHealth({ ...SETTINGS, breaker: { ...SETTINGS.breaker, openMs: 1 } }, { now: Date.now, monotonic: () => performance.now() });
    for (let time = 0; time < 3; time += 1) health.enter('a')?.settle(new AppError('PROVIDER_FAILED'));
    await new Promise((resolve) => void setTimeout(resolve, 5));
    await run({ a: ['throws'] }, { health });
    expect(health.enter('a')?.kind).toBe('probe');
  });

  it('a group is drawn by weight, and what is open is passed over in it too', async () => {
    const chain = [{ target: 'a', weight: 1000 }, { target: 'b', weight: 1 }, 'c'];
    expect((await run({ b: ['ok'], c: ['ok'] }, { chain, health: openedFor('a') })).asked).toEqual(['b']);
    expect((await run({ a: ['PROVIDER_SILENT'], b: ['PROVIDER_SILENT'], c: ['ok'] }, { chain })).asked.toSorted()).toEqual(['a', 'b', 'c']);
  });
});
