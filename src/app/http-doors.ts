/** @module app/http-doors: the listener and the doors behind it. Loaded only where HTTP is served. */
import { createConsoleDoor } from '../doors/admin/admin-door.ts';
import { REVISIONS } from '../doors/mcp/revisions.ts';
import { createHttpEdge, type HttpEdge } from '../doors/http/edge.ts';
import { createHealthMount } from '../doors/rest/health.ts';
import { createRestDoor } from '../doors/rest/rest-door.ts';
import type { CallRunner } from '../contracts/call.ts';
import type { Config } from '../contracts/config.ts';
import type { ConsoleSessions, HttpMount } from '../contracts/http.ts';
import type { ClientDirectory } from '../contracts/principal.ts';
import type { Readiness } from '../contracts/readiness.ts';
import { VERSION } from '../core/version.ts';
import { registerProcessMetrics } from '../telemetry/process-metrics.ts';
import type { Foundation } from './foundation.ts';
import { urlOf } from './endpoints.ts';
import { connectCommands, connectGuides } from './guides.ts';

/** What the doors reach. */
export interface HttpDoorPorts {
  readonly foundation: Foundation;
  readonly config: Config;
  readonly runner: CallRunner;
  readonly clients: ClientDirectory;
  readonly sessions: ConsoleSessions;
  readonly readiness: Readiness;
  readonly mcp: HttpMount;
  /** Doors of the program that embeds the gateway; asked before the REST facade. */
  readonly ownMounts: readonly HttpMount[];
}

/** The listener, not started. */
export interface HttpDoors {
  readonly edge: HttpEdge;
  /** Ends streams that would keep the listener from stopping. */
  closeStreams(): void;
}

/** Builds the listener with its mounts, the busiest first. */
export function createHttpDoors({ foundation, config, runner, clients, sessions, readiness, mcp, ownMounts }: HttpDoorPorts): HttpDoors {
  const { logger, meter, clock } = foundation;
  const { server, limits } = config;
  registerProcessMetrics(meter, VERSION);
  const program = { node: process.execPath, script: process.argv[1] ?? 'switchyard', home: foundation.home.root };
  const console_ = createConsoleDoor({
    runner,
    sessions,
    logger,
    guides: () => connectGuides({ ...program, url: urlOf({ edge }) }),
    linkCommand: connectCommands({ ...program, url: '' }).own('console'),
  });
  const rest = createRestDoor({
    runner,
    clients,
    logger,
    version: VERSION,
    revisions: REVISIONS,
    mcpPath: '/mcp',
    maxBodyBytes: limits.maxBodyBytes,
    maxResponseBytes: limits.maxResponseBytes,
  });
  const edge = createHttpEdge({
    host: server.host,
    port: server.port,
    logger,
    meter,
    mounts: [mcp, createHealthMount({ version: VERSION, readiness, clock }), ...ownMounts, rest, console_],
    allowedHosts: server.allowedHosts,
    allowedOrigins: server.allowedOrigins,
    trustedProxies: server.trustedProxy ?? [],
    timeouts: { headersMs: limits.headersTimeoutMs, requestMs: limits.requestTimeoutMs, idleMs: limits.idleTimeoutMs, drainMs: limits.drainSeconds * 1000 },
  });
  return { edge, closeStreams: () => console_.close() };
}
