/** Edge, REST door, console door and the real road, with keys and scopes that are easy to read. */
import { createPipeline, type Pipeline } from '../../src/calls/runner.ts';
import type { CallPorts } from '../../src/calls/ports.ts';
import type { Approvals } from '../../src/contracts/approvals.ts';
import type { AuditEvent } from '../../src/contracts/audit.ts';
import type { Sealer } from '../../src/contracts/http.ts';
import type { Credential, Principal } from '../../src/contracts/principal.ts';
import type { PlatformReport } from '../../src/contracts/status.ts';
import type { Target } from '../../src/contracts/target.ts';
import { AppError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createAdminTargets } from '../../src/doors/admin/admin-targets.ts';
import { createConsoleDoor, type ConsoleDoor, type ConsolePorts } from '../../src/doors/admin/admin-door.ts';
import type { KillSwitchEntry } from '../../src/doors/admin/snapshot.ts';
import type { HttpEdgeOptions } from '../../src/doors/http/edge.ts';
import { createHealthMount } from '../../src/doors/rest/health.ts';
import { createRestDoor, type RestDoor, type RestPorts } from '../../src/doors/rest/rest-door.ts';
import { createClientDirectory } from '../../src/identity/client-directory.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import { createConsoleSessions } from '../../src/identity/console-sessions.ts';
import { createCallJournal } from '../../src/telemetry/call-journal.ts';
import { createMeter } from '../../src/telemetry/meter.ts';
import { memoryLogger, startEdge, type EdgeBench } from './edge.ts';
import { catalogOf } from './pipeline.ts';
import { keyPrincipal } from './key-principal.ts';

/** `user` may call tools, `admin` also sees the logs, `nobody` may do nothing. */
const SCOPES: Readonly<Record<string, readonly string[]>> = { user: ['tools:execute'], admin: ['tools:execute', 'admin:logs', 'admin:full'], nobody: [] };

export const principal = (name: string): Principal => keyPrincipal(`test:${name}`, { roles: [name] });

export const REPORT: PlatformReport = {
  version: '0.1.0',
  uptimeSeconds: 4000,
  environment: { node: 'v24', platform: 'linux', mode: 'test' },
  doors: [
    { name: 'mcp http', state: 'up', detail: '127.0.0.1:8000' },
    { name: 'mcp stdio', state: 'up' },
  ],
  runtimes: [{ name: 'main', state: 'up' }],
  sandbox: { level: 'none', detail: 'bubblewrap is not installed' },
  providers: [],
  upstreams: [{ name: 'github', state: 'down', detail: 'exited with code 1' }],
  cluster: [],
  clients: [],
  calls: { total: 12_345, failed: 17, running: 2, queued: 0 },
};

export interface HttpStack extends EdgeBench {
  readonly pipeline: Pipeline;
  readonly rest: RestDoor;
  readonly console: ConsoleDoor;
  readonly records: AuditEvent[];
  readonly journal: ReturnType<typeof createCallJournal>;
  readonly clients: ReturnType<typeof createClientDirectory>;
  readonly sessions: ReturnType<typeof createConsoleSessions>;
  readonly sealer: Sealer;
  readonly killSwitches: KillSwitchEntry[];
  readonly targets: readonly Target[];
  readonly base: string;
}

export interface StackOptions {
  readonly targets?: readonly Target[];
  readonly edge?: Partial<HttpEdgeOptions>;
  readonly rest?: Partial<RestPorts>;
  readonly console?: Partial<ConsolePorts>;
  /** Empty unless given. */
  readonly approvals?: Approvals;
  readonly ports?: Partial<CallPorts>;
  readonly phase?: () => 'ready' | 'starting' | 'stopping';
}

