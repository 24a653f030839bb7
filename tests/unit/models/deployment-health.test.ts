/** The breaker of a deployment. The clock is the test's own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../../src/core/errors.ts';
import { createDeploymentHealth, type DeploymentChange, type DeploymentHealth, type HealthSettings, type Pass } from '../../../src/models/deployment-health.ts';

const SETTINGS: HealthSettings = { breaker: { failures: 3, windowMs: 1000, openMs: 500, maxCooldownMs: 5000 }, maxRetryAfterMs: 100 };
const TARGET = 'p/m';
const FAULT = new AppError('PROVIDER_FAILED');
const busyFor = (retryAfterSeconds: number): AppError => new AppError('PROVIDER_BUSY', { data: { retryAfterSeconds } });

interface Bench {
  readonly health: DeploymentHealth;
  readonly changes: DeploymentChange[];
  wait(ms: number): void;
  /** One call that ends at once; undefined = it was passed over. */
  call(error?: AppError, target?: string): Pass['kind'] | undefined;
  readonly state: string | undefined;
}

function createBench(settings: HealthSettings = SETTINGS): Bench {
  let nowMs = 1_000_000;
  const changes: DeploymentChange[] = [];
  const health = createDeploymentHealth(settings, { now: () => 1_700_000_000_000 + nowMs, monotonic: () => nowMs }, (change) => changes.push(change));
  return {
    health,
    changes,
    wait: (ms) => (nowMs += ms),
    call(error, target = TARGET) {
      const pass = health.enter(target);
      pass?.settle(error);
      return pass?.kind;
    },
    get state() {
      return health.list().find(({ target }) => target === TARGET)?.state;
    },
  };
}

const opened = (): Bench => {
  const bench = createBench();
  for (let time = 0; time < 3; time += 1) bench.call(FAULT);
  return bench;
};

