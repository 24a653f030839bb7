/** @module app/targets: everything a call can reach here. */
import type { Catalog } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { Limits } from '../contracts/limits.ts';
import type { Orchestrator } from '../contracts/orchestrator.ts';
import type { Readiness } from '../contracts/readiness.ts';
import type { HealthCheck, PlatformStatus } from '../contracts/status.ts';
import type { Target } from '../contracts/target.ts';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { redactConfig } from '../config/redact.ts';
import { compileSchema } from '../schema/compile.ts';
import { standardSchemaToJson } from '../schema/standard.ts';
import { createCallJournal } from '../telemetry/call-journal.ts';
import { createBuiltinResources, createBuiltinTools, type BuiltinPorts } from '../tools/builtin/builtin.ts';
import { createCatalog, type ToolCatalog } from '../tools/catalog.ts';
import type { Foundation } from './foundation.ts';
import type { AppGeneration } from './generations.ts';
import type { Guards } from './guards.ts';
import type { AppSandbox } from './sandbox.ts';
import { LIBRARIES } from './libraries.ts';
import type { ModelTargets } from './models.ts';
import type { ProfileTargets } from './profiles.ts';
import type { CallListeners, CallTotals } from './road.ts';
import { createPlatformStatus } from './status.ts';
import type { ToolSearch } from './tool-search.ts';
import type { UpstreamTargets } from './upstreams.ts';
import { createViews } from './views.ts';
import { createWorkspaces } from './workspaces.ts';

/** What authors bring. */
export interface OwnTargets {
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly resources?: readonly ResourceDefinition[] | undefined;
  readonly prompts?: readonly PromptDefinition[] | undefined;
}

/** What the targets are made of. */
export interface TargetPorts {
  readonly foundation: Foundation;
  readonly guards: Guards;
  /** The configuration in force; before the first generation, the loaded one. */
  readonly config: () => Config;
  /** The generation in force; asked at each use, never during construction. */
  readonly current: () => AppGeneration;
  readonly limits: () => Pick<Limits, 'load'>;
  readonly readiness: Readiness;
  /** Absolute folder for calls that bring none. */
  readonly workspace: string;
  readonly doors: readonly string[];
  readonly own: OwnTargets;
  readonly models: ModelTargets;
  readonly upstreams: UpstreamTargets;
  /** Targets of kind task; undefined = there are none. */
  readonly tasks?: { resolve(name: string): Target | undefined } | undefined;
  readonly sandbox: AppSandbox;
}

/** The catalogue, with what the status page and the pipeline tell each other. */
export interface Targets extends CallListeners {
  readonly tools: ToolCatalog;
  /** As the pipeline and the doors see it: with the operations of the gateway itself. */
  readonly catalog: Catalog;
  /** Registers operations of the gateway: targets of kind admin. @throws AppError DUPLICATE_NAME */
  addAdmin(targets: readonly Target[]): void;
  /** Those operations. */
  operations(): readonly Target[];
  readonly platform: PlatformStatus;
  readonly profiles: ProfileTargets;
  readonly search: ToolSearch;
  /** Brings the catalogue in line with the configuration in force. */
  applyConfig(): void;
}

/** @throws AppError DEFINITION_INVALID, DUPLICATE_NAME from an author's definitions */
export function createTargets(ports: TargetPorts): Targets {
  const { foundation, current, own, workspace } = ports;
  const { loaded, home, audit } = foundation;
  const journal = createCallJournal();
  const totals: CallTotals = { total: 0, failed: 0 };
  const platform = createPlatformStatus({
    environment: () => current().config.environment,
    clients: ports.guards.clients,
    limits: ports.limits,
    totals: () => totals,
    providers: () => ports.models.status(),
    upstreams: () => ports.upstreams.status(),
    sandbox: () => ports.sandbox.report(),
    cluster: () => foundation.cluster?.status() ?? [],
    doors: () => ports.doors.map((name) => ({ name, state: ports.readiness().phase === 'ready' ? 'up' : 'down' })),
  });
  const files = createWorkspaces({ root: workspace, home, config: () => current().config });
  const tools = createToolCatalog(ports);
  const builtinPorts: BuiltinPorts = {
    roots: files.roots,
    audit,
    status: platform,
    libraries: LIBRARIES,
    checks: [...healthChecks(foundation, () => files.of({}).check()), ...clusterChecks(foundation)],
    config: { redacted: () => redactedConfig(current(), loaded.interpolated) },
    code: ports.sandbox.code,
    orchestrator: lazyOrchestrator(foundation, () => current().config),
  };
  const builtin = createBuiltinTools(builtinPorts);
  registerOwn(tools, own);
  for (const definition of createBuiltinResources(builtinPorts)) tools.registerResource(definition, { isTrusted: true });

  const applyConfig = followDisabled(tools, builtin);
  applyConfig(loaded.config.tools.disabled);

  const admin = new Map<string, Target>();
  const views = createViews({ ...ports, admin, own: tools, policy: () => current().policy, logger: foundation.logger });
  return {
    tools,
    journal,
    totals,
    platform,
    ...views,
    operations: () => [...admin.values()],
    addAdmin(targets) {
      for (const target of targets) {
        if (admin.has(target.name)) throw new AppError('DUPLICATE_NAME', { message: `There are two operations named ${target.name}.` });
        admin.set(target.name, target);
      }
    },
    applyConfig() {
      applyConfig(current().config.tools.disabled);
      ports.models.applyConfig();
      ports.upstreams.applyConfig();
      views.profiles.applyConfig();
      views.search.applyConfig();
    },
  };
}

