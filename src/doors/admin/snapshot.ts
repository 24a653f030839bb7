/** @module doors/admin/snapshot: what the status page shows, at one moment. */
import type { Clock } from '../../core/clock.ts';
import { isObject } from '../../core/json.ts';
import type { CostQuery, CostReport } from '../../contracts/cost.ts';
import type { Limits } from '../../contracts/limits.ts';
import type { ClientContext, ClientDirectory, Principal } from '../../contracts/principal.ts';
import type { Readiness, ReadinessReport } from '../../contracts/readiness.ts';
import type { PlatformReport, PlatformStatus } from '../../contracts/status.ts';
import type { CallJournal, CallReport } from '../../contracts/telemetry.ts';

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
}

/** One moment of the gateway. */
export interface StatusSnapshot {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly phase: ReadinessReport['phase'];
  readonly platform: PlatformReport;
  readonly load: ReturnType<Limits['load']>;
  readonly killSwitches: readonly KillSwitchEntry[];
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
export async function takeSnapshot(ports: AdminPorts): Promise<StatusSnapshot> {
  const platform = await ports.platform.report();
  return {
    at: ports.clock.now(),
    phase: ports.readiness().phase,
    platform,
    load: ports.load(),
    killSwitches: ports.killSwitches(),
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

/** Whether a call's value is one. It came through the road, which does not look into values. */
export function isSnapshot(value: unknown): value is StatusSnapshot {
  return isObject(value) && isObject(value['platform']) && Array.isArray(value['calls']) && Array.isArray(value['clients']);
}
