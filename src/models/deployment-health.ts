/**
 * @module models/deployment-health: which deployments (`provider/model`) are worth asking: a circuit
 * breaker for each. Closed: asked. Open: passed over until a time. Half-open: that time has come, and one
 * call at a time may try. The picture of it is in docs/failover.md.
 */
import type { DeploymentState, DeploymentStatus, ModelsConfig } from '../contracts/models-config.ts';
import type { Clock } from '../core/clock.ts';
import type { AppError, ErrorCode } from '../core/errors.ts';

/** How the breakers judge. */
export type HealthSettings = Pick<ModelsConfig, 'breaker' | 'maxRetryAfterMs'>;

/** Leave to ask a deployment once. */
export interface Pass {
  /** `last-resort` = nothing else was left to ask. */
  readonly kind: 'call' | 'probe' | 'last-resort';
  /** Tells how it went; call it exactly once. @param error absent = a whole answer */
  settle(error?: AppError): void;
}

/** A deployment whose state changes. */
export interface DeploymentChange {
  readonly target: string;
  readonly state: 'closed' | 'open';
  /** What made it open: failures, or the provider's own Retry-After. */
  readonly reason?: 'failures' | 'retry-after' | undefined;
}

/** The breakers of all deployments. Kept over changes of the configuration. */
export interface DeploymentHealth {
  /** Leave for one attempt; undefined = pass it over. */
  enter(target: string): Pass | undefined;
  /** Whether it is asked freely. */
  isClosed(target: string): boolean;
  /**
   * The way out when each of them was passed over: the one that is tried again soonest, but none whose
   * provider itself said when to come back, before that time. Undefined when that leaves none.
   */
  lastResort(targets: readonly string[]): { readonly target: string; readonly pass: Pass } | undefined;
  /** Milliseconds until the first of them is tried again; 0 = now. */
  soonestMs(targets: readonly string[]): number;
  /** Deployments that were asked, the last ones at the end. */
  list(): readonly DeploymentStatus[];
  /** Judges by these from now on; what is open stays open. */
  reconfigure(settings: HealthSettings): void;
}

/** Whether a failure speaks against the deployment, for it (it answered), or says nothing of it. */
type Evidence = 'fault' | 'alive' | 'none';

const EVIDENCE: Readonly<Partial<Record<ErrorCode, Evidence>>> = {
  PROVIDER_UNREACHABLE: 'fault',
  PROVIDER_FAILED: 'fault',
  PROVIDER_BUSY: 'fault',
  PROVIDER_SILENT: 'fault',
  PROVIDER_INCOMPLETE: 'fault',
  // Refusals of a request are answers of a provider that works.
  PROVIDER_REJECTED: 'alive',
  CONTENT_REFUSED: 'alive',
  CONTEXT_TOO_LONG: 'alive',
};
/** Callers may name any model of a provider; the one that was asked longest ago is forgotten. */
const MAX_DEPLOYMENTS = 1000;

interface Deployment {
  /** Monotonic times of failures that no success has taken back, oldest first; at most as many as open it. */
  failures: number[];
  /** Monotonic; undefined = closed. */
  openUntil: number | undefined;
  reason: 'failures' | 'retry-after';
  probe: Pass | undefined;
  lastOutcome: 'ok' | ErrorCode | null;
  /** Epoch milliseconds. */
  lastAt: number | null;
}

