/** @module doors/admin/console-access: who is at the browser: one-time links, sessions, and what is said to those who have none. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toAppError } from '../../core/errors.ts';
import type { Admission, CallRunner } from '../../contracts/call.ts';
import type { ConsoleSessions, HttpExchange, Sealer } from '../../contracts/http.ts';
import { consoleKeyOf, isConsoleKey } from './console-key.ts';
import { clearingCookie, readSessionCookie, sessionCookie } from './cookie.ts';
import { html } from './html.ts';
import { renderNotice, writePage } from './page.ts';

/** What is needed to tell who is there. */
export interface ConsoleAccessPorts {
  readonly runner: Pick<CallRunner, 'admit'>;
  readonly sessions: ConsoleSessions;
  readonly sealer: Sealer;
  /** The command that prints a new link, for people without a session. */
  readonly linkCommand: string;
}

/** A browser with a session. */
export interface Visitor {
  /** The session's secret, as browsers send it to every port of this host. */
  readonly cookie: string;
  readonly admission: Admission;
}

/** The way in. */
export interface ConsoleAccess {
  /** Opens a session for a link's token, or says that the link is used up. @throws AppError AUTHENTICATION_BLOCKED, RATE_LIMITED */
  redeem(exchange: HttpExchange, token: string): Promise<void>;
  /** The visitor, or undefined without a session. @throws AppError AUTHENTICATION_*, RATE_LIMITED */
  visitor(exchange: Pick<HttpExchange, 'request' | 'source'>): Promise<Visitor | undefined>;
  /** Whether the key is that of this visitor's session: a cookie alone decides nothing. */
  holdsKey(visitor: Visitor, key: string): boolean;
  /** Tells how to get a link. */
  askForLink(response: ServerResponse): void;
}

/** Name of the door on the road, for pages and streams alike. */
export const CONSOLE_DOOR = 'console';

/** Sessions go over the first steps of the road, as every credential does: counted, blocked and recorded there. */
export function createConsoleAccess({ runner, sessions, sealer, linkCommand }: ConsoleAccessPorts): ConsoleAccess {
  const admit = async (cookie: string, source: string): Promise<Admission> =>
    await runner.admit({ door: CONSOLE_DOOR, source, credential: { kind: 'console', cookie } });

  const notice = (response: ServerResponse, { isUsed }: { readonly isUsed: boolean }): void => {
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

  return {
    async redeem({ response, source, isSecure }, token) {
      const cookie = await sessions.redeem(token);
      if (cookie !== undefined) {
        response
          .writeHead(303, {
            // A fragment is sent to no server. The script of the page puts it away and takes it out of the address.
            Location: `/#key=${consoleKeyOf(sealer, cookie)}`,
            'Set-Cookie': sessionCookie(cookie, isSecure === true),
            'Cache-Control': 'no-store',
            'Referrer-Policy': 'no-referrer',
            'Content-Length': 0,
          })
          .end();
        return;
      }
      // A used or guessed link is a failed credential: the road counts and records it.
      const refused = await admit('', source).then(
        () => undefined,
        (thrown: unknown) => toAppError(thrown),
      );
      if (refused?.facts.status === 429) throw refused;
      notice(response, { isUsed: true });
    },
    async visitor({ request, source }) {
      const cookie = readSessionCookie(request.headers.cookie);
      if (cookie === undefined || !sessions.principalOf(cookie)) return undefined;
      return { cookie, admission: await admit(cookie, source) };
    },
    holdsKey: ({ cookie }, key) => isConsoleKey(sealer, cookie, key),
    askForLink: (response) => notice(response, { isUsed: false }),
  };
}

/** Undefined without a `token` parameter. A link preview that asks by HEAD does not use the link up. */
export function tokenIn(url: string = '/'): string | undefined {
  const queryAt = url.indexOf('?');
  return queryAt < 0 ? undefined : (new URLSearchParams(url.slice(queryAt + 1)).get('token') ?? undefined);
}

/** Whether another page on this machine asks: cookies know no ports, so SameSite does not stop it. */
export function isForeign(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
