/**
 * @module app: the composition root: the only place that builds the parts and hands them to each
 * other. Seven steps up, seven down; everything in between is wiring.
 */
import type { Readable, Writable } from 'node:stream';
import type { Pipeline } from '../calls/runner.ts';
import type { HttpMount } from '../contracts/http.ts';
import type { CallRunner } from '../contracts/call.ts';
import type { Readiness, ReadinessReport } from '../contracts/readiness.ts';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { createMcpDoor, type McpDoor } from '../doors/mcp/door.ts';
import { createAttachServer, type AttachServer } from './attach.ts';
import { layFoundation, type Foundation, type FoundationOptions } from './foundation.ts';
import { createGenerations, type AppGeneration, type Generations } from './generations.ts';
import { endpointsOf, urlOf, type Endpoints } from './endpoints.ts';
import { createGuards, type Guards } from './guards.ts';
import type { HttpDoors } from './http-doors.ts';
import { createLifecycle, type Step } from './lifecycle.ts';
import { createRoad } from './road.ts';
import { within } from './within.ts';
import { createTargets, type Targets } from './targets.ts';
import type { Reloads } from './reloads.ts';
import { announceServing, withdrawServing } from './serving.ts';

/** What can be brought along. */
export interface AppOptions extends FoundationOptions {
  /** Folder of the files that tools may touch. Default: the configuration's, else `workspace` in the home. */
  readonly workspace?: string | undefined;
  /** Doors to open. Default: http and the socket for `stdio` processes of the same home. */
  readonly doors?: readonly ('http' | 'attach')[] | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly resources?: readonly ResourceDefinition[] | undefined;
  readonly prompts?: readonly PromptDefinition[] | undefined;
  /** Further HTTP doors; they get the runner and must put every request through it. */
  readonly mounts?: ((runner: CallRunner) => readonly HttpMount[]) | undefined;
  /** Whether the configuration is watched. Default: true where the http door is open. */
  readonly isWatching?: boolean | undefined;
}

/** Streams of one MCP client. */
export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Absolute project folder of the client. */
  readonly workspaceRoot?: string | undefined;
}

/** A gateway in this process. */
export interface App {
  /** Seven steps up. @throws AppError of the step that failed; what had started is stopped again */
  start(): Promise<void>;
  /** Seven steps down. Safe to call again. */
  stop(): Promise<void>;
  /** The road, for doors and programs of your own. @throws AppError NOT_RUNNING before start */
  readonly runner: CallRunner;
  /** Tools, resources and prompts; may be changed while clients are connected. @throws AppError NOT_RUNNING before start */
  readonly targets: Targets;
  readonly state: () => ReadinessReport;
  /** Serves one client; resolves when it has left. */
  serveStdio(streams: StdioStreams): Promise<void>;
  /** @throws AppError NOT_RUNNING without an open http door */
  endpoints(): Endpoints;
  /** Loads the configuration again, as SIGHUP does. True = a new generation is in force. */
  reload(): Promise<boolean>;
}

/** Everything that exists between start and stop. */
interface Parts {
  foundation: Foundation;
  guards: Guards;
  generations: Generations;
  targets: Targets;
  pipeline: Pipeline;
  mcp: McpDoor;
  http: HttpDoors;
  attach: AttachServer;
  reloads: Reloads;
}

/** How long cancelled calls may take to end. */
const CANCEL_MS = 2000;

let running: App | undefined;

/** The gateway that runs in this process, or undefined. Of several, the one that started last. */
export function getApp(): App | undefined {
  return running;
}

/** A gateway that is wired at `start`. Creating one touches nothing. */
export function createApp(options: AppOptions = {}): App {
  const doors = options.doors ?? ['http', 'attach'];
  const parts: Partial<Parts> = {};
  const need: Need = (name) => {
    const part = parts[name];
    if (part === undefined) throw new AppError('NOT_RUNNING');
    return part;
  };
  const lifecycle = createLifecycle(
    { up: stepsUp(options, doors, parts, need, () => lifecycle.state), down: stepsDown(parts) },
    () => parts.foundation?.logger,
  );

  const app: App = {
    async start() {
      await lifecycle.start();
      running = app;
      parts.foundation?.logger.info('ready', { version: VERSION, doors: [...doors] });
    },
    async stop() {
      await lifecycle.stop();
      if (running === app) running = undefined;
    },
    get runner() {
      return need('pipeline');
    },
    get targets() {
      return need('targets');
    },
    state: () => lifecycle.state,
    serveStdio: async ({ input, output, workspaceRoot }) => await need('mcp').serveStdio({ input, output, workspaceRoot }).closed,
    endpoints: () => endpointsOf(need('foundation'), need('guards'), need('http'), workspaceOf(need('foundation'), options)),
    reload: async () => await need('reloads').reload(),
  };
  return app;
}

type Need = <Name extends keyof Parts>(name: Name) => Parts[Name];

