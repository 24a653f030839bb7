/**
 * @module config/defaults: the configuration where no source says otherwise, the environment included. Plain data, so that a
 * start without a file loads no schema; the schema takes its defaults from here.
 */
import type { Config } from '../contracts/config.ts';
import { DEFAULT_ISSUER } from '../contracts/identity-config.ts';
import { DEFAULT_APPROVALS } from '../contracts/approvals-config.ts';
import { DEFAULT_LIMITS } from '../contracts/limits-config.ts';
import { DEFAULT_CACHE } from '../contracts/model-cache.ts';
import { DEFAULT_ROUTING } from '../contracts/orchestrator-config.ts';
import { DEFAULT_POLICY } from '../contracts/policy-config.ts';
import { DEFAULT_SANDBOX } from '../contracts/sandbox-config.ts';
import { DEFAULT_TOOL_SEARCH } from '../contracts/tool-search.ts';
import { deepFreeze } from '../core/json.ts';
import { WELL_KNOWN_ALIASES, WELL_KNOWN_PROVIDERS } from './well-known-models.ts';

const MEBIBYTE = 1_048_576;

/** Frozen. A test proves it equal to what the schema makes of an empty file. */
export const DEFAULT_CONFIG: Config = deepFreeze({
  environment: 'development',
  server: {
    host: '127.0.0.1',
    port: 8000,
    allowedHosts: [],
    allowedOrigins: [],
    trustedProxy: null,
    publicUrl: null,
    tls: { certFile: null, keyFile: null, caFile: null, clientCertificates: 'off' },
    tcp: { isEnabled: false, host: '127.0.0.1', port: 8002 },
  },
  identity: { localRoles: ['developer'], issuer: null, server: DEFAULT_ISSUER, issuers: [], certificates: [] },
  policy: DEFAULT_POLICY,
  approvals: DEFAULT_APPROVALS,
  limits: {
    ...DEFAULT_LIMITS,
    maxBodyBytes: 10 * MEBIBYTE,
    maxResponseBytes: 50 * MEBIBYTE,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    idleTimeoutMs: 65_000,
    callTimeoutMs: 30_000,
    sessions: { max: 1000, ttlSeconds: 1800 },
    drainSeconds: 30,
  },
  audit: {
    directory: null,
    checkpointDirectory: null,
    checkpointEveryRecords: 1000,
    checkpointEverySeconds: 60,
    rotateBytes: 64 * MEBIBYTE,
    retentionDays: null,
  },
  log: { level: 'info' },
  workspace: { root: null, maxFileBytes: 10 * MEBIBYTE },
  tools: { disabled: [] },
  tasks: { isEnabled: true, afterMs: 5000, ttlSeconds: 3600, pollIntervalMs: 1000, maxPerPrincipal: 100, maxTasks: 10_000 },
  sandbox: DEFAULT_SANDBOX,
  upstreams: {},
  profiles: {},
  toolSearch: DEFAULT_TOOL_SEARCH,
  models: {
    wellKnownProviders: true,
    providers: WELL_KNOWN_PROVIDERS,
    aliases: WELL_KNOWN_ALIASES,
    prices: {},
    guardrails: { rules: {}, markers: 'plain' },
    streamUsage: 'budgeted',
    retries: 2,
    retryDelayMs: 250,
    maxRetryAfterMs: 5000,
    breaker: { failures: 5, windowMs: 60_000, openMs: 15_000, maxCooldownMs: 300_000 },
    cache: DEFAULT_CACHE,
    firstTokenMs: 30_000,
    idleMs: 30_000,
    answerMs: 60_000,
    totalMs: 300_000,
  },
  storage: { driver: 'sqlite', url: null, schema: 'switchyard', maxConnections: 10, timeoutMs: 2000 },
  cluster: { secret: null, previousSecret: null, redis: { url: null, timeoutMs: 250 }, limits: 'auto', nodes: null },
  orchestrator: { ...DEFAULT_ROUTING, anthropicApiKey: null, geminiCliPath: null, defaultMaxTokens: 4096, retryAttempts: 2, timeoutSeconds: 60 },
});
