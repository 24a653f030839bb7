/** @module app/foundation: configuration, log, numbers, state store and audit log: what everything stands on. */
import { systemClock, type Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import type { HomePaths } from '../contracts/home.ts';
import type { Logger } from '../contracts/telemetry.ts';
import type { Store } from '../contracts/store.ts';
import { createAuditLog, type AuditLog } from '../audit/audit-log.ts';
import { prepareHome, resolveHome } from '../config/home.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import type { HomeSecrets } from '../secrets/home-secrets.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMeter, type MeterRegistry } from '../telemetry/meter.ts';
import type { Cluster } from './cluster.ts';
import { secretLookup, secretsOf } from './secrets.ts';
import { createStore } from './store.ts';

/** Where an app looks for its configuration and state. */
export interface FoundationOptions {
  /** State folder. Default: SWITCHYARD_HOME, else the platform's. */
  readonly home?: string | undefined;
  /** Configuration file. Default: searched for, see docs/configuration.md. */
  readonly configFile?: string | undefined;
  /** Settings above file and environment, in the configuration's own nesting. */
  readonly config?: JsonObject | undefined;
  /** Folder the search starts in. Default: the current one. */
  readonly cwd?: string | undefined;
  /** Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: JSON lines on stderr, readable text on a terminal. */
  readonly logger?: Logger | undefined;
  /** `direct` spares short-lived processes the thread that writes. Default `thread`. */
  readonly storeWrites?: 'thread' | 'direct' | undefined;
  /** For the command that sets them: these count as set, and so does every other secret that is not. Default: none does. */
  readonly pendingSecrets?: Readonly<Record<string, string>> | undefined;
}

/** The ground. */
export interface Foundation {
  readonly clock: Clock;
  readonly home: HomePaths;
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly meter: MeterRegistry;
  /** Opens at its first use. */
  readonly store: Store;
  /** What is shared with other nodes; undefined where nothing is. */
  readonly cluster: Cluster | undefined;
  /** Makes its file at the first record. */
  readonly audit: AuditLog;
  /** Loaded at its first use; touches no file before it is asked for something. */
  secrets(): Promise<HomeSecrets>;
  /** Reads the configuration again, from the same places. @throws AppError CONFIG_* */
  reload(): Promise<LoadedConfig>;
}

/** @throws AppError CONFIG_*, HOME_INSECURE, STORAGE_UNAVAILABLE */
export async function layFoundation(options: FoundationOptions): Promise<Foundation> {
  const env = options.env ?? process.env;
  const clock = systemClock;
  const root = resolveHome(options.home === undefined ? env : { ...env, SWITCHYARD_HOME: options.home });
  const secrets = secretsOf(root, env);
  const load = (): Promise<LoadedConfig> =>
    loadConfig({
      file: options.configFile,
      cwd: options.cwd ?? process.cwd(),
      home: root,
      env,
      overrides: options.config,
      secrets: secretLookup(secrets, options.pendingSecrets),
    });
  const loaded = await load();
  const home = prepareHome(root);
  const { audit: settings, log } = loaded.config;
  const logger = options.logger ?? createLogger({ level: log.level, isPretty: process.stderr.isTTY === true, clock });
  const audit = createAuditLog({
    directory: settings.directory ?? home.audit,
    checkpointDirectory: settings.checkpointDirectory ?? `${home.audit}-checkpoints`,
    keysDirectory: home.keys,
    clock,
    maxSegmentBytes: settings.rotateBytes,
    checkpointEveryRecords: settings.checkpointEveryRecords,
    checkpointIntervalMs: settings.checkpointEverySeconds * 1000,
    retentionDays: settings.retentionDays ?? undefined,
    onProblem: (error) => logger.error('audit', { code: error.code, error: error.message }),
  });
  const store = await createStore(loaded.config.storage, home, clock, options.storeWrites ?? 'thread');
  const meter = createMeter();
  const cluster = isShared(loaded.config) ? (await import('./cluster.ts')).createCluster({ config: loaded.config, store, clock, logger, meter }) : undefined;
  for (const { message, fix, source } of loaded.warnings) logger.warn('configuration', { source, problem: message, fix });
  return { clock, home, loaded, logger, meter, store, cluster, audit, secrets, reload: load };
}

function isShared({ storage, cluster }: LoadedConfig['config']): boolean {
  return storage.driver === 'postgres' || cluster.redis.url !== null;
}
