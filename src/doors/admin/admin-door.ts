/** @module doors/admin/admin-door: the console: the status page at `/` with its event stream, and what waits for a yes at `/approvals`. */
import type { ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import type { Answer, CallRunner, Trace } from '../../contracts/call.ts';
import type { ConsoleSessions, HttpExchange, HttpMount, Sealer } from '../../contracts/http.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { writeError } from '../http/answer.ts';
import { allowedMethods, isMethodOf, type RouteFacts } from '../http/route.ts';
import { readTrace } from '../mcp/trace.ts';
import { createApprovalsExchange } from './approvals-exchange.ts';
import { APPROVALS_PATH } from './approvals-page.ts';
import { CONSOLE_DOOR, createConsoleAccess, isForeign, tokenIn } from './console-access.ts';
import { streamStatus } from './event-stream.ts';
import { html } from './html.ts';
import { renderNotice, writePage } from './page.ts';
import { isSnapshot } from './snapshot.ts';
import { renderStatusPage, type ConnectGuide } from './status-page.ts';

/** What the door is given. */
export interface ConsolePorts {
  readonly runner: CallRunner;
  readonly sessions: ConsoleSessions;
  /** Makes the key that a browser needs for decisions. */
  readonly sealer: Sealer;
  readonly logger: Logger;
  /** Shown under "Connect a client". */
  readonly guides: () => readonly ConnectGuide[];
  /** The command that prints a new link, for people without a session. */
  readonly linkCommand: string;
}

/** The door, its routes, and the end of its open streams. */
export interface ConsoleDoor extends HttpMount {
  readonly routes: readonly RouteFacts[];
  /** Ends every event stream, so that a stopping listener does not wait for them. */
  close(): void;
}

/** Routes of the pages. Each needs a session except to say how to get one. */
export const CONSOLE_ROUTES: readonly RouteFacts[] = [
  { method: 'GET', path: '/', policy: { kind: 'admin', name: 'status' }, operationId: 'statusPage', summary: 'Status page' },
  { method: 'GET', path: '/events', policy: { kind: 'admin', name: 'events' }, operationId: 'statusEvents', summary: 'Changes of the status page' },
  {
    method: 'GET',
    path: APPROVALS_PATH,
    policy: { kind: 'admin', name: 'approvals' },
    operationId: 'approvalsPage',
    summary: 'What waits for a yes, as a page',
  },
  {
    method: 'POST',
    path: APPROVALS_PATH,
    policy: { kind: 'admin', name: 'decide-approvals' },
    operationId: 'decideOnPage',
    summary: 'A decision on the page; takes its own forms alone',
  },
];

const MAX_STREAMS = 32;

/**
 * Serves the pages to browsers that redeemed a one-time link (`/?token=…`). Each page, its stream and each
 * decision is a call of kind `admin` with the principal behind the session.
 */
export function createConsoleDoor({ runner, sessions, sealer, logger, guides, linkCommand }: ConsolePorts): ConsoleDoor {
  const streams = new Set<AbortController>();
  const access = createConsoleAccess({ runner, sessions, sealer, linkCommand });
  const approvals = createApprovalsExchange({ runner, access, sealer });

  const showStatus = async (exchange: HttpExchange, trace: Trace): Promise<void> => {
    const { request, response } = exchange;
    const token = request.method === 'GET' ? tokenIn(request.url) : undefined;
    if (token !== undefined) return await access.redeem(exchange, token);
    const visitor = await access.visitor(exchange);
    if (!visitor) return access.askForLink(response);
    const { terminal } = await runner.run({ admission: visitor.admission, target: { kind: 'admin', name: 'status' }, input: {}, trace });
    if (terminal.type === 'result' && isSnapshot(terminal.value)) return writePage(response, 200, renderStatusPage(terminal.value, guides()));
    throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
  };

  const showEvents = async (exchange: HttpExchange, trace: Trace): Promise<void> => {
    const { request, response } = exchange;
    const visitor = isForeign(request) ? undefined : await access.visitor(exchange);
    // 204 is how an EventSource is told to stop asking.
    if (!visitor) return void response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
    if (streams.size >= MAX_STREAMS) throw new AppError('OVERLOADED', { message: `${MAX_STREAMS} status pages are open already.`, fix: 'Close one of them.' });
    const leaving = new AbortController();
    streams.add(leaving);
    response.once('close', () => leaving.abort());
    const run = (emit: (value: unknown) => Promise<void> | undefined): Promise<Answer> =>
      runner.run({
        admission: visitor.admission,
        target: { kind: 'admin', name: 'events' },
        input: {},
        trace,
        signal: leaving.signal,
        emit: (part) => (part.type === 'chunk' ? emit(part.value) : undefined),
      });
    await streamStatus(response, run).finally(() => streams.delete(leaving));
  };

  const fail = (response: ServerResponse, path: string, error: AppError, { correlationId }: Trace): void => {
    if (error.code === 'INTERNAL') logger.error('request failed', { door: CONSOLE_DOOR, correlation_id: correlationId, error: error.cause });
    if (path === '/events') {
      writeError(response, error, correlationId);
      return;
    }
    const title = path === '/' ? 'The status cannot be shown' : 'What waits cannot be shown';
    const facts = html`<p>${error.message}</p><p>${error.fix}</p><p class="soft">${error.code} · ${correlationId}</p>`;
    writePage(response, error.facts.status, renderNotice(title, [facts]), { 'X-Correlation-ID': correlationId });
  };

  const pages: Readonly<Record<string, (exchange: HttpExchange, trace: Trace) => Promise<void>>> = {
    'GET /': showStatus,
    'GET /events': showEvents,
    [`GET ${APPROVALS_PATH}`]: approvals.show,
    [`POST ${APPROVALS_PATH}`]: approvals.decide,
  };

  return {
    name: CONSOLE_DOOR,
    routes: CONSOLE_ROUTES,
    owns: (path) => CONSOLE_ROUTES.some((route) => route.path === path),
    async handle(exchange) {
      const { request, response, path } = exchange;
      const trace = readTrace(request.headers, undefined);
      try {
        const routes = CONSOLE_ROUTES.filter((candidate) => candidate.path === path);
        const route = routes.find((candidate) => isMethodOf(candidate, request.method));
        const page = route && pages[`${route.method} ${route.path}`];
        if (!page) return writeError(response, new AppError('METHOD_NOT_ALLOWED'), trace.correlationId, { Allow: allowedMethods(routes) });
        await page(exchange, trace);
      } catch (thrown) {
        fail(response, path, toAppError(thrown), trace);
      }
    },
    close() {
      for (const stream of streams) stream.abort(new AppError('SHUTTING_DOWN'));
    },
  };
}
