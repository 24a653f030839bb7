/** @module doors/http/edge: the HTTP listener in front of every HTTP door. */
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import { isLoopback } from '../../core/source-address.ts';
import type { HttpExchange, HttpMount, ProtectedResource, Service } from '../../contracts/http.ts';
import type { Logger, Meter } from '../../contracts/telemetry.ts';
import { writeError } from './answer.ts';
import { createHostGuard, type HostGuard } from './authority.ts';
import { assertSafeAddress, closeGently, guardConnections, listen } from './listener.ts';
import { createOriginGuard } from './origin.ts';
import { findFault, type RequestFault } from './request-fault.ts';
import type { SecureListener } from '../tls/https.ts';
import { parseRequestTarget } from './request-target.ts';
import { readCorrelationId } from './correlation.ts';
import { createProxyTrust, plainAddress, type Arrived } from './trusted-proxy.ts';

/** How long a client may take, in milliseconds. */
interface HttpTimeouts {
  /** For the head of a request. Default 10 000. */
  readonly headersMs: number;
  /** For the whole request, body included. Default 30 000. */
  readonly requestMs: number;
  /** Between two requests on one connection. Default 65 000, longer than the idle minute of common proxies. */
  readonly idleMs: number;
  /** For running requests when the listener stops; then they are cut. Default 30 000. */
  readonly drainMs: number;
}

/** What the listener is made of. */
export interface HttpEdgeOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Asked in this order; put the busiest first. */
  readonly mounts: readonly HttpMount[];
  readonly logger: Logger;
  readonly meter: Meter;
  /** Further names for the Host check, `name` or `name:port`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Web pages of other origins that may call. Empty = no CORS. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Addresses or ranges whose X-Forwarded-* headers are believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Listens with TLS. */
  readonly secure?: SecureListener | undefined;
  /** Named in challenges of what the mounts leave to the edge. */
  readonly resource?: ProtectedResource | undefined;
  readonly timeouts?: Partial<HttpTimeouts> | undefined;
  /** Connections at one time; more are dropped. Default 4 096. */
  readonly maxConnections?: number | undefined;
}

/** The listener. */
export interface HttpEdge extends Service {
  /** Where it listens; undefined before start and after stop. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly scheme: 'http' | 'https';
  /** From now on new requests are answered SHUTTING_DOWN, except by probes; running ones go on. */
  closeIntake(): void;
  /** @throws AppError ADDRESS_UNSAFE, PORT_TAKEN, ADDRESS_UNAVAILABLE, CONFIG_INVALID */
  start(): Promise<void>;
  /** Stops accepting, closes idle connections, waits for running requests up to `drainMs`, cuts the rest. */
  stop(): Promise<void>;
}

const DEFAULT_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000, idleMs: 65_000, drainMs: 30_000 };
const MAX_HEADER_BYTES = 16 * 1024;
const NO_ROUTE: RequestFault = { code: 'METHOD_NOT_FOUND', message: 'No such route.' };

/**
 * A listener that lets a request through to its mount only when its Host is ours, its Origin (if any)
 * may call, its target has one reading and its method is not TRACE. Upgrade requests are answered as
 * plain HTTP/1.1, CONNECT is refused. An unknown path is a JSON 404, never HTML.
 */
