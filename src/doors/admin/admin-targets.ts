/** @module doors/admin/admin-targets: the gateway's own operations, as targets on the road like any other. */
import { performance } from 'node:perf_hooks';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { CallContext } from '../../contracts/call.ts';
import { COST_GROUPINGS, type CostQuery } from '../../contracts/cost.ts';
import type { Target, TargetTraits } from '../../contracts/target.ts';
import { createApprovalTargets } from './approval-targets.ts';
import { takeSnapshot, type AdminPorts, type SnapshotPorts } from './snapshot.ts';

/** Time between two pictures of a watched status: at least this when calls come, at most that when none do. */
const MIN_GAP_MS = 1000;
const MAX_GAP_MS = 5000;
/** How soon a change of phase is noticed, which nothing announces. */
const TICK_MS = 250;
/** How long the watchers share one look at the platform. */
const REPORT_MS = 5000;
/** The same for what waits: somebody may be waiting for the answer. */
const WAITING_MS = 1000;
const TIMEOUT_MS = 10_000;
/** Whoever may read the logs may see who calls what. */
const ACCESS = { scopes: ['admin:logs'] } as const;
const READ: TargetTraits = { isReadOnly: true, timeoutMs: TIMEOUT_MS, takesSlot: true, priority: 5 };
/** A link is a session of whoever opens it. */
const LINK_ACCESS = { scopes: ['admin:full'] } as const;
const MAKE: TargetTraits = { ...READ, isReadOnly: false };
const WATCH: TargetTraits = { isReadOnly: true, timeoutMs: Infinity, takesSlot: false, priority: 5 };

/**
 * Those of the approvals, and targets of kind `admin`: `metrics` (Prometheus text), `runtime` (platform report with the process's
 * own use), `status` (a StatusSnapshot) and `events` (a chunk with a StatusSnapshot at once, then at
 * every change, until the caller leaves), `cost` (a CostReport; input {sinceSeconds, by}) and `console-link` ({path}: opens the page once within ten
 * minutes, with the caller's rights).
 */
export function createAdminTargets(ports: AdminPorts): readonly Target[] {
  const platform = remembered(() => ports.platform.report(), REPORT_MS, ports.clock);
  const waiting = remembered(async () => (await ports.approvals.approvals()).waiting(), WAITING_MS, ports.clock);
  const seen: SnapshotPorts = { ...ports, platform: { report: platform.look }, waiting: waiting.look };
  return [
    ...createApprovalTargets(ports.approvals, waiting.forget),
    { kind: 'admin', name: 'metrics', access: ACCESS, traits: READ, run: () => ({ type: 'result', value: ports.metrics() }) },
    { kind: 'admin', name: 'runtime', access: ACCESS, traits: READ, run: async () => ({ type: 'result', value: await describeRuntime(ports) }) },
    { kind: 'admin', name: 'status', access: ACCESS, traits: READ, run: async () => ({ type: 'result', value: await takeSnapshot(seen) }) },
    {
      kind: 'admin',
      name: 'cost',
      access: ACCESS,
      traits: READ,
      run: async (input) => ({ type: 'result', value: await ports.cost(toCostQuery(input, ports.clock.now())) }),
    },
    {
      kind: 'admin',
      name: 'console-link',
      access: LINK_ACCESS,
      traits: MAKE,
      run: (_input, { principal }) => ({ type: 'result', value: { path: `/?token=${ports.createLink(principal)}` } }),
    },
    { kind: 'admin', name: 'events', access: ACCESS, traits: WATCH, run: async (_input, context) => await watch(seen, context) },
  ];
}

const DEFAULT_SINCE_SECONDS = 604_800;
const MAX_SINCE_SECONDS = 100 * 366 * 86_400;

/** @throws AppError INVALID_PARAMS */
function toCostQuery(input: unknown, now: number): CostQuery {
  const { sinceSeconds = DEFAULT_SINCE_SECONDS, by: wanted = 'day' } = isObject(input) ? input : {};
  const by = COST_GROUPINGS.find((known) => known === wanted);
  if (by === undefined) throw new AppError('INVALID_PARAMS', { message: `by: one of ${COST_GROUPINGS.join(', ')}.` });
  if (typeof sinceSeconds !== 'number' || !Number.isInteger(sinceSeconds) || sinceSeconds < 1 || sinceSeconds > MAX_SINCE_SECONDS)
    throw new AppError('INVALID_PARAMS', { message: `sinceSeconds: a whole number from 1 to ${MAX_SINCE_SECONDS}.` });
  return { from: now - sinceSeconds * 1_000, to: now, by };
}

async function describeRuntime({ platform, load }: AdminPorts): Promise<unknown> {
  const { uptimeSeconds, clients, ...report } = await platform.report();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    ...report,
    uptime_seconds: uptimeSeconds,
    clients: clients.length,
    load: load(),
    process: {
      resident_bytes: rss,
      heap_used_bytes: heapUsed,
      cpu_seconds: (user + system) / 1e6,
      event_loop_utilization: performance.eventLoopUtilization().utilization,
    },
  };
}

/** Probing every part for every watcher every second would be a load of its own. */
function remembered<T>(look: () => Promise<T>, ms: number, clock: AdminPorts['clock']): { readonly look: () => Promise<T>; readonly forget: () => void } {
  let seen: Promise<T> | undefined;
  let takenAt = -Infinity;
  const forget = (): void => {
    takenAt = -Infinity;
  };
  return {
    forget,
    look: () => {
      const now = clock.now();
      if (!seen || now - takenAt >= ms) {
        takenAt = now;
        seen = look().catch((error: unknown) => {
          forget();
          throw error;
        });
      }
      return seen;
    },
  };
}

/** Ends when emitting fails, the call is cancelled, or the gateway begins to stop: it must not be what a stop waits for. */
async function watch(ports: SnapshotPorts, context: CallContext): Promise<never> {
  let hasNews = false;
  const stopListening = ports.journal.subscribe(() => {
    hasNews = true;
  });
  try {
    for (;;) {
      const { phase } = ports.readiness();
      if (phase === 'stopping') throw new AppError('SHUTTING_DOWN');
      hasNews = false;
      await context.emit({ type: 'chunk', value: await takeSnapshot(ports) });
      const shownAt = performance.now();
      const isFresh = (): boolean => ports.readiness().phase === phase && performance.now() - shownAt < (hasNews ? MIN_GAP_MS : MAX_GAP_MS);
      do await context.scope.race(pause(TICK_MS));
      while (isFresh());
    }
  } finally {
    stopListening();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