// @requirement M4.b
describe('a deployment', () => {
  it('opens after so many failures within the window, and is passed over', () => {
    const bench = createBench();
    bench.call(FAULT);
    bench.call(FAULT);
    expect([bench.state, bench.health.isClosed(TARGET)]).toEqual(['closed', true]);
    bench.call(FAULT);
    expect([bench.state, bench.call(), bench.health.isClosed(TARGET)]).toEqual(['open', undefined, false]);
    expect(bench.changes).toEqual([{ target: TARGET, state: 'open', reason: 'failures' }]);
  });

  it('does not open for failures that are further apart than the window', () => {
    const bench = createBench();
    for (let time = 0; time < 20; time += 1) {
      bench.call(FAULT);
      bench.wait(501);
    }
    expect(bench.state).toBe('closed');
  });

  it('does not open while successes balance its failures, and does when failures outweigh', () => {
    const bench = createBench();
    for (let time = 0; time < 20; time += 1) {
      bench.call(FAULT);
      bench.call();
    }
    expect(bench.state).toBe('closed');
    for (let time = 0; time < 6; time += 1) for (const error of [FAULT, FAULT, undefined]) bench.call(error);
    expect(bench.state).toBe('open');
  });

  it.each<[ErrorCode, string]>([
    ['PROVIDER_UNREACHABLE', 'open'],
    ['PROVIDER_BUSY', 'open'],
    ['PROVIDER_SILENT', 'open'],
    ['PROVIDER_INCOMPLETE', 'open'],
    ['PROVIDER_REJECTED', 'closed'],
    ['CONTENT_REFUSED', 'closed'],
    ['CONTEXT_TOO_LONG', 'closed'],
    ['PROVIDER_KEY_REFUSED', 'closed'],
    ['QUOTA_EXCEEDED', 'closed'],
    ['CANCELLED', 'closed'],
    ['DEADLINE_EXCEEDED', 'closed'],
  ])('%s three times leaves it %s: only what is the fault of the provider counts', (code, state) => {
    const bench = createBench();
    for (let time = 0; time < 3; time += 1) bench.call(new AppError(code));
    expect(bench.state).toBe(state);
  });

  it('lets one probe through at a time when its time has come; its success closes it', () => {
    const bench = opened();
    bench.wait(499);
    expect(bench.health.enter(TARGET)).toBeUndefined();
    bench.wait(1);
    expect(bench.state).toBe('half-open');
    const probe = bench.health.enter(TARGET);
    expect([probe?.kind, bench.health.enter(TARGET)]).toEqual(['probe', undefined]);
    probe?.settle();
    expect([bench.state, bench.call()]).toEqual(['closed', 'call']);
    expect(bench.changes.at(-1)).toEqual({ target: TARGET, state: 'closed' });
  });

  it('opens again when the probe fails, and gives the probe to the next when it says nothing', () => {
    const bench = opened();
    bench.wait(500);
    expect(bench.call(FAULT)).toBe('probe');
    expect(bench.state).toBe('open');
    bench.wait(500);
    expect(bench.call(new AppError('CANCELLED'))).toBe('probe');
    expect(bench.state).toBe('half-open');
    expect(bench.call(new AppError('PROVIDER_REJECTED'))).toBe('probe');
    expect(bench.state).toBe('closed');
  });

  it('is neither closed nor kept open longer by calls that began before it opened', () => {
    const bench = createBench();
    const early = [bench.health.enter(TARGET), bench.health.enter(TARGET)];
    for (let time = 0; time < 3; time += 1) bench.call(FAULT);
    bench.wait(400);
    early[0]?.settle();
    early[1]?.settle(FAULT);
    expect(bench.state).toBe('open');
    bench.wait(100);
    expect(bench.state).toBe('half-open');
  });

  it('is left alone for a Retry-After longer than what is waited for, up to the cap', () => {
    const bench = createBench();
    bench.call(busyFor(0.1));
    expect(bench.state).toBe('closed');
    bench.call(busyFor(2));
    expect([bench.state, bench.health.soonestMs([TARGET])]).toEqual(['open', 2000]);
    expect(bench.changes).toEqual([{ target: TARGET, state: 'open', reason: 'retry-after' }]);
    bench.wait(2000);
    bench.call(busyFor(3600));
    expect(bench.health.soonestMs([TARGET])).toBe(5000);
  });

  it('never opens by failures where 0 of them are set; a Retry-After still counts', () => {
    const bench = createBench({ ...SETTINGS, breaker: { ...SETTINGS.breaker, failures: 0 } });
    for (let time = 0; time < 50; time += 1) bench.call(FAULT);
    expect(bench.state).toBe('closed');
    bench.call(busyFor(2));
    expect(bench.state).toBe('open');
  });

  it('keeps its state over a change of the configuration', () => {
    const bench = opened();
    bench.health.reconfigure({ ...SETTINGS, breaker: { ...SETTINGS.breaker, failures: 1 } });
    expect(bench.state).toBe('open');
    bench.wait(500);
    bench.call();
    bench.call(FAULT);
    expect(bench.state).toBe('open');
  });

  it('tells until when it is passed over, why, and how its last call ended', () => {
    const bench = opened();
    expect(bench.health.list()).toEqual([
      {
        target: TARGET,
        state: 'open',
        openUntil: 1_700_000_000_000 + 1_000_500,
        reason: 'failures',
        lastOutcome: 'PROVIDER_FAILED',
        lastAt: 1_700_000_000_000 + 1_000_000,
      },
    ]);
  });
});

