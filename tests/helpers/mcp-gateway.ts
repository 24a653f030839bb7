/** The MCP door on the real road, catalogue and edge, with a few principals known by their tokens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createPipeline, type Pipeline } from '../../src/calls/runner.ts';
import type { CallPorts } from '../../src/calls/ports.ts';
import type { AuditEvent } from '../../src/contracts/audit.ts';
import type { Credential, Principal } from '../../src/contracts/principal.ts';
import type { Logger } from '../../src/contracts/telemetry.ts';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../../src/contracts/tool.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { createHttpEdge } from '../../src/doors/http/edge.ts';
import { createTaskDesk, type TaskDesk } from '../../src/doors/mcp/tasks/task-desk.ts';
import { Tasks } from '../../src/doors/mcp/tasks/tasks.ts';
import { createMemoryStore } from '../../src/storage/memory/store.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import type { TasksConfig } from '../../src/contracts/config.ts';
import type { Catalog } from '../../src/contracts/catalog.ts';
import type { Sealer } from '../../src/contracts/http.ts';
import type { TaskStore } from '../../src/contracts/task-store.ts';
import { createMcpDoor, type McpDoor, type McpDoorOptions } from '../../src/doors/mcp/door.ts';
import { createClientDirectory } from '../../src/identity/client-directory.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import { createMeter } from '../../src/telemetry/meter.ts';
import { createCatalog, type ToolCatalog } from '../../src/tools/catalog.ts';
import { noModels } from './no-models.ts';
import { keyPrincipal } from './key-principal.ts';

/** Tokens that the gateway knows. */
export const ALICE = 'token-alice';
export const BOB = 'token-bob';

/** A user of that name. */
export const principalOf = (name: string, method: Principal['method'] = 'api-key'): Principal => keyPrincipal(`key:${name}`, { method });
const LOCAL = principalOf('local', 'local');

const SILENT: Logger = { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface GatewayOptions {
  readonly tools?: readonly ToolDefinition[];
  readonly resources?: readonly ResourceDefinition[];
  readonly prompts?: readonly PromptDefinition[];
  readonly door?: Partial<McpDoorOptions>;
  readonly ports?: Partial<CallPorts>;
  /** Calls become tasks; a store that is handed in outlives the gateway, if the home does. */
  readonly tasks?: Partial<TasksConfig> & { readonly store?: TaskStore; readonly home?: string };
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly door: McpDoor;
  readonly catalog: ToolCatalog;
  readonly pipeline: Pipeline;
  readonly records: AuditEvent[];
  /** Token → principal; may be changed to revoke or add. */
  readonly tokens: Map<string, Principal>;
  stop(): Promise<void>;
  /** Serves one client over a duplex stream. */
  serve(stream: Duplex): void;
}

/** Starts a gateway on a free port of the loopback address. */
export async function startGateway({ tools = [], resources = [], prompts = [], door: options, ports, tasks }: GatewayOptions = {}): Promise<Gateway> {
  const home = tasks?.home ?? mkdtempSync(join(tmpdir(), 'mcp-gateway-'));
  const records: AuditEvent[] = [];
  const tokens = new Map([
    [ALICE, principalOf('alice')],
    [BOB, principalOf('bob')],
  ]);
  const policy = { decide: () => ({ isAllowed: true, rule: 'role:user', reason: '' }), isVisible: () => true, scopesOf: () => [] };
  const catalog = createCatalog({
    compile: compileSchema,
    clock: systemClock,
    maxResultBytes: 50 * 1024 * 1024,
    modelsOf: noModels,
    policy: () => policy,
    toJsonSchema: () => {
      throw new AppError('DEFINITION_INVALID');
    },
  });
  for (const tool of tools) catalog.registerTool(tool);
  for (const resource of resources) catalog.registerResource(resource);
  for (const prompt of prompts) catalog.registerPrompt(prompt);
  const sealer = createSealer({ home, clock: systemClock });
  const desk = tasks && deskOf(tasks, sealer);
  const reached: Catalog = {
    list: (list) => catalog.list(list),
    subscribe: (listener) => catalog.subscribe(listener),
    resolve: (kind, name) => (kind === 'task' ? desk?.resolve(name) : catalog.resolve(kind, name)),
  };
  const rate = { policy: 'user', limit: 300, windowSeconds: 60, remaining: 299, resetSeconds: 1 };
  const pipeline = createPipeline({
    clock: systemClock,
    identity: { identify: (credential) => identify(tokens, credential), isCurrent: () => true },
    limits: { source: () => undefined, reserve: () => ({ rate, settle: () => undefined }), load: () => ({ running: 0, queued: 0 }) },
    killSwitch: { check: () => undefined },
    audit: {
      append: async (event) => {
        records.push(event);
      },
    },
    logger: SILENT,
    generation: () => ({ id: 1, catalog: reached, policy, callTimeoutMs: 30_000 }),
    finished: { add: () => undefined },
    duration: { observe: () => undefined },
    ...ports,
  });
  const door = createMcpDoor(
    { runner: pipeline, catalog: reached, sealer, clients: createClientDirectory(systemClock), logger: SILENT, tasks: desk },
    { serverInfo: { name: 'switchyard', version: '0.0.0-test' }, ...options },
  );
  const edge = createHttpEdge({ host: '127.0.0.1', port: 0, mounts: [door.mount], logger: SILENT, meter: createMeter() });
  await edge.start();
  const port = edge.address?.port ?? 0;
  return {
    url: `http://localhost:${port}/mcp`,
    port,
    door,
    catalog,
    pipeline,
    records,
    tokens,
    serve: (stream) => void door.serveStdio({ input: stream, output: stream }).closed.then(() => stream.end()),
    async stop() {
      edge.closeIntake();
      await door.close();
      pipeline.stop(new AppError('SHUTTING_DOWN'));
      await edge.stop();
      await desk?.close();
      if (tasks?.home === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}

function deskOf({ store = createMemoryStore().tasks, home: _, ...config }: NonNullable<GatewayOptions['tasks']>, sealer: Sealer): TaskDesk {
  return createTaskDesk(
    async () => new Tasks({ store, sealer, clock: systemClock, logger: SILENT, config: { ...DEFAULT_CONFIG.tasks, pollIntervalMs: 50, ...config } }),
  );
}

function identify(tokens: ReadonlyMap<string, Principal>, credential: Credential): Principal {
  if (credential.kind === 'local') return LOCAL;
  if (credential.kind === 'none') throw new AppError('AUTHENTICATION_REQUIRED');
  const known = credential.kind === 'bearer' ? tokens.get(credential.token) : undefined;
  if (!known) throw new AppError('AUTHENTICATION_FAILED');
  return known;
}