/** Everything is closed at first. @param onChange told of each opening and closing */
export function createDeploymentHealth(
  initial: HealthSettings,
  clock: Clock,
  onChange: (change: DeploymentChange) => void = () => undefined,
): DeploymentHealth {
  let settings = initial;
  const deployments = new Map<string, Deployment>();

  const close = (target: string, deployment: Deployment): void => {
    deployment.failures = [];
    if (deployment.openUntil === undefined) return;
    deployment.openUntil = undefined;
    onChange({ target, state: 'closed' });
  };

  const open = (target: string, deployment: Deployment, reason: Deployment['reason'], forMs: number): void => {
    const until = clock.monotonic() + forMs;
    const isNews = deployment.openUntil === undefined || deployment.openUntil <= clock.monotonic();
    if (deployment.openUntil === undefined || until > deployment.openUntil) {
      deployment.openUntil = until;
      deployment.reason = reason;
    }
    deployment.failures = [];
    if (isNews) onChange({ target, state: 'open', reason });
  };

  const blame = (target: string, deployment: Deployment, kind: Pass['kind'], error: AppError): void => {
    const { breaker, maxRetryAfterMs } = settings;
    const patienceMs = askedPatienceMs(error) ?? 0;
    const now = clock.monotonic();
    if (patienceMs > maxRetryAfterMs) open(target, deployment, 'retry-after', Math.min(patienceMs, breaker.maxCooldownMs));
    // What began before it opened, and what nobody had a choice about, does not keep it open longer.
    else if (deployment.openUntil !== undefined && kind !== 'probe') return;
    else if (deployment.openUntil !== undefined) open(target, deployment, 'failures', breaker.openMs);
    else {
      deployment.failures = [...deployment.failures, now].filter((at) => now - at < breaker.windowMs).slice(-Math.max(1, breaker.failures));
      if (breaker.failures > 0 && deployment.failures.length >= breaker.failures) open(target, deployment, 'failures', breaker.openMs);
    }
  };

  const passFor = (target: string, deployment: Deployment, kind: Pass['kind']): Pass => {
    const pass: Pass = {
      kind,
      settle(error) {
        if (deployment.probe === pass) deployment.probe = undefined;
        const evidence = error ? (EVIDENCE[error.code] ?? 'none') : 'alive';
        if (evidence === 'none') return;
        deployment.lastOutcome = error?.code ?? 'ok';
        deployment.lastAt = clock.now();
        if (error && evidence === 'fault') blame(target, deployment, kind, error);
        else if (kind !== 'call') close(target, deployment);
        // Each success takes back one failure: a deployment opens when failures outweigh.
        else deployment.failures.shift();
      },
    };
    return pass;
  };

  const find = (target: string): Deployment => {
    const known = deployments.get(target) ?? { failures: [], openUntil: undefined, reason: 'failures', probe: undefined, lastOutcome: null, lastAt: null };
    deployments.delete(target);
    deployments.set(target, known);
    if (deployments.size > MAX_DEPLOYMENTS) forgetOne(deployments);
    return known;
  };

  const waitOf = (target: string): number => Math.max(0, (deployments.get(target)?.openUntil ?? 0) - clock.monotonic());

  return {
    enter(target) {
      const deployment = find(target);
      if (deployment.openUntil === undefined) return passFor(target, deployment, 'call');
      if (deployment.openUntil > clock.monotonic() || deployment.probe) return undefined;
      deployment.probe = passFor(target, deployment, 'probe');
      return deployment.probe;
    },
    isClosed: (target) => deployments.get(target)?.openUntil === undefined,
    lastResort(targets) {
      const [target] = targets
        .filter((candidate) => deployments.get(candidate)?.reason === 'failures' || waitOf(candidate) === 0)
        .toSorted((one, other) => waitOf(one) - waitOf(other));
      return target === undefined ? undefined : { target, pass: passFor(target, find(target), 'last-resort') };
    },
    soonestMs: (targets) => targets.reduce((soonest, target) => Math.min(soonest, waitOf(target)), Infinity),
    list: () => [...deployments].map(([target, deployment]) => statusOf(target, deployment, clock)),
    reconfigure(next) {
      settings = next;
    },
  };
}

/** How long the provider wants to be left alone; undefined when it does not say. */
export function askedPatienceMs({ code, data }: AppError): number | undefined {
  const seconds = data?.['retryAfterSeconds'];
  return code === 'PROVIDER_BUSY' && typeof seconds === 'number' ? seconds * 1000 : undefined;
}

/** The one asked longest ago, of the closed ones if there are any. */
function forgetOne(deployments: Map<string, Deployment>): void {
  const [oldest] = deployments.keys();
  const closed = [...deployments].find(([, { openUntil }]) => openUntil === undefined)?.[0];
  const target = closed ?? oldest;
  if (target !== undefined) deployments.delete(target);
}

function statusOf(target: string, { openUntil, reason, lastOutcome, lastAt }: Deployment, clock: Clock): DeploymentStatus {
  const waitMs = openUntil === undefined ? undefined : openUntil - clock.monotonic();
  const state: DeploymentState = waitMs === undefined ? 'closed' : waitMs > 0 ? 'open' : 'half-open';
  return {
    target,
    state,
    openUntil: state === 'open' && waitMs !== undefined ? clock.now() + Math.ceil(waitMs) : null,
    reason: state === 'closed' ? null : reason,
    lastOutcome,
    lastAt,
  };
}