export function createHttpEdge(options: HttpEdgeOptions): HttpEdge {
  const { host, mounts, logger, meter, trustedProxies = [], secure, resource } = options;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const proxies = createProxyTrust(trustedProxies);
  const hasProxies = trustedProxies.length > 0;
  const origins = createOriginGuard(options.allowedOrigins ?? []);
  let isKnownHost: HostGuard = createHostGuard(host, options.port, options.allowedHosts ?? []);
  let isOpen = true;
  let address: HttpEdge['address'];

  const requests = meter.counter('switchyard_http_requests_total', 'HTTP requests that reached a mount.');
  const refusals = meter.counter('switchyard_http_refused_total', 'HTTP requests and connections the edge refused, by code.');
  const labelled = mounts.map((mount) => ({ mount, labels: { mount: mount.name } }));

  const refuse = (request: IncomingMessage, response: ServerResponse, { code, message }: RequestFault): void => {
    refusals.add({ code });
    if (code === 'SHUTTING_DOWN' || code === 'INVALID_REQUEST') response.shouldKeepAlive = false;
    writeError(response, new AppError(code, message === undefined ? {} : { message }), readCorrelationId(request.headers));
  };

  const fail = (exchange: HttpExchange, mount: HttpMount, thrown: unknown): void => {
    const error = toAppError(thrown);
    const correlationId = readCorrelationId(exchange.request.headers);
    if (error.code === 'INTERNAL') logger.error('request failed', { mount: mount.name, correlation_id: correlationId, error: error.cause ?? error });
    const { response } = exchange;
    if (!response.headersSent) writeError(response, error, correlationId, {}, resource);
    // Half an answer must not look like a whole one.
    else if (!response.writableEnded) response.destroy();
  };

  /** Undefined for a peer that may not send plain HTTP. */
  const arrive = (request: IncomingMessage): Arrived | undefined => {
    const peer = plainAddress(request.socket.remoteAddress);
    if (hasProxies && proxies.isTrusted(peer)) return proxies.read(request.headers, peer);
    if (hasProxies && !secure && !isLoopback(peer)) return undefined;
    return { source: peer, authority: request.headers.host, isSecure: secure !== undefined };
  };

  const dispatch = (exchange: HttpExchange): void => {
    const owner = labelled.find(({ mount }) => mount.owns(exchange.path));
    if (!owner) {
      refuse(exchange.request, exchange.response, NO_ROUTE);
    } else if (!isOpen && owner.mount.isProbe !== true) {
      refuse(exchange.request, exchange.response, { code: 'SHUTTING_DOWN' });
    } else {
      requests.add(owner.labels);
      hand(exchange, owner.mount);
    }
  };

  const hand = (exchange: HttpExchange, mount: HttpMount): void => {
    try {
      const answering = mount.handle(exchange);
      if (answering instanceof Promise) answering.catch((thrown: unknown) => fail(exchange, mount, thrown));
    } catch (thrown) {
      fail(exchange, mount, thrown);
    }
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const arrived = arrive(request);
    const path = parseRequestTarget(request.url ?? '');
    const fault = findFault(request, arrived, path, { isKnownHost, origins });
    if (fault || !arrived || path === undefined) {
      refuse(request, response, fault ?? { code: 'INTERNAL' });
      return;
    }
    const { origin } = request.headers;
    if (origin !== undefined && origins.answer(origin, request, response)) return;
    const { source, isSecure, authority } = arrived;
    dispatch({ request, response, path, source, isSecure, authority, certificate: secure?.certificateOf(request) });
  };

  const settings: ServerOptions = {
    // Node refuses a longer one.
    headersTimeout: Math.min(timeouts.headersMs, timeouts.requestMs),
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    // Node looks for late requests this often; its default of 30 s would double the limit.
    connectionsCheckingInterval: Math.max(50, Math.min(timeouts.headersMs, timeouts.requestMs) / 4),
    maxHeaderSize: MAX_HEADER_BYTES,
    // Finds dead peers of long streams.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const onHandshakeRefused = (): void => refusals.add({ code: 'AUTHENTICATION_FAILED' });
  const server = secure ? secure.createServer(settings, timeouts.headersMs, handle, onHandshakeRefused) : createServer(settings, handle);
  server.maxConnections = options.maxConnections ?? 4096;
  const connections = guardConnections(server, (code) => refusals.add({ code }));
  meter.gauge('switchyard_http_connections', 'Open HTTP connections.', () => connections.size);

  return {
    name: 'http',
    scheme: secure ? 'https' : 'http',
    get address() {
      return address;
    },
    closeIntake() {
      isOpen = false;
    },
    async start() {
      if (!secure) assertSafeAddress(host, trustedProxies);
      address = await listen(server, host, options.port);
      server.on('error', (error) => logger.error('listener failed', { error }));
      isKnownHost = createHostGuard(host, address.port, options.allowedHosts ?? []);
    },
    async stop() {
      isOpen = false;
      await closeGently(server, connections, timeouts.drainMs);
      secure?.close();
      address = undefined;
    },
  };
}
