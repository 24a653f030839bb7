/** @module app/steps: the seven steps up of one gateway. */
import type { Pipeline } from '../calls/runner.ts';
import type { ApprovalsConfig } from '../contracts/approvals-config.ts';
import type { Readiness } from '../contracts/readiness.ts';
import { VERSION } from '../core/version.ts';
import { createMcpDoor, type McpDoor } from '../doors/mcp/door.ts';
import type { TaskDesk } from '../doors/mcp/tasks/task-desk.ts';
import { openAttach } from './attach.ts';
import { urlOf } from './endpoints.ts';
import { type Foundation, layFoundation } from './foundation.ts';
import { type AppGeneration, createGenerations } from './generations.ts';
import { createGuards, type Guards } from './guards.ts';
import type { HttpDoors } from './http-doors.ts';
import { createPublicUrls, type PublicUrls } from './public-urls.ts';
import { openIssuer } from './open-issuer.ts';
import type { Step } from './lifecycle.ts';
import { createModelTargets } from './models.ts';
import { watchBrake } from './brake.ts';
import type { AppOptions } from './options.ts';
import { preparePolicyEngine } from './policy-engine.ts';
import { createAppSandbox } from './sandbox.ts';
import { createRoad } from './road.ts';
import { announceServing } from './serving.ts';
import { createAppTasks } from './task-desk.ts';
import { createTargets, type Targets } from './targets.ts';
import { createUpstreamTargets, upstreamsFor } from './upstreams.ts';
import type { Need, Parts } from './parts.ts';

/** In this order; each relies on the ones before. */
export function stepsUp(options: AppOptions, doors: readonly string[], parts: Partial<Parts>, need: Need, readiness: Readiness): readonly Step[] {
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
      run: () => {
        // Opens the store and reads from it. A write would start the writer's thread, a quarter of a start; the health check does one.
        if (hasHttp) need('foundation').store.apiKeys.version();
      },
    },
    {
      name: 'policy and identity',
      run: async () => {
        const { server } = need('foundation').loaded.config;
        parts.urls = createPublicUrls(server, () => parts.http?.edge.address?.port ?? server.port);
        await preparePolicyEngine(need('foundation').loaded.config.policy);
        parts.guards = await createGuards(need('foundation'), parts.urls, { hasAdminKey: hasHttp });
      },
    },
    {
      name: 'targets',
      run: async () => {
        const foundation = need('foundation');
        const current = (): AppGeneration => need('generations').current();
        parts.models = createModelTargets(foundation, {
          policy: () => current().policy,
          config: () => (parts.generations?.current().config ?? foundation.loaded.config).models,
          own: options.models,
          isOff: (principal, target) => need('guards').killSwitch.check(principal, target) !== undefined,
          isCounted: (principal) => need('generations').isCounted(principal),
        });
        parts.upstreams = createUpstreamTargets(foundation, {
          policy: () => current().policy,
          config: upstreamsFor(options.onlyProfile, () => parts.generations?.current().config ?? foundation.loaded.config),
          workspace: workspaceOf(foundation, options),
          env: options.env ?? process.env,
        });
        const tasks = createAppTasks(foundation, need('guards'));
        if (tasks) parts.tasks = tasks;
        parts.sandbox = createAppSandbox(foundation, () => (parts.generations?.current().config ?? foundation.loaded.config).sandbox);
        parts.targets = createTargets({
          foundation,
          guards: need('guards'),
          current,
          config: () => parts.generations?.current().config ?? foundation.loaded.config,
          limits: () => need('generations').limits,
          readiness,
          workspace: workspaceOf(foundation, options),
          doors,
          own: options,
          models: need('models'),
          upstreams: parts.upstreams,
          tasks,
          sandbox: parts.sandbox,
        });
        parts.generations = createGenerations(foundation.loaded.config, parts.targets.catalog, foundation);
        await parts.upstreams.load();
        await parts.targets.profiles.load();
      },
    },
    {
      name: 'runtimes',
      run: async () => {
        parts.pipeline = createRoad(need('foundation'), need('guards'), need('generations'), need('targets'), () =>
          parts.http ? urlOf(parts.http) : undefined,
        );
        parts.brake = await watchBrake(need('foundation'), need('guards'), need('pipeline'));
      },
    },
    {
      name: 'doors',
      run: async () => {
        parts.mcp = openMcp(need('foundation'), need('guards'), need('pipeline'), need('targets'), parts.tasks, need('urls'));
        // First: a second gateway of this home shall hear that the home is served, not that the port is taken.
        if (doors.includes('attach')) parts.attach = await openAttach(need('foundation').home.socket, parts.mcp);
        if (hasHttp) parts.http = await openHttp(options, parts, parts.mcp, need, readiness);
        if (hasHttp && need('foundation').loaded.config.server.tcp.isEnabled)
          parts.tcp = await (await import('./tcp.ts')).openTcp(need('foundation'), need('pipeline'), parts.mcp);
      },
    },
    {
      name: 'ready',
      run: async () => {
        const { audit, clock } = need('foundation');
        await audit.append({ event: 'gateway_started', phase: 'notice', at: clock.now(), detail: { version: VERSION, pid: process.pid } });
        if (hasHttp && parts.attach) announceServing(need('foundation').home, urlOf(need('http')), need('foundation').loaded.config.server.tls.certFile);
        if (options.isWatching ?? hasHttp)
          parts.reloads = (await import('./reloads.ts')).watchForChanges(need('foundation'), need('generations'), need('targets').applyConfig);
      },
    },
  ];
}

