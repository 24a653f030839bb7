/** @module doors/mcp/http: the HTTP endpoint of every revision. */
import type { Admission } from '../../contracts/call.ts';
import type { HttpExchange } from '../../contracts/http.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { readCredential } from '../http/credential.ts';
import type { McpCore } from './core.ts';
import type { HttpContext } from './http-context.ts';
import { handlePost } from './http-post.ts';
import { writeFailure } from './http-reply.ts';
import { handleDelete, handleGet, type LegacyArrival } from './legacy/http.ts';
import { Sessions } from './legacy/sessions.ts';
import { Pulse } from './pulse.ts';
import { readTrace } from './trace.ts';

/** The endpoint behind the mount. */
export interface HttpEndpoint {
  /** Answers the request, now or later. Never throws. */
  handle(exchange: HttpExchange): void;
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
export function createHttpEndpoint(core: McpCore): HttpEndpoint {
  const pulse = new Pulse();
  const { clients, runner } = core.ports;
  const context: HttpContext = { core, pulse, sessions: new Sessions(core.options.sessions, clients, core.changes, pulse), isClosing: false };

  const fail = ({ request, response }: HttpExchange, failure: unknown): void => {
    const trace = readTrace(request.headers, undefined);
    const error = toAppError(failure);
    if (error.code === 'INTERNAL') core.ports.logger.error('request failed', { correlation_id: trace.correlationId, cause: String(error.cause) });
    writeFailure(core, response, error, trace, false, null);
  };
  const run = (handler: Handler, exchange: HttpExchange, admission: Admission): void => {
    try {
      handler({ context, exchange, admission });
    } catch (failure) {
      fail(exchange, failure);
    }
  };

  return {
    handle(exchange) {
      try {
        const handler = HANDLERS.get(exchange.request.method);
        if (!handler) throw new AppError('METHOD_NOT_ALLOWED', { data: { allow: 'GET, POST, DELETE' } });
        if (context.isClosing) throw new AppError('SHUTTING_DOWN');
        const admitted = runner.admit({ door: 'mcp-http', source: exchange.source, credential: readCredential(exchange.request.headers) });
        if (!(admitted instanceof Promise)) run(handler, exchange, admitted);
        else
          admitted.then(
            (admission) => run(handler, exchange, admission),
            (failure: unknown) => fail(exchange, failure),
          );
      } catch (failure) {
        fail(exchange, failure);
      }
    },
    close() {
      context.isClosing = true;
      context.sessions.close();
      pulse.close();
    },
  };
}