/** Bearer `key-<name>` is the principal of that name. */
export async function startStack(options: StackOptions = {}): Promise<HttpStack> {
  const log: string[] = [];
  const records: AuditEvent[] = [];
  const killSwitches: KillSwitchEntry[] = [];
  const logger = memoryLogger(log);
  const journal = createCallJournal();
  const clients = createClientDirectory(systemClock);
  const sessions = createConsoleSessions(systemClock);
  const meter = createMeter();
  const step = (name: string) => ({ name, state: 'done', ms: 1 }) as const;
  const readiness = () => ({ phase: options.phase?.() ?? ('ready' as const), up: ['configuration', 'storage and audit'].map(step), down: [] });
  const admin = createAdminTargets({
    clock: systemClock,
    readiness,
    platform: { report: async () => REPORT },
    clients,
    journal,
    load: () => ({ running: 1, queued: 0 }),
    killSwitches: () => killSwitches,
    metrics: () => meter.render(),
    createLink: (caller) => sessions.createLink(caller),
    approvals: {
      approvals: async () => options.approvals ?? { list: () => ({ upstreams: [], calls: [] }), waiting: () => [], decide: async () => [] },
      record: async () => undefined,
    },
    cost: async ({ from, to, by }) => ({ from, to, by, lines: [], total: null }),
  });
  const targets = [...admin, ...(options.targets ?? [])];
  const identify = (credential: Credential): Principal => {
    const known = credential.kind === 'console' ? sessions.principalOf(credential.cookie) : undefined;
    if (known) return known;
    if (credential.kind === 'none') throw new AppError('AUTHENTICATION_REQUIRED');
    const name = credential.kind === 'bearer' ? (/^key-(\w+)$/.exec(credential.token)?.[1] ?? '') : '';
    if (!Object.hasOwn(SCOPES, name)) throw new AppError('AUTHENTICATION_FAILED');
    return principal(name);
  };
  const pipeline = createPipeline({
    clock: systemClock,
    identity: { identify, isCurrent: () => true },
    logger,
    limits: {
      source: () => undefined,
      reserve: () => ({ rate: { policy: 'user', limit: 300, windowSeconds: 60, remaining: 299, resetSeconds: 0.2 }, settle: () => undefined }),
      load: () => ({ running: 0, queued: 0 }),
    },
    killSwitch: { check: () => killSwitches[0]?.reason },
    audit: {
      append: async (event) => {
        records.push(event);
      },
    },
    generation: () => ({
      id: 1,
      callTimeoutMs: 30_000,
      catalog: catalogOf(targets),
      policy: {
        decide: (caller, target) => {
          const missingScopes = target.access.scopes.filter((scope) => !SCOPES[caller.roles[0] ?? '']?.includes(scope));
          return {
            isAllowed: missingScopes.length === 0,
            rule: missingScopes.length === 0 ? `role:${caller.roles[0] ?? ''}` : 'default-deny',
            reason: `Missing scope: ${missingScopes.join(', ')}`,
            missingScopes,
          };
        },
        isVisible: () => true,
        scopesOf: (caller) => SCOPES[caller.roles[0] ?? ''] ?? [],
      },
    }),
    finished: meter.counter('switchyard_calls_total', 'Calls.'),
    duration: meter.histogram('switchyard_call_duration_seconds', 'Duration.'),
    report: journal.record,
    ...options.ports,
  });
  const rest = createRestDoor({
    runner: pipeline,
    clients,
    logger,
    version: '0.1.0',
    revisions: ['2026-07-28', '2025-11-25'],
    mcpPath: '/mcp',
    ...options.rest,
  });
  const sealer = createSealer({ home: '/nowhere', clock: systemClock, keys: [{ id: 1, key: Buffer.alloc(32, 7) }] });
  const console = createConsoleDoor({ runner: pipeline, sessions, sealer, logger, guides: () => [], linkCommand: 'switchyard link', ...options.console });
  const bench = await startEdge({
    mounts: [createHealthMount({ version: '0.1.0', readiness, clock: systemClock }), rest, console],
    logger,
    meter,
    ...options.edge,
  });
  return {
    ...bench,
    meter,
    log,
    pipeline,
    rest,
    console,
    records,
    journal,
    clients,
    sessions,
    sealer,
    killSwitches,
    targets,
    base: `http://127.0.0.1:${bench.port}`,
    stop: async () => {
      console.close();
      pipeline.stop(new AppError('SHUTTING_DOWN'));
      await bench.stop();
    },
  };
}

/** A tool of the given name that answers with the envelope around its input. */
export function envelopeTool(name: string, overrides: Partial<Target> = {}): Target {
  return {
    kind: 'tool',
    name,
    access: { scopes: ['tools:execute'] },
    isEnveloped: true,
    traits: { isReadOnly: true, timeoutMs: 5000, takesSlot: true, priority: 5 },
    run: (input) => ({
      type: 'result',
      value: { content: [{ type: 'text', text: 'x' }], structuredContent: { success: true, data: input, error: null, timestamp: 't', correlation_id: 'c' } },
    }),
    ...overrides,
  };
}

/** The catalogue's list target of the given name. */
export function listTarget(name: string, definitions: readonly unknown[]): Target {
  return {
    kind: 'catalog',
    name,
    access: { scopes: ['tools:execute'] },
    traits: { isReadOnly: true, timeoutMs: 5000, takesSlot: true, priority: 5 },
    run: () => ({ type: 'result', value: definitions }),
  };
}
