/** @module contracts/config: one generation of the configuration, complete and frozen. */

import type { IdentityConfig, TlsConfig } from './identity-config.ts';
import type { ClusterConfig, StorageConfig } from './cluster-config.ts';
import type { ApprovalsConfig } from './approvals-config.ts';
import type { LimitsConfig } from './limits-config.ts';
import type { ModelsConfig } from './models-config.ts';
import type { RoutingConfig } from './orchestrator-config.ts';
import type { PolicyConfig } from './policy-config.ts';
import type { ProfilesConfig } from './profiles-config.ts';
import type { SandboxConfig } from './sandbox-config.ts';
import type { ToolSearchConfig } from './tool-search.ts';
import type { UpstreamsConfig } from './upstreams-config.ts';

/** Everything an operator can set. Every key is present: what no source sets has its default. */
export interface Config {
  /** Free name such as `development` or `production`; shown by status tools, changes no behaviour. */
  readonly environment: string;
  readonly server: ServerConfig;
  readonly identity: IdentityConfig;
  /** The roles of the file beside the built-in ones; a role of the file replaces a built-in one of the same name. */
  readonly policy: PolicyConfig;
  readonly approvals: ApprovalsConfig;
  /** Tables by role and by class hold the built-in entries too, where the file does not replace them. */
  readonly limits: TransportLimits & LimitsConfig;
  readonly audit: AuditConfig;
  readonly log: LogConfig;
  readonly workspace: WorkspaceConfig;
  readonly tools: ToolsConfig;
  readonly tasks: TasksConfig;
  readonly sandbox: SandboxConfig;
  readonly models: ModelsConfig;
  readonly upstreams: UpstreamsConfig;
  readonly profiles: ProfilesConfig;
  readonly toolSearch: ToolSearchConfig;
  readonly orchestrator: OrchestratorConfig;
  readonly storage: StorageConfig;
  readonly cluster: ClusterConfig;
}

/** The HTTP listener. */
interface ServerConfig {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Host header values served beside the address itself and the loopback names. */
  readonly allowedHosts: readonly string[];
  /** Origins browsers may call from, beside the gateway's own. Empty = CORS is off. */
  readonly allowedOrigins: readonly string[];
  /** Addresses and networks whose forwarding headers are believed; null = there is no proxy. */
  readonly trustedProxy: readonly string[] | null;
  /** Base URL under which clients reach the gateway; null = follows from host, port and TLS. */
  readonly publicUrl: string | null;
  readonly tls: TlsConfig;
  /** MCP over framed TCP, with the certificates of `tls`. */
  readonly tcp: { readonly isEnabled: boolean; readonly host: string; readonly port: number };
}

/** What one message, connection or session may take. */
interface TransportLimits {
  readonly maxBodyBytes: number;
  readonly maxResponseBytes: number;
  /** Milliseconds for the headers of a request to arrive. */
  readonly headersTimeoutMs: number;
  /** Milliseconds for a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a connection may wait between two requests. */
  readonly idleTimeoutMs: number;
  /** Milliseconds that an ordinary call may take to its answer; targets may declare their own. */
  readonly callTimeoutMs: number;
  /** Sessions of the legacy protocol revisions. */
  readonly sessions: { readonly max: number; readonly ttlSeconds: number };
  /** Seconds that a stop waits for running calls. */
  readonly drainSeconds: number;
}

/** The audit trail. */
interface AuditConfig {
  /** Absolute; null = `audit` in the home. */
  readonly directory: string | null;
  /** Second sink of the signed checkpoints, absolute; null = beside the log (reported as same-trust). */
  readonly checkpointDirectory: string | null;
  readonly checkpointEveryRecords: number;
  readonly checkpointEverySeconds: number;
  /** Size at which a segment is closed. */
  readonly rotateBytes: number;
  /** Closed segments older than this are removed; null = never. */
  readonly retentionDays: number | null;
}

/** Severities of the gateway's own log, lowest first. */
type LogThreshold = 'debug' | 'info' | 'warn' | 'error';

/** The gateway's own log on stderr. */
interface LogConfig {
  /** The lowest severity that is written. */
  readonly level: LogThreshold;
}

/** The files that tools may touch. */
interface WorkspaceConfig {
  /** Absolute; null = the current folder for `stdio`, `workspace` in the home for `serve`. */
  readonly root: string | null;
  readonly maxFileBytes: number;
}

/** The built-in tools. */
interface ToolsConfig {
  /** Names of tools that do not exist here. */
  readonly disabled: readonly string[];
}

/** Calls that go on without their client. */
export interface TasksConfig {
  readonly isEnabled: boolean;
  /** Milliseconds after which a call becomes a task, where its client can follow one. */
  readonly afterMs: number;
  /** Seconds that a task is kept after its end. */
  readonly ttlSeconds: number;
  /** Milliseconds between two looks that clients are asked to keep. */
  readonly pollIntervalMs: number;
  /** Tasks of one principal that are kept, those that have ended included. */
  readonly maxPerPrincipal: number;
  /** Tasks of everybody that are kept. */
  readonly maxTasks: number;
}

/**
 * The orchestrator's own configuration. In files five of its keys stand at the top level, under their
 * old names: anthropic_api_key, gemini_cli_path, default_max_tokens, retry_attempts, timeout_seconds;
 * the others in the section `orchestrator`.
 */
export interface OrchestratorConfig extends RoutingConfig {
  readonly anthropicApiKey: string | null;
  readonly geminiCliPath: string | null;
  readonly defaultMaxTokens: number;
  readonly retryAttempts: number;
  readonly timeoutSeconds: number;
}
