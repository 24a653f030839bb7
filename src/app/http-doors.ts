/** @module app/http-doors: the listener and the doors behind it. Loaded only where HTTP is served. */
import { createConsoleDoor, type ConsoleDoor } from '../doors/admin/admin-door.ts';
import { REVISIONS } from '../doors/mcp/revisions.ts';
import { createHttpEdge, type HttpEdge } from '../doors/http/edge.ts';
import { createResourceMetadata } from '../doors/http/resource-metadata.ts';
import type { SecureListener } from '../doors/tls/https.ts';
import { createHealthMount } from '../doors/rest/health.ts';
import { createRestDoor } from '../doors/rest/rest-door.ts';
import type { CallRunner } from '../contracts/call.ts';
import type { Config } from '../contracts/config.ts';
import type { ConsoleSessions, HttpMount, Sealer } from '../contracts/http.ts';
import type { ClientDirectory } from '../contracts/principal.ts';
import type { Readiness } from '../contracts/readiness.ts';
import { STANDARD_SCOPES } from '../contracts/policy-config.ts';
import { VERSION } from '../core/version.ts';
import { registerProcessMetrics } from '../telemetry/process-metrics.ts';
import type { Foundation } from './foundation.ts';
import { urlOf } from './endpoints.ts';
import type { PublicUrls } from './public-urls.ts';
import { connectCommands, connectGuides } from './guides.ts';

/** What the doors reach. */
export interface HttpDoorPorts {
  readonly foundation: Foundation;
  readonly config: Config;
  readonly runner: CallRunner;
  readonly clients: ClientDirectory;
  readonly sessions: ConsoleSessions;
  readonly sealer: Sealer;
  readonly readiness: Readiness;
  readonly mcp: HttpMount;
  readonly urls: PublicUrls;
  /** Authorization servers that clients are sent to. */
  readonly issuers: () => readonly string[];
  /** Listens with TLS. */
  readonly secure: SecureListener | undefined;
  /** Doors of the program that embeds the gateway; asked before the REST facade. */
  readonly ownMounts: readonly HttpMount[];
}

/** The listener, not started. */
export interface HttpDoors {
  readonly edge: HttpEdge;
  /** Ends streams that would keep the listener from stopping. */
  closeStreams(): void;
  /** Reads the files of TLS again. */
  reloadCertificates(): void;
}

/** Builds the listener with its mounts, the busiest first. */
export function createHttpDoors(ports: HttpDoorPorts): HttpDoors {
  const { foundation, config, runner, clients, readiness, mcp, urls, issuers, secure, ownMounts } = ports;
  const { logger, meter, clock } = foundation;
  const { server, limits, identity } = config;
  registerProcessMetrics(meter, VERSION);
  const console_ = consoleDoorOf(ports, () => urlOf({ edge }));
  const rest = createRestDoor({
    runner,
    clients,
    logger,
    version: VERSION,
    revisions: REVISIONS,
    mcpPath: '/mcp',
    resource: urls,
    maxBodyBytes: limits.maxBodyBytes,
    maxResponseBytes: limits.maxResponseBytes,
  });
  const metadata = createResourceMetadata({
    issuers,
    resource: urls,
    scopes: STANDARD_SCOPES.filter((scope) => !scope.startsWith('admin:')),
    bindsCertificates: server.tls.clientCertificates !== 'off',
    requiresDpop:
      server.tls.clientCertificates === 'off' &&
      identity.issuer === null &&
      identity.issuers.length > 0 &&
      identity.issuers.every(({ requireBoundTokens }) => requireBoundTokens),
  });
  const edge = createHttpEdge({
    host: server.host,
    port: server.port,
    logger,
    meter,
    secure,
    resource: urls,
    mounts: [mcp, createHealthMount({ version: VERSION, readiness, clock }), metadata, ...ownMounts, rest, console_],
    allowedHosts: server.allowedHosts,
    allowedOrigins: server.allowedOrigins,
    trustedProxies: server.trustedProxy ?? [],
    timeouts: { headersMs: limits.headersTimeoutMs, requestMs: limits.requestTimeoutMs, idleMs: limits.idleTimeoutMs, drainMs: limits.drainSeconds * 1000 },
  });
  return { edge, closeStreams: () => console_.close(), reloadCertificates: () => void secure?.reload() };
}

function consoleDoorOf({ foundation: { home, logger }, runner, sessions, sealer }: HttpDoorPorts, url: () => string): ConsoleDoor {
  const program = { node: process.execPath, script: process.argv[1] ?? 'switchyard', home: home.root };
  return createConsoleDoor({
    runner,
    sessions,
    sealer,
    logger,
    guides: () => connectGuides({ ...program, url: url() }),
    linkCommand: connectCommands({ ...program, url: '' }).own('console'),
  });
}