describe('when nobody else is left', () => {
  it('the one that is tried again soonest is the last resort; its success closes it, its failure does not prolong', () => {
    const bench = createBench();
    for (const target of ['p/late', 'p/soon']) for (let time = 0; time < 3; time += 1) bench.call(FAULT, target);
    bench.wait(500);
    bench.call(FAULT, 'p/late');
    bench.wait(100);
    const targets = ['p/late', 'p/soon'];
    expect(bench.health.lastResort(targets)?.target).toBe('p/soon');
    expect(bench.health.soonestMs(targets)).toBe(0);
    const before = bench.health.soonestMs(['p/late']);
    bench.health.lastResort(['p/late'])?.pass.settle(FAULT);
    expect(bench.health.soonestMs(['p/late'])).toBe(before);
    bench.health.lastResort(['p/late'])?.pass.settle();
    expect(bench.health.isClosed('p/late')).toBe(true);
  });

  it('one whose provider said when to come back is no resort before that time', () => {
    const bench = createBench();
    bench.call(busyFor(2));
    expect(bench.health.lastResort([TARGET])).toBeUndefined();
    bench.wait(2000);
    expect(bench.health.lastResort([TARGET])?.pass.kind).toBe('last-resort');
  });
});

describe('the memory', () => {
  it('is bounded, and forgets closed deployments before open ones', () => {
    const bench = opened();
    for (let index = 0; index < 3000; index += 1) bench.call(undefined, `p/${index}`);
    expect(bench.health.list()).toHaveLength(1000);
    expect(bench.state).toBe('open');
    for (let index = 0; index < 1500; index += 1) for (let time = 0; time < 3; time += 1) bench.call(FAULT, `q/${index}`);
    expect(bench.health.list()).toHaveLength(1000);
  });
});

// @requirement M4.b
describe('whatever comes in whatever order', () => {
  const step = fc.oneof(
    fc.constant({ kind: 'enter' } as const),
    fc.record({ kind: fc.constant('settle' as const), at: fc.nat(20), outcome: fc.constantFrom('ok', 'fault', 'nothing', 'busy') }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(1200) }),
    fc.constant({ kind: 'last' } as const),
  );
  const ERRORS = { ok: undefined, fault: FAULT, nothing: new AppError('CANCELLED'), busy: busyFor(1) } as const;

  it('an open one is not called, at most one probe is under way, and a probe that succeeds closes it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const bench = createBench();
        const running: Pass[] = [];
        for (const action of steps) {
          if (action.kind === 'wait') bench.wait(action.ms);
          else if (action.kind === 'last') {
            const last = bench.state === 'open' ? bench.health.lastResort([TARGET]) : undefined;
            if (last) running.push(last.pass);
          } else if (action.kind === 'enter') {
            const state = bench.state ?? 'closed';
            const hasProbe = running.some(({ kind }) => kind === 'probe');
            const pass = bench.health.enter(TARGET);
            expect(pass?.kind).toBe(state === 'closed' ? 'call' : state === 'half-open' && !hasProbe ? 'probe' : undefined);
            if (pass) running.push(pass);
          } else {
            const [pass] = running.splice(action.at % Math.max(1, running.length), 1);
            if (!pass) continue;
            const before = bench.state;
            pass.settle(ERRORS[action.outcome]);
            if (pass.kind === 'probe' && action.outcome === 'ok' && before === 'half-open') expect(bench.state).toBe('closed');
            if (action.outcome === 'nothing') expect(bench.state).toBe(before);
            if (pass.kind === 'call' && action.outcome !== 'busy' && before === 'open') expect(bench.state).toBe('open');
          }
          expect(running.filter(({ kind }) => kind === 'probe').length).toBeLessThanOrEqual(1);
          expect(bench.health.soonestMs([TARGET])).toBeLessThanOrEqual(5000);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('it can always be asked again: nothing under way, and some time later, it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...(['ok', 'fault', 'nothing', 'busy'] as const)), { maxLength: 60 }),
        fc.array(fc.nat(700), { maxLength: 60 }),
        (outcomes, waits) => {
          const bench = createBench();
          for (const [index, outcome] of outcomes.entries()) {
            bench.call(ERRORS[outcome]);
            bench.wait(waits[index] ?? 0);
          }
          bench.wait(5000);
          expect(bench.call()).toBeDefined();
          expect(bench.state).toBe('closed');
        },
      ),
    );
  });
});
