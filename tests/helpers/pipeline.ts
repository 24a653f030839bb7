/** A pipeline on plain in-memory ports, every one replaceable: for tests of the road itself. */
import { createPipeline, type Pipeline } from '../../src/calls/runner.ts';
import type { CallPorts } from '../../src/calls/ports.ts';
import type { AuditEvent } from '../../src/contracts/audit.ts';
import type { Admission, Request } from '../../src/contracts/call.ts';
import type { Catalog } from '../../src/contracts/catalog.ts';
import type { Principal } from '../../src/contracts/principal.ts';
import type { Target } from '../../src/contracts/target.ts';
import { keyPrincipal } from './key-principal.ts';

export const ALICE: Principal = keyPrincipal('key:alice');

/** A read-only tool unless told otherwise. */
export function target(overrides: Partial<Target> = {}): Target {
  return {
    kind: 'tool',
    name: 'echo',
    access: { scopes: [] },
    traits: { isReadOnly: true, timeoutMs: 5000, takesSlot: true, priority: 5 },
    run: (input) => ({ type: 'result', value: input }),
    ...overrides,
  };
}

export function catalogOf(targets: readonly Target[]): Catalog {
  return {
    resolve: (kind, name) => targets.find((entry) => entry.kind === kind && entry.name === name),
    list: () => [],
    subscribe: () => () => undefined,
  };
}

export interface Bench {
  readonly pipeline: Pipeline;
  readonly records: AuditEvent[];
  readonly settled: string[];
  request(name: string, input?: unknown, extra?: Partial<Request>): Request;
}

export function bench(targets: readonly Target[], ports: Partial<CallPorts> = {}): Bench {
  const records: AuditEvent[] = [];
  const settled: string[] = [];
  const rate = { policy: 'user', limit: 300, windowSeconds: 60, remaining: 299, resetSeconds: 1 };
  const pipeline = createPipeline({
    clock: { now: () => 1_000_000, monotonic: () => 0 },
    identity: { identify: () => ALICE, isCurrent: () => true },
    limits: {
      source: () => undefined,
      reserve: (_principal, reserved) => ({ rate, settle: () => void settled.push(reserved.name) }),
      load: () => ({ running: 0, queued: 0 }),
    },
    killSwitch: { check: () => undefined },
    audit: {
      append: async (event) => {
        records.push(event);
      },
    },
    logger: { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    generation: () => ({
      id: 1,
      callTimeoutMs: 30_000,
      catalog: catalogOf(targets),
      policy: { decide: () => ({ isAllowed: true, rule: 'role:user', reason: '' }), isVisible: () => true, scopesOf: () => [] },
    }),
    finished: { add: () => undefined },
    duration: { observe: () => undefined },
    ...ports,
  });
  const admission: Admission = { door: 'test', source: '127.0.0.1', credential: { kind: 'none' }, principal: ALICE };
  return {
    pipeline,
    records,
    settled,
    request: (name, input = {}, extra = {}) => ({ admission, target: { kind: 'tool', name }, input, trace: { correlationId: 'corr-1' }, ...extra }),
  };
}