/** `--workspace`, else the configuration's, else the home's. */
export function workspaceOf({ loaded, home }: Foundation, { workspace }: AppOptions): string {
  return workspace ?? loaded.config.workspace.root ?? home.workspace;
}

function openMcp(
  { loaded, logger, cluster }: Foundation,
  { sealer, clients }: Guards,
  runner: Pipeline,
  { catalog, profiles }: Targets,
  tasks: TaskDesk | undefined,
  resource: PublicUrls,
): McpDoor {
  const { limits } = loaded.config;
  return createMcpDoor(
    { runner, catalog, sealer, clients, logger, tasks, sharedSessions: cluster?.sessions, isProfile: (name) => profiles.find(name) !== undefined },
    {
      serverInfo: { name: 'switchyard', title: 'Switchyard', version: VERSION },
      maxBodyBytes: limits.maxBodyBytes,
      maxLineBytes: limits.maxBodyBytes,
      maxResponseBytes: limits.maxResponseBytes,
      receiveTimeoutMs: limits.requestTimeoutMs,
      resource,
      sessions: { max: limits.sessions.max, ttlMs: limits.sessions.ttlSeconds * 1000 },
    },
  );
}

async function openHttp(options: AppOptions, parts: Partial<Parts>, mcp: McpDoor, need: Need, readiness: Readiness): Promise<HttpDoors> {
  const [{ createHttpDoors }, { adminTargets }] = await Promise.all([import('./http-doors.ts'), import('./admin.ts'), mcp.prepare()]);
  const [foundation, guards, targets, pipeline] = [need('foundation'), need('guards'), need('targets'), need('pipeline')];
  const approvals = (): ApprovalsConfig => need('generations').current().config.approvals;
  targets.addAdmin(adminTargets({ foundation, guards, targets, limits: () => need('generations').limits, readiness, approvals }));
  const urls = need('urls');
  const { tls } = foundation.loaded.config.server;
  const models = need('models').createDoor(pipeline, guards.clients, urls);
  const issuer = await openIssuer({ foundation, guards, runner: pipeline, generations: need('generations'), urls });
  Object.assign(parts, { issuer });
  const http = createHttpDoors({
    foundation,
    urls,
    issuers: () => guards.tokens.issuers,
    secure: tls.certFile === null ? undefined : (await import('../doors/tls/https.ts')).createSecureListener(tls, foundation.logger),
    readiness,
    config: foundation.loaded.config,
    runner: pipeline,
    clients: guards.clients,
    sessions: guards.sessions,
    sealer: guards.sealer,
    mcp: mcp.mount,
    ownMounts: [models, ...(issuer ? [issuer.mount] : []), ...(options.mounts?.(pipeline) ?? [])],
  });
  await http.edge.start();
  return http;
}
