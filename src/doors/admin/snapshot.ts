/** @module doors/admin/snapshot: what the status page shows, at one moment. */
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { CostQuery, CostReport } from '../../contracts/cost.ts';
import type { Limits } from '../../contracts/limits.ts';
import type { ClientContext, ClientDirectory, Principal } from '../../contracts/principal.ts';
import type { Readiness, ReadinessReport } from '../../contracts/readiness.ts';
import type { PlatformReport, PlatformStatus } from '../../contracts/status.ts';
import type { CallJournal, CallReport } from '../../contracts/telemetry.ts';
import type { ApprovalPorts } from './approval-targets.ts';
import { waitingOf, type Waiting } from './waiting.ts';

/** One thing the operator has switched off. */
export interface KillSwitchEntry {
  /** Such as `everything`, `client key:ab12`, `tool shell`. */
  readonly what: string;
  readonly reason: string;
}

/** Where the operations of the gateway look. */
export interface AdminPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly readiness: Readiness;
  readonly platform: PlatformStatus;
  readonly clients: ClientDirectory;
  readonly journal: CallJournal;
  readonly load: Limits['load'];
  /** Everything that is switched off now. */
  readonly killSwitches: () => readonly KillSwitchEntry[];
  /** Prometheus text. */
  readonly metrics: () => string;
  /** A token that opens the status page once, for the principal. */
  readonly createLink: (principal: Principal) => string;
  /** What calls of models used. @throws AppError STORAGE_* */
  readonly cost: (query: CostQuery) => Promise<CostReport>;
  readonly approvals: ApprovalPorts;
}

/** What a picture is taken of. `waiting`: ids of what waits for a person. @throws AppError PINS_INVALID, STORAGE_* */
export interface SnapshotPorts extends Omit<AdminPorts, 'approvals'> {
  readonly waiting: () => Promise<readonly string[]>;
}

/** One moment of the gateway. */
export interface StatusSnapshot {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly phase: ReadinessReport['phase'];
  readonly platform: PlatformReport;
  readonly load: ReturnType<Limits['load']>;
  readonly killSwitches: readonly KillSwitchEntry[];
  /** What waits for a person's yes; undefined where it cannot be read. */
  readonly waiting: Waiting | undefined;
  /** Most recently active first. */
  readonly clients: readonly Readonly<ClientContext>[];
  /** Newest first. */
  readonly calls: readonly CallReport[];
}

const MAX_CLIENTS = 50;
const MAX_CALLS = 50;
/** More than are shown, because some are left out. */
const CALLS_LOOKED_AT = 200;

/** Looks at everything once. Successful reads of the gateway's own state (this page, metrics) are not shown among the calls. */
export async function takeSnapshot(ports: SnapshotPorts): Promise<StatusSnapshot> {
  const [platform, waiting] = await Promise.all([ports.platform.report(), ports.waiting().then(waitingOf, unlessUnreadable)]);
  return {
    at: ports.clock.now(),
    phase: ports.readiness().phase,
    platform,
    load: ports.load(),
    killSwitches: ports.killSwitches(),
    waiting,
    clients: ports.clients
      .list()
      .slice(0, MAX_CLIENTS)
      .map((client) => ({ ...client })),
    calls: ports.journal
      .recent(CALLS_LOOKED_AT)
      .filter(({ target, outcome }) => !(target.startsWith('admin:') && outcome === 'ok'))
      .slice(0, MAX_CALLS),
  };
}

/** The page says that it cannot be told; the page of the approvals itself says why. */
function unlessUnreadable(error: unknown): undefined {
  if (!AppError.is(error)) throw error;
}

/** Whether a call's value is one. It came through the road, which does not look into values. */
export function isSnapshot(value: unknown): value is StatusSnapshot {
  return isObject(value) && isObject(value['platform']) && Array.isArray(value['calls']) && Array.isArray(value['clients']);
}
