/** @module doors/mcp/door: MCP in every revision, over HTTP and over byte streams. */
import type { HttpExchange, HttpMount } from '../../contracts/http.ts';
import { isProfileName } from '../../contracts/profiles.ts';
import { createCore, createProfileCore, DEFAULTS, type McpCore, type McpOptions, type McpPorts, type SessionLimits } from './core.ts';
import type { HttpEndpoint } from './http.ts';
import { serveStreams } from './stdio.ts';
import type { StdioConnection, StdioStreams } from './stdio-streams.ts';

export type { McpOptions, McpPorts, ServerInfo, SessionLimits } from './core.ts';
export type { StdioConnection, StdioStreams } from './stdio-streams.ts';

/** What may be left out of the options, down to single session limits. */
export type McpDoorOptions = Pick<McpOptions, 'serverInfo'> & Partial<Omit<McpOptions, 'sessions'>> & { readonly sessions?: Partial<SessionLimits> };

/** The door. */
export interface McpDoor {
  /** The HTTP endpoint. Its code is loaded with the first request, or by `prepare`. */
  readonly mount: HttpMount;
  /** Loads what the first HTTP request would have to wait for. */
  prepare(): Promise<void>;
  /** Serves one client over a pair of streams, for which the operating system vouches unless told otherwise. */
  serveStdio(streams: StdioStreams): StdioConnection;
  /**
   * Refuses new requests, ends subscriptions with their closing result, then sessions and streams. Calls
   * under way are the pipeline's to stop.
   */
  close(): Promise<void>;
}

/** Builds the door. Nothing is opened, and no HTTP code loaded, until somebody comes in. */
export function createMcpDoor(ports: McpPorts, { sessions, ...options }: McpDoorOptions): McpDoor {
  const core = createCore(ports, { ...DEFAULTS, ...options, sessions: { ...DEFAULTS.sessions, ...sessions } });
  const cores = new Map<string, McpCore>();
  const connections = new Set<StdioConnection>();
  let endpoint: HttpEndpoint | undefined;
  let loading: Promise<HttpEndpoint> | undefined;
  let isClosed = false;

  const load = (): Promise<HttpEndpoint> => {
    loading ??= import('./http.ts').then(({ createHttpEndpoint }) => {
      endpoint = createHttpEndpoint(core);
      if (isClosed) endpoint.close();
      return endpoint;
    });
    return loading;
  };

  const coreOf = (profile: string | undefined): McpCore => {
    if (profile === undefined) return core;
    const known = cores.get(profile);
    if (known) return known;
    const made = createProfileCore(core, profile);
    if (isClosed) made.changes.close();
    // Names come from anybody: what is no profile is forgotten with the request.
    if (ports.isProfile?.(profile) === true) cores.set(profile, made);
    return made;
  };

  return {
    mount: {
      name: 'mcp',
      owns: (path) => path === core.options.path || profileOf(path, core.options.path) !== undefined,
      handle(exchange: HttpExchange) {
        const asked = exchange.path === core.options.path ? core : coreOf(profileOf(exchange.path, core.options.path));
        return endpoint ? endpoint.handle(exchange, asked) : load().then((loaded) => loaded.handle(exchange, asked));
      },
    },
    async prepare() {
      await load();
    },
    serveStdio(streams) {
      const connection = serveStreams(coreOf(streams.profile), streams);
      connections.add(connection);
      void connection.closed.then(() => connections.delete(connection));
      if (isClosed) connection.close();
      return connection;
    },
    async close() {
      isClosed = true;
      core.heartbeats.close();
      for (const { changes } of [core, ...cores.values()]) changes.close();
      // The closing results of subscriptions are written in the turns that follow.
      await new Promise((resolve) => setImmediate(resolve));
      endpoint?.close();
      for (const connection of connections) connection.close();
      await Promise.all([...connections].map(({ closed }) => closed));
    },
  };
}

/** What stands one segment below the endpoint, where it can be the name of a virtual server. `v1` and `capabilities` are the REST facade's. */
function profileOf(path: string, endpoint: string): string | undefined {
  if (!path.startsWith(`${endpoint}/`)) return undefined;
  const name = path.slice(endpoint.length + 1);
  return name !== 'v1' && name !== 'capabilities' && isProfileName(name) ? name : undefined;
}
