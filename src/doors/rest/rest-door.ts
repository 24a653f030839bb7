/** @module doors/rest/rest-door: the REST facade: plain HTTP requests in, calls on the one road, JSON out. */
import type { ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { CallRunner, Trace } from '../../contracts/call.ts';
import type { HttpExchange, HttpMount, ProtectedResource } from '../../contracts/http.ts';
import type { ClientContext, ClientDirectory, Principal } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { rateHeaders, writeError, writeText, type Headers } from '../http/answer.ts';
import { readCredential } from '../http/credential.ts';
import { allowedMethods, isMethodOf, type RouteFacts } from '../http/route.ts';
import { readTrace } from '../mcp/trace.ts';
import { callTool, readArguments } from './call-tool.ts';
import { describeApi, describeCapabilities, type GatewayFacts } from './capabilities.ts';
import { allRestRoutes, createRestRoutes, type RestRoute } from './routes.ts';
import { callFor, failureOf, type Reply, type Visit } from './visit.ts';

/** What the door is given. */
export interface RestPorts extends GatewayFacts {
  readonly runner: CallRunner;
  readonly clients: ClientDirectory;
  readonly logger: Logger;
  /** Prometheus text; given only when metrics are public, otherwise they are the target admin:metrics. */
  readonly publicMetrics?: (() => string) | undefined;
  /** Named in challenges. */
  readonly resource?: ProtectedResource | undefined;
  /** Default 10 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Default 50 MiB. */
  readonly maxResponseBytes?: number | undefined;
}

/** The door and its table of routes, which a test holds against the policy. */
export interface RestDoor extends HttpMount {
  readonly routes: readonly RouteFacts[];
}

const MIB = 1024 * 1024;
const DOOR = 'rest';
const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const CLIENT_NAME_MAX = 64;

/** Nothing here decides who may do what: every route that is not public is a call of the target its table names. */
export function createRestDoor(ports: RestPorts): RestDoor {
  const { runner, logger, publicMetrics, maxBodyBytes = 10 * MIB, maxResponseBytes = 50 * MIB } = ports;
  const routes = createRestRoutes(publicMetrics !== undefined);
  const documented = allRestRoutes(publicMetrics !== undefined);

  const answer = async (route: RestRoute, visit: Visit): Promise<Reply> => {
    switch (route.operationId) {
      case 'callTool':
        return await callTool(runner, visit, maxBodyBytes);
      case 'capabilities':
        return await describeCapabilities(runner, visit, ports);
      case 'openapi':
        return await describeApi(runner, visit, ports, documented);
      case 'metrics':
        return toText(await callAdmin(visit, 'metrics'));
      case 'runtime':
        return await callAdmin(visit, 'runtime');
      case 'cost':
        return await callAdmin(visit, 'cost', costQueryOf(visit.request.url));
      case 'approvals':
        return await callAdmin(visit, 'approvals');
      case 'decideApprovals':
        return await callAdmin(visit, 'decide-approvals', await readArguments(visit, maxBodyBytes));
      case 'consoleLink':
        return await callAdmin(visit, 'console-link');
    }
  };

  const callAdmin = async (visit: Visit, name: string, input: unknown = {}): Promise<Reply> => {
    const ended = await callFor(runner, visit, { kind: 'admin', name }, input);
    const failure = failureOf(ended, () => new AppError('INTERNAL'));
    return failure ?? { json: ended.terminal.type === 'result' ? ended.terminal.value : null, rate: ended.rate };
  };

  const serve = async (exchange: HttpExchange, trace: Trace): Promise<Reply> => {
    const { request, response, source, path } = exchange;
    const here = routes.filter((route) => nameIn(route.path, path) !== undefined);
    const route = here.find((candidate) => isMethodOf(candidate, request.method));
    if (!route) {
      response.setHeader('Allow', allowedMethods(here));
      throw new AppError('METHOD_NOT_ALLOWED');
    }
    if (route.policy === 'public' && publicMetrics) return toText({ json: publicMetrics() });
    const admission = await runner.admit({ door: DOOR, source, credential: readCredential(exchange) });
    const client = touchClient(ports.clients, admission.principal, request.headers['user-agent']);
    return await answer(route, { request, name: nameIn(route.path, path) ?? '', admission, trace, client, signal: abortOnLeave(response) });
  };

  return {
    name: DOOR,
    routes,
    owns: (path) => routes.some((route) => nameIn(route.path, path) !== undefined),
    async handle(exchange) {
      const trace = readTrace(exchange.request.headers, undefined);
      const reply = await serve(exchange, trace).catch((thrown: unknown): Reply => ({ error: toAppError(thrown) }));
      if (reply.error?.code === 'INTERNAL') logger.error('request failed', { door: DOOR, correlation_id: trace.correlationId, error: reply.error.cause });
      write(exchange.response, reply, trace, maxResponseBytes, ports.resource);
    },
  };
}

/** What the target is asked; it judges the values. */
function costQueryOf(url: string = ''): JsonObject {
  const query = new URLSearchParams(url.split('?', 2)[1] ?? '');
  const sinceSeconds = query.get('sinceSeconds');
  const by = query.get('by');
  return { ...(sinceSeconds === null ? {} : { sinceSeconds: Number(sinceSeconds) }), ...(by === null ? {} : { by }) };
}

/** What stands in a path for the `{name}` of its route, decoded: empty for a route without one, undefined when the path is another's. */
function nameIn(route: string, path: string): string | undefined {
  const [prefix = '', suffix] = route.split('{name}');
  if (suffix === undefined) return path === route ? '' : undefined;
  const name = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  return name === '' || name.includes('/') ? undefined : decodeURIComponent(name);
}

function touchClient(clients: ClientDirectory, { id }: Principal, userAgent: string | undefined): ClientContext {
  const client = clients.touch({ id: `${DOOR}:${id}`, principalId: id, door: DOOR });
  client.name ??= userAgent?.slice(0, CLIENT_NAME_MAX) ?? null;
  return client;
}

function abortOnLeave(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  return leaving.signal;
}

function toText(reply: Reply): Reply {
  return reply.error ? reply : { text: { type: PROMETHEUS_TYPE, body: String(reply.json) }, rate: reply.rate };
}

function write(
  response: ServerResponse,
  { status = 200, json, text, error, rate }: Reply,
  { correlationId, traceparent }: Trace,
  maxBytes: number,
  resource?: ProtectedResource,
): void {
  const headers: Headers = { ...rateHeaders(rate), ...(traceparent === undefined ? {} : { traceparent }) };
  const body = text ?? { type: 'application/json; charset=utf-8', body: JSON.stringify(json ?? null) };
  const failure = error ?? (Buffer.byteLength(body.body) > maxBytes ? new AppError('RESPONSE_TOO_LARGE') : undefined);
  if (failure) writeError(response, failure, correlationId, headers, resource);
  else writeText(response, status, body.type, body.body, { ...headers, 'X-Correlation-ID': correlationId });
}
