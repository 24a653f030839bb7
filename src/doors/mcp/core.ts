/** @module doors/mcp/core: what every part of the door shares: ports, options, and texts that never change. */
import type { CallRunner } from '../../contracts/call.ts';
import type { Catalog } from '../../contracts/catalog.ts';
import type { ProtectedResource, Sealer } from '../../contracts/http.ts';
import type { ClientDirectory } from '../../contracts/principal.ts';
import type { SharedSessions } from '../../contracts/shared-sessions.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import type { TaskDesk } from './tasks/task-desk.ts';
import { ChangeHub } from './change-hub.ts';
import { createHeaderParams, type HeaderParam } from './header-params.ts';
import { Pulse } from './pulse.ts';
import { createResultWriter, type ResultWriter } from './results.ts';

/** What the composition root hands in. */
export interface McpPorts {
  readonly runner: CallRunner;
  /** For notices of change and the header annotations of schemas. Lists are calls. */
  readonly catalog: Catalog;
  readonly sealer: Sealer;
  readonly clients: ClientDirectory;
  /** Where other nodes find sessions; absent = nowhere. */
  readonly sharedSessions?: SharedSessions | undefined;
  readonly logger: Logger;
  /** Whether there is a virtual server of this name; absent = there is none. */
  readonly isProfile?: ((name: string) => boolean) | undefined;
  /** Absent = calls do not become tasks. */
  readonly tasks?: TaskDesk | undefined;
}

/** An MCP `Implementation` object. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly description?: string;
  readonly websiteUrl?: string;
  readonly icons?: readonly { readonly src: string; readonly mimeType?: string; readonly sizes?: readonly string[] }[];
}

/** Bounds of the legacy session leg. */
export interface SessionLimits {
  /** Open sessions of everybody together. Default 2 000. */
  readonly max: number;
  /** Open sessions of one principal; one more ends its least recently used. Default 200. */
  readonly maxPerPrincipal: number;
  /** Milliseconds without a request or an open stream after which a session ends. Default 30 minutes. */
  readonly ttlMs: number;
  /** Events kept per session for streams that break. Default 256. */
  readonly maxEvents: number;
  /** Characters of those events together. Default 1 MiB. */
  readonly maxEventChars: number;
}

/** Options of the door; see DEFAULTS for the values of absent ones. */
export interface McpOptions {
  readonly serverInfo: ServerInfo;
  /** Told to the model by clients that do so. */
  readonly instructions: string | undefined;
  /** Path of the HTTP endpoint; virtual servers are one segment below it. */
  readonly path: string;
  readonly maxBodyBytes: number;
  readonly maxResponseBytes: number;
  /** Milliseconds for a request's body to arrive. */
  readonly receiveTimeoutMs: number;
  /** Milliseconds of silence after which a stream gets a comment, and a call that can stream a stream. */
  readonly keepAliveMs: number;
  /** Entries of a list in one answer. */
  readonly pageSize: number;
  /** Freshness hint on lists and resources, in milliseconds. */
  readonly ttlMs: number;
  /** Freshness hint on server/discover, in milliseconds. */
  readonly discoverTtlMs: number;
  /** Life of requestState. */
  readonly stateTtlSeconds: number;
  readonly maxSubscriptions: number;
  readonly maxSubscriptionsPerPrincipal: number;
  /** URIs in one subscription, and in one legacy session. */
  readonly maxWatchedUris: number;
  readonly sessions: SessionLimits;
  /** Milliseconds a resumable stream stays connected before the client is asked to poll (2025-11-25). */
  readonly pollAfterMs: number;
  /** Milliseconds a polling client waits. */
  readonly retryMs: number;
  /** Bytes of one line on stdio. */
  readonly maxLineBytes: number;
  /** Milliseconds that running calls have after the end of stdin. */
  readonly drainMs: number;
  /** What OAuth clients are told in challenges about where they can get a token (RFC 9728). */
  readonly resource: ProtectedResource | undefined;
}

/** Everything but the name of the server. */
export const DEFAULTS: Omit<McpOptions, 'serverInfo'> = Object.freeze({
  instructions: undefined,
  path: '/mcp',
  maxBodyBytes: 10 * 1024 * 1024,
  maxResponseBytes: 50 * 1024 * 1024,
  receiveTimeoutMs: 30_000,
  keepAliveMs: 15_000,
  pageSize: 100,
  ttlMs: 0,
  discoverTtlMs: 60_000,
  stateTtlSeconds: 600,
  maxSubscriptions: 1024,
  maxSubscriptionsPerPrincipal: 64,
  maxWatchedUris: 1000,
  sessions: Object.freeze({ max: 2000, maxPerPrincipal: 200, ttlMs: 30 * 60_000, maxEvents: 256, maxEventChars: 1024 * 1024 }),
  pollAfterMs: 5 * 60_000,
  retryMs: 1000,
  maxLineBytes: 10 * 1024 * 1024,
  drainMs: 2000,
  resource: undefined,
});

/** The door's shared state. */
export interface McpCore {
  readonly ports: McpPorts;
  readonly options: McpOptions;
  /** Virtual server that the clients behind it speak to; undefined = the whole catalogue. */
  readonly profile: string | undefined;
  readonly changes: ChangeHub;
  readonly write: ResultWriter;
  readonly headerParams: (tool: string) => readonly HeaderParam[];
  /** Open subscriptions of the modern era by principal id. */
  readonly subscriptions: Map<string, number>;
  /** Ticks while a call runs whose client wants progress, while somebody listens, and for clients over streams who came with a credential. */
  readonly heartbeats: Pulse;
}

/** Builds the shared state; opens and listens to nothing yet. */
export function createCore(ports: McpPorts, options: McpOptions): McpCore {
  return {
    ports,
    options,
    profile: undefined,
    changes: new ChangeHub(ports.catalog, undefined),
    write: createResultWriter({ ...options, hasTasks: ports.tasks !== undefined }),
    headerParams: createHeaderParams(ports.catalog, undefined),
    subscriptions: new Map(),
    heartbeats: new Pulse(),
  };
}

/** The same door as clients of a virtual server see it: everything but its view of the catalogue is shared. */
export function createProfileCore(core: McpCore, profile: string): McpCore {
  const { catalog } = core.ports;
  return { ...core, profile, changes: new ChangeHub(catalog, profile), headerParams: createHeaderParams(catalog, profile) };
}