function createToolCatalog({ foundation, models, current }: TargetPorts): ToolCatalog {
  return createCatalog({
    compile: compileSchema,
    toJsonSchema: standardSchemaToJson,
    clock: foundation.clock,
    maxResultBytes: foundation.loaded.config.limits.maxResponseBytes,
    // A Call holds its state in private fields: its method is called on it.
    modelsOf: (call) => models.clientFor({ scope: call.scope, call: (child) => call.call(child) }),
    policy: () => current().policy,
  });
}

/** One for the life of the app: it remembers conversations. */
function lazyOrchestrator(foundation: Foundation, config: () => AppGeneration['config']): () => Promise<Orchestrator> {
  let loading: Promise<Orchestrator> | undefined;
  return async () => await (loading ??= import('./orchestrator.ts').then(({ createAppOrchestrator }) => createAppOrchestrator(foundation, config)));
}

function registerOwn(catalog: ToolCatalog, { tools = [], resources = [], prompts = [] }: OwnTargets): void {
  for (const definition of tools) catalog.registerTool(definition);
  for (const definition of resources) catalog.registerResource(definition);
  for (const definition of prompts) catalog.registerPrompt(definition);
}

/** Registers the built-in tools that are not disabled, and takes away those that are. */
function followDisabled(tools: ToolCatalog, builtin: readonly ToolDefinition[]): (disabled: readonly string[]) => void {
  return (disabled) => {
    for (const definition of builtin) {
      const isListed = tools.resolve('tool', definition.name) !== undefined;
      const isWanted = !disabled.includes(definition.name);
      if (isWanted && !isListed) tools.registerTool(definition, { isTrusted: true });
      else if (!isWanted && isListed) tools.unregisterTool(definition.name);
    }
  };
}

/** Each really does what it names. */
function healthChecks({ store, audit, clock }: Foundation, checkFiles: () => Promise<void>): readonly HealthCheck[] {
  return [
    {
      name: 'auth',
      check: async () => {
        await store.apiKeys.list();
      },
    },
    { name: 'file_system', check: checkFiles },
    { name: 'memory', check: checkMemory },
    {
      name: 'audit',
      check: async () => {
        await audit.append({ event: 'admin_action', phase: 'notice', at: clock.now(), detail: { check: 'health' } });
      },
    },
    {
      name: 'storage',
      check: async () => {
        await store.check();
      },
    },
  ];
}

/** Each part that is shared: fails while it is not. */
function clusterChecks({ cluster }: Foundation): readonly HealthCheck[] {
  if (!cluster) return [];
  return [
    {
      name: 'cluster',
      check: async () => {
        const lost = cluster.status().filter(({ state }) => state !== 'up');
        if (lost.length > 0) throw new AppError('STORAGE_UNAVAILABLE', { message: lost.map(({ name, detail }) => `${name}: ${detail ?? ''}`).join(' ') });
      },
    },
  ];
}

/** Allocates and touches a megabyte, and looks at what the heap has left. */
async function checkMemory(): Promise<void> {
  const probe = Buffer.alloc(1024 * 1024, 1);
  if (probe[probe.length - 1] !== 1) throw new AppError('INTERNAL', { message: 'Memory does not keep what is written.' });
  const { getHeapStatistics } = await import('node:v8');
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  if (used > limit * 0.95) throw new AppError('OVERLOADED', { message: 'The heap is nearly full.' });
}

function redactedConfig({ config }: AppGeneration, interpolated: readonly string[]): Readonly<Record<string, unknown>> {
  return redactConfig(config, interpolated) as Readonly<Record<string, unknown>>;
}
