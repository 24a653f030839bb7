/** @module doors/mcp/http: the HTTP endpoint of every revision. */
import type { Admission } from '../../contracts/call.ts';
import type { HttpExchange } from '../../contracts/http.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { readCredential } from '../http/credential.ts';
import type { McpCore } from './core.ts';
import { headerText } from './headers.ts';
import type { HttpContext } from './http-context.ts';
import { handlePost } from './http-post.ts';
import { writeFailure } from './http-reply.ts';
import { handleDelete, handleGet, type LegacyArrival } from './legacy/http.ts';
import { Sessions } from './legacy/sessions.ts';
import { SessionSharing } from './legacy/sharing.ts';
import { Pulse } from './pulse.ts';
import { readTrace } from './trace.ts';

/** The endpoint behind the mount. */
export interface HttpEndpoint {
  /** Answers the request, now or later. Never throws. @param core of the virtual server whose path was asked for */
  handle(exchange: HttpExchange, core: McpCore): void;
  /** Refuses new requests and ends sessions and streams. */
  close(): void;
}

type Handler = (arrival: LegacyArrival) => void;

const HANDLERS: ReadonlyMap<string | undefined, Handler> = new Map<string | undefined, Handler>([
  ['POST', ({ context, exchange, admission }) => handlePost(context, exchange, admission)],
  ['GET', handleGet],
  ['DELETE', handleDelete],
]);

/** Builds the endpoint. The caller is let in before anything else of its request is looked at. */
export function createHttpEndpoint({ options, ports }: Pick<McpCore, 'options' | 'ports'>): HttpEndpoint {
  const pulse = new Pulse();
  const { clients, runner, logger, sharedSessions } = ports;
  const sessions = new Sessions(options.sessions, clients, pulse);
  const sharing = sharedSessions && new SessionSharing({ shared: sharedSessions, sessions, limits: options.sessions, logger });
  const contexts = new WeakMap<McpCore, HttpContext>();
  let isClosing = false;

  const contextOf = (core: McpCore): HttpContext => {
    const known = contexts.get(core);
    if (known) return known;
    const made = { core, pulse, sessions, sharing };
    contexts.set(core, made);
    return made;
  };
  const fail = (core: McpCore, { request, response }: HttpExchange, failure: unknown): void => {
    const trace = readTrace(request.headers, undefined);
    const error = toAppError(failure);
    if (error.code === 'INTERNAL') logger.error('request failed', { correlation_id: trace.correlationId, cause: String(error.cause) });
    writeFailure(core, response, error, trace, false, null);
  };
  /** A session that this node does not know may have begun on another. */
  const start = (core: McpCore, handler: Handler, exchange: HttpExchange, admission: Admission): void => {
    const id = sharing && headerText(exchange.request.headers, 'mcp-session-id');
    if (!sharing || id === undefined || sessions.has(id)) {
      run(core, handler, exchange, admission);
      return;
    }
    sharing.arrive(id, admission.principal.id, core).then(
      () => run(core, handler, exchange, admission),
      (failure: unknown) => fail(core, exchange, failure),
    );
  };
  const run = (core: McpCore, handler: Handler, exchange: HttpExchange, admission: Admission): void => {
    try {
      handler({ context: contextOf(core), exchange, admission });
    } catch (failure) {
      fail(core, exchange, failure);
    }
  };

  return {
    handle(exchange, core) {
      try {
        const handler = HANDLERS.get(exchange.request.method);
        if (!handler) throw new AppError('METHOD_NOT_ALLOWED', { data: { allow: 'GET, POST, DELETE' } });
        if (isClosing) throw new AppError('SHUTTING_DOWN');
        const admitted = runner.admit({
          door: 'mcp-http',
          source: exchange.source,
          credential: readCredential(exchange),
          profile: core.profile,
        });
        if (!(admitted instanceof Promise)) start(core, handler, exchange, admitted);
        else
          admitted.then(
            (admission) => start(core, handler, exchange, admission),
            (failure: unknown) => fail(core, exchange, failure),
          );
      } catch (failure) {
        fail(core, exchange, failure);
      }
    },
    close() {
      isClosing = true;
      sharing?.close();
      sessions.close();
      pulse.close();
    },
  };
}
