/** @module doors/mcp/door: MCP in every revision, over HTTP and over byte streams. */
import type { HttpExchange, HttpMount } from '../../contracts/http.ts';
import { createCore, DEFAULTS, type McpOptions, type McpPorts, type SessionLimits } from './core.ts';
import type { HttpEndpoint } from './http.ts';
import { serveStreams, type StdioConnection, type StdioStreams } from './stdio.ts';

export type { McpOptions, McpPorts, ServerInfo, SessionLimits } from './core.ts';
export type { StdioConnection, StdioStreams } from './stdio.ts';

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

  return {
    mount: {
      name: 'mcp',
      owns: (path) => path === core.options.path,
      handle: (exchange: HttpExchange) => (endpoint ? endpoint.handle(exchange) : load().then((loaded) => loaded.handle(exchange))),
    },
    async prepare() {
      await load();
    },
    serveStdio(streams) {
      const connection = serveStreams(core, streams);
      connections.add(connection);
      void connection.closed.then(() => connections.delete(connection));
      if (isClosed) connection.close();
      return connection;
    },
    async close() {
      isClosed = true;
      core.changes.close();
      // The closing results of subscriptions are written in the turns that follow.
      await new Promise((resolve) => setImmediate(resolve));
      endpoint?.close();
      for (const connection of connections) connection.close();
      await Promise.all([...connections].map(({ closed }) => closed));
    },
  };
}
