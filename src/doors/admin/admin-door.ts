/** @module doors/admin/admin-door: the status page: `/` and its event stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import type { Admission, Answer, CallRunner, Trace } from '../../contracts/call.ts';
import type { ConsoleSessions, HttpExchange, HttpMount } from '../../contracts/http.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { writeError } from '../http/answer.ts';
import { allowedMethods, isMethodOf, type RouteFacts } from '../http/route.ts';
import { readTrace } from '../mcp/trace.ts';
import { clearingCookie, readSessionCookie, sessionCookie } from './cookie.ts';
import { streamStatus } from './event-stream.ts';
import { html } from './html.ts';
import { renderNotice, writePage } from './page.ts';
import { isSnapshot } from './snapshot.ts';
import { renderStatusPage, type ConnectGuide } from './status-page.ts';

/** What the door is given. */
export interface ConsolePorts {
  readonly runner: CallRunner;
  readonly sessions: ConsoleSessions;
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

/** Routes of the page. Each needs a session except to say how to get one. */
export const CONSOLE_ROUTES: readonly RouteFacts[] = [
  { method: 'GET', path: '/', policy: { kind: 'admin', name: 'status' }, operationId: 'statusPage', summary: 'Status page' },
  { method: 'GET', path: '/events', policy: { kind: 'admin', name: 'events' }, operationId: 'statusEvents', summary: 'Changes of the status page' },
];

const DOOR = 'console';
const MAX_STREAMS = 32;

/**
 * Serves the page to browsers that redeemed a one-time link (`/?token=…`). The page and its stream are
 * calls of admin:status and admin:events with the principal behind the session.
 */
export function createConsoleDoor({ runner, sessions, logger, guides, linkCommand }: ConsolePorts): ConsoleDoor {
  const streams = new Set<AbortController>();

  const admitSession = async (cookie: string, source: string): Promise<Admission> =>
    await runner.admit({ door: DOOR, source, credential: { kind: 'console', cookie } });

  const signIn = (response: ServerResponse, { isUsed }: { readonly isUsed: boolean }): void => {
    const reason = isUsed
      ? html`<p>This link was used already, or its ten minutes are over.</p>`
      : html`<p>This page shows who is connected and what they call, so it opens with a one-time link only.</p>`;
    writePage(
      response,
      401,
      renderNotice(isUsed ? 'This link is no longer valid' : 'You need a link', [
        reason,
        html`<p>Get a new one where Switchyard runs:</p><pre tabindex="0">${linkCommand}</pre><p class="soft">The link works once and opens a session in this browser.</p>`,
      ]),
      { 'WWW-Authenticate': 'Bearer realm="switchyard"', 'Set-Cookie': clearingCookie() },
    );
  };

  const redeem = async ({ response, source, isSecure }: HttpExchange, token: string): Promise<void> => {
    const cookie = await sessions.redeem(token);
    if (cookie !== undefined) {
      response
        .writeHead(303, {
          Location: '/',
          'Set-Cookie': sessionCookie(cookie, isSecure === true),
          'Cache-Control': 'no-store',
          'Referrer-Policy': 'no-referrer',
          'Content-Length': 0,
        })
        .end();
      return;
    }
    // A used or guessed link is a failed credential: the road counts and records it.
    const refused = await admitSession('', source).then(
      () => undefined,
      (thrown: unknown) => toAppError(thrown),
    );
    if (refused?.facts.status === 429) throw refused;
    signIn(response, { isUsed: true });
  };

  const showPage = async ({ request, response, source }: HttpExchange, trace: Trace): Promise<void> => {
    const cookie = readSessionCookie(request.headers.cookie);
    if (cookie === undefined || !sessions.principalOf(cookie)) return signIn(response, { isUsed: false });
    const admission = await admitSession(cookie, source);
    const { terminal } = await runner.run({ admission, target: { kind: 'admin', name: 'status' }, input: {}, trace });
    if (terminal.type === 'result' && isSnapshot(terminal.value)) return writePage(response, 200, renderStatusPage(terminal.value, guides()));
    throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
  };

  const showEvents = async (exchange: HttpExchange, trace: Trace): Promise<void> => {
    const { request, response, source } = exchange;
    const cookie = readSessionCookie(request.headers.cookie);
    // 204 is how an EventSource is told to stop asking.
    if (isForeign(request) || cookie === undefined || !sessions.principalOf(cookie)) return void response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
    if (streams.size >= MAX_STREAMS) throw new AppError('OVERLOADED', { message: `${MAX_STREAMS} status pages are open already.`, fix: 'Close one of them.' });
    const admission = await admitSession(cookie, source);
    const leaving = new AbortController();
    streams.add(leaving);
    response.once('close', () => leaving.abort());
    const run = (emit: (value: unknown) => Promise<void> | undefined): Promise<Answer> =>
      runner.run({
        admission,
        target: { kind: 'admin', name: 'events' },
        input: {},
        trace,
        signal: leaving.signal,
        emit: (part) => (part.type === 'chunk' ? emit(part.value) : undefined),
      });
    await streamStatus(response, run).finally(() => streams.delete(leaving));
  };

  const fail = (response: ServerResponse, path: string, error: AppError, { correlationId }: Trace): void => {
    if (error.code === 'INTERNAL') logger.error('request failed', { door: DOOR, correlation_id: correlationId, error: error.cause });
    if (path !== '/') {
      writeError(response, error, correlationId);
      return;
    }
    writePage(
      response,
      error.facts.status,
      renderNotice('The status cannot be shown', [html`<p>${error.message}</p><p>${error.fix}</p><p class="soft">${error.code} · ${correlationId}</p>`]),
      { 'X-Correlation-ID': correlationId },
    );
  };

  return {
    name: DOOR,
    routes: CONSOLE_ROUTES,
    owns: (path) => path === '/' || path === '/events',
    async handle(exchange) {
      const { request, response, path } = exchange;
      const trace = readTrace(request.headers, undefined);
      try {
        const route = CONSOLE_ROUTES.find((candidate) => candidate.path === path && isMethodOf(candidate, request.method));
        if (!route) return writeError(response, new AppError('METHOD_NOT_ALLOWED'), trace.correlationId, { Allow: allowedMethods(CONSOLE_ROUTES.slice(0, 1)) });
        const token = path === '/' && request.method === 'GET' ? tokenIn(request.url) : undefined;
        if (token !== undefined) return await redeem(exchange, token);
        await (path === '/' ? showPage(exchange, trace) : showEvents(exchange, trace));
      } catch (thrown) {
        fail(response, path, toAppError(thrown), trace);
      }
    },
    close() {
      for (const stream of streams) stream.abort(new AppError('SHUTTING_DOWN'));
    },
  };
}

/** Undefined without a `token` parameter. A link preview that asks by HEAD does not use the link up. */
function tokenIn(url: string = '/'): string | undefined {
  const queryAt = url.indexOf('?');
  return queryAt < 0 ? undefined : (new URLSearchParams(url.slice(queryAt + 1)).get('token') ?? undefined);
}

/** Whether another page on this machine asks: cookies know no ports, so SameSite does not stop it. */
function isForeign(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