function stepsUp(options: AppOptions, doors: readonly string[], parts: Partial<Parts>, need: Need, readiness: Readiness): readonly Step[] {
  const hasHttp = doors.includes('http');
  return [
    {
      name: 'configuration',
      run: async () => {
        parts.foundation = await layFoundation(options);
      },
    },
    {
      name: 'storage and audit',
      run: async () => {
        if (hasHttp) await need('foundation').store.check();
      },
    },
    {
      name: 'policy and identity',
      run: async () => {
        parts.guards = await createGuards(need('foundation'), { hasAdminKey: hasHttp });
      },
    },
    {
      name: 'targets',
      run: () => {
        const foundation = need('foundation');
        const current = (): AppGeneration => need('generations').current();
        parts.targets = createTargets({
          foundation,
          guards: need('guards'),
          current,
          limits: () => need('generations').limits,
          readiness,
          workspace: workspaceOf(foundation, options),
          doors,
          own: options,
        });
        parts.generations = createGenerations(foundation.loaded.config, parts.targets.catalog, foundation.clock);
      },
    },
    {
      name: 'runtimes',
      run: () => {
        parts.pipeline = createRoad(need('foundation'), need('guards'), need('generations'), need('targets'));
      },
    },
    {
      name: 'doors',
      run: async () => {
        parts.mcp = openMcp(need('foundation'), need('guards'), need('pipeline'), need('targets'));
        // First: a second gateway of this home shall hear that the home is served, not that the port is taken.
        if (doors.includes('attach')) parts.attach = await openAttach(need('foundation'), parts.mcp);
        if (hasHttp) parts.http = await openHttp(options, parts.mcp, need, readiness);
      },
    },
    {
      name: 'ready',
      run: async () => {
        const { audit, clock } = need('foundation');
        await audit.append({ event: 'gateway_started', phase: 'notice', at: clock.now(), detail: { version: VERSION, pid: process.pid } });
        if (hasHttp && parts.attach) announceServing(need('foundation').home, urlOf(need('http')));
        if (options.isWatching ?? hasHttp) parts.reloads = (await import('./reloads.ts')).watchForChanges(need('foundation'), need('generations'), need('targets').applyConfig);
      },
    },
  ];
}

/** Each step bears that the parts it stops were never made. */
function stepsDown(parts: Partial<Parts>): readonly Step[] {
  const drainMs = (): number => (parts.generations?.current().config.limits.drainSeconds ?? 0) * 1000;
  return [
    {
      name: 'stop intake',
      run: () => {
        parts.reloads?.close();
        if (parts.attach && parts.foundation) withdrawServing(parts.foundation.home);
        parts.http?.edge.closeIntake();
        parts.pipeline?.closeIntake(new AppError('SHUTTING_DOWN'));
      },
    },
    {
      name: 'drain',
      run: async () => {
        if (parts.pipeline) await within(parts.pipeline.drained(), drainMs());
      },
    },
    {
      name: 'cancel',
      run: async () => {
        parts.pipeline?.stop(new AppError('SHUTTING_DOWN'));
        if (parts.pipeline) await within(parts.pipeline.drained(), CANCEL_MS);
      },
    },
    {
      name: 'stop runtimes',
      run: async () => {
        await parts.mcp?.close();
        parts.http?.closeStreams();
        await parts.attach?.stop();
        await parts.http?.edge.stop();
      },
    },
    { name: 'close targets', run: () => undefined },
    {
      name: 'flush audit and metrics',
      run: async () => {
        if (!parts.foundation) return;
        const { audit, clock } = parts.foundation;
        if (audit.stats().records > 0) await audit.append({ event: 'gateway_stopped', phase: 'notice', at: clock.now(), detail: { pid: process.pid } });
        await audit.close();
      },
    },
    {
      name: 'release',
      run: async () => {
        await parts.foundation?.store.close();
      },
    },
  ];
}

/** `--workspace`, else the configuration's, else the home's. */
function workspaceOf({ loaded, home }: Foundation, { workspace }: AppOptions): string {
  return workspace ?? loaded.config.workspace.root ?? home.workspace;
}

function openMcp({ loaded, logger }: Foundation, { sealer, clients }: Guards, runner: Pipeline, { catalog }: Targets): McpDoor {
  const { limits } = loaded.config;
  return createMcpDoor(
    { runner, catalog, sealer, clients, logger },
    {
      serverInfo: { name: 'switchyard', title: 'Switchyard', version: VERSION },
      maxBodyBytes: limits.maxBodyBytes,
      maxLineBytes: limits.maxBodyBytes,
      maxResponseBytes: limits.maxResponseBytes,
      receiveTimeoutMs: limits.requestTimeoutMs,
      sessions: { max: limits.sessions.max, ttlMs: limits.sessions.ttlSeconds * 1000 },
    },
  );
}

async function openHttp(options: AppOptions, mcp: McpDoor, need: Need, readiness: Readiness): Promise<HttpDoors> {
  const [{ createHttpDoors }, { adminTargets }] = await Promise.all([import('./http-doors.ts'), import('./admin.ts'), mcp.prepare()]);
  const [foundation, guards, targets, pipeline] = [need('foundation'), need('guards'), need('targets'), need('pipeline')];
  targets.addAdmin(adminTargets({ foundation, guards, targets, limits: () => need('generations').limits, readiness }));
  const http = createHttpDoors({
    foundation,
    readiness,
    config: foundation.loaded.config,
    runner: pipeline,
    clients: guards.clients,
    sessions: guards.sessions,
    mcp: mcp.mount,
    ownMounts: options.mounts?.(pipeline) ?? [],
  });
  await http.edge.start();
  return http;
}

async function openAttach({ home }: Foundation, mcp: McpDoor): Promise<AttachServer> {
  const server = createAttachServer(home.socket, (stream, { workspace }) => {
    void mcp.serveStdio({ input: stream, output: stream, workspaceRoot: workspace }).closed.then(() => stream.end());
  });
  await server.start();
  return server;
}
