/** @module app/cluster: what this node shares with others. Loaded only where the configuration names something to share. */
import type { Config } from '../contracts/config.ts';
import type { LimitsConfig } from '../contracts/limits-config.ts';
import type { KillState, SharedKill } from '../contracts/shared-kill.ts';
import type { SharedRates } from '../contracts/shared-rates.ts';
import type { SharedSessions } from '../contracts/shared-sessions.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Store } from '../contracts/store.ts';
import type { Logger } from '../contracts/telemetry.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { randomHex } from '../core/ids.ts';
import { deriveSealKeys } from '../identity/seal-keys.ts';
import { createSealer } from '../identity/sealer.ts';
import type { MemoryLimits } from '../limits/limits.ts';
import { createSharedLimits, type SharedLimits } from '../limits/shared-limits.ts';
import { createKillReplica, type KillReplica } from '../policy/kill-replica.ts';
import type { WatchedKillSwitch } from '../policy/kill-switch.ts';
import { createRedisConnection, type RedisConnection } from '../storage/redis/connection.ts';
import { createRedisKill } from '../storage/redis/kill.ts';
import { createRedisRates } from '../storage/redis/rates.ts';
import { createRedisSessions } from '../storage/redis/sessions.ts';
import type { MeterRegistry } from '../telemetry/meter.ts';

/** What a cluster is made of. */
export interface ClusterPorts {
  readonly config: Pick<Config, 'cluster' | 'storage'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: MeterRegistry;
}

/** This node among the others. */
export interface Cluster {
  /** Where sessions of the legacy protocol revisions are left for others; undefined without a Redis. */
  readonly sessions: SharedSessions | undefined;
  /** Where the kill switch is left for others. */
  readonly kill: readonly SharedKill[];
  /** The limits of this process, counted together with the other nodes where the configuration says so. */
  shareLimits(local: MemoryLimits, config: LimitsConfig): MemoryLimits;
  /** Carries the kill switch; resolves when it was compared once, or after two seconds. */
  shareKillSwitch(path: string, killSwitch: WatchedKillSwitch, onTaken: (state: KillState) => void): Promise<void>;
  /** What is shared, and what is not at this moment. */
  status(): readonly ComponentStatus[];
  close(): Promise<void>;
}

/** Contacts nobody. */
export function createCluster({ config: { cluster, storage }, store, clock, logger, meter }: ClusterPorts): Cluster {
  const redis = openRedis(cluster);
  const sealer = redis && sealerOf(cluster);
  const nodeId = randomHex(8);
  const kill = [...(redis && sealer ? [createRedisKill(redis, sealer)] : []), ...(store.shared ? [store.shared.kill] : [])];
  let limits: SharedLimits | undefined;
  let replica: KillReplica | undefined;
  const place = cluster.limits === 'auto' ? (redis ? 'redis' : 'local') : cluster.limits;
  const rates: SharedRates | undefined = place === 'redis' && redis ? createRedisRates(redis) : place === 'postgres' ? store.shared?.rates : undefined;

  return {
    sessions: redis && sealer ? createRedisSessions({ connection: redis, sealer, nodeId }) : undefined,
    kill,
    shareLimits: (local, config) => {
      if (!rates) return local;
      limits = createSharedLimits(local, config, {
        rates,
        clock,
        logger,
        nodeId,
        nodes: cluster.nodes,
        insured: meter.counter('switchyard_limits_insured_total', 'Calls counted by this node alone, because the shared counters were lost.'),
        reset: place === 'redis' ? () => redis?.reconnect() : undefined,
      });
      meter.gauge('switchyard_limits_shared', 'Whether calls are counted together with the other nodes now.', () => (limits?.fault ? 0 : 1));
      meter.gauge('switchyard_nodes', 'Nodes that count together, as seen last.', () => limits?.nodes ?? 1);
      return limits;
    },
    shareKillSwitch: async (path, killSwitch, onTaken) => {
      if (kill.length === 0) return;
      const carrier = createKillReplica({ path, killSwitch, shared: kill, logger, onTaken });
      replica = carrier;
      meter.gauge(
        'switchyard_kill_switch_places_lost',
        'Places that cannot be told now what is switched off.',
        () => carrier.status().filter(({ state }) => state !== 'up').length,
      );
      await carrier.start();
    },
    status: () => [...storageStatus(storage.driver, store), ...limitsStatus(place, limits), ...(replica?.status() ?? [])],
    close: async () => {
      limits?.close();
      replica?.close();
      await redis?.close();
    },
  };
}

function openRedis({ secret, redis: { url, timeoutMs } }: Config['cluster']): RedisConnection | undefined {
  return url === null || secret === null ? undefined : createRedisConnection({ url, timeoutMs, secret });
}

/** Nothing of a home is read: the secrets alone make the keys. */
function sealerOf({ secret, previousSecret }: Config['cluster']): ReturnType<typeof createSealer> {
  return createSealer({ home: '', clock: systemClock, keys: deriveSealKeys([previousSecret, secret].filter((one) => one !== null)) });
}

function storageStatus(driver: string, { shared, fault }: Store): readonly ComponentStatus[] {
  if (!shared) return [];
  const name = `state on ${driver}`;
  return fault ? [{ name, state: 'down', detail: fault.message }] : [{ name, state: 'up' }];
}

function limitsStatus(place: string, limits: SharedLimits | undefined): readonly ComponentStatus[] {
  if (!limits) return [];
  const name = `limits on ${place}`;
  if (!limits.fault) return [{ name, state: 'up', detail: `${limits.nodes} nodes` }];
  return [{ name, state: 'degraded', detail: `This node counts alone, with its share of every rate. ${limits.fault.message}` }];
}
