/** @module doors/sign-in/sign-in-door: the embedded authorization server on the listener: its endpoints, and the pages on which a person signs in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, toAppError } from '../../core/errors.ts';
import type { AuthorizationServer, SignInRequest } from '../../contracts/authorization-server.ts';
import type { CallRunner } from '../../contracts/call.ts';
import type { ConsoleSessions, HttpExchange, HttpMount, Sealer } from '../../contracts/http.ts';
import type { Credential, Principal } from '../../contracts/principal.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { isConsoleKey, KEY_SCRIPT } from '../admin/console-key.ts';
import { readSessionCookie } from '../admin/cookie.ts';
import { API_HEADERS, writeError, writeText } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { readCorrelationId } from '../http/correlation.ts';
import type { RouteFacts } from '../http/route.ts';
import { signInHeaders } from './sign-in-headers.ts';
import { renderConsent, renderFailure, renderSignIn } from './sign-in-pages.ts';

/** What the door is given. */
export interface SignInPorts {
  readonly runner: Pick<CallRunner, 'admit'>;
  readonly sessions: ConsoleSessions;
  readonly sealer: Sealer;
  readonly logger: Logger;
  /** The server; loaded at the first request. */
  readonly server: () => Promise<AuthorizationServer>;
  /** Counts one arrival of the source. @throws AppError RATE_LIMITED */
  readonly countSource: (source: string) => void;
}

/** Where a person is asked; the id of the request follows. */
export const SIGN_IN_PATH = '/oauth/sign-in/';
const METADATA_PATHS = new Set(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']);

/** Who may use them is a matter of the protocol: each looks at the client's credential, the code, the token or the person's browser. */
export const SIGN_IN_ROUTES: readonly RouteFacts[] = [
  {
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    policy: 'public',
    operationId: 'authorizationServerMetadata',
    summary: 'Metadata (RFC 8414)',
  },
  {
    method: 'GET',
    path: '/.well-known/openid-configuration',
    policy: 'public',
    operationId: 'openidConfiguration',
    summary: 'Metadata (OpenID Connect Discovery)',
  },
  { method: 'GET', path: '/oauth/authorize', policy: 'public', operationId: 'authorize', summary: 'Begins a sign-in' },
  { method: 'GET', path: '/oauth/sign-in/{id}', policy: 'public', operationId: 'signIn', summary: 'The page on which a person signs in and agrees' },
  { method: 'POST', path: '/oauth/sign-in/{id}', policy: 'public', operationId: 'decideSignIn', summary: 'What the person decided' },
  { method: 'POST', path: '/oauth/token', policy: 'public', operationId: 'token', summary: 'Tokens for a code, a refresh token or client credentials' },
  { method: 'POST', path: '/oauth/revoke', policy: 'public', operationId: 'revoke', summary: 'Gives a token back (RFC 7009)' },
  { method: 'POST', path: '/oauth/introspect', policy: 'public', operationId: 'introspect', summary: 'What a token is worth (RFC 7662)' },
  { method: 'POST', path: '/oauth/register', policy: 'public', operationId: 'register', summary: 'Registers a client, where that is switched on (RFC 7591)' },
  {
    method: 'POST',
    path: '/oauth/device-authorization',
    policy: 'public',
    operationId: 'authorizeDevice',
    summary: 'Begins the sign-in of a device (RFC 8628)',
  },
  { method: 'GET', path: '/oauth/device', policy: 'public', operationId: 'device', summary: 'The page on which a person types the code of a device' },
  { method: 'POST', path: '/oauth/device', policy: 'public', operationId: 'enterDeviceCode', summary: 'The code of a device' },
  { method: 'GET', path: '/oauth/jwks', policy: 'public', operationId: 'jwks', summary: 'Public keys of tokens' },
];

const DOOR = 'sign-in';
const MAX_FORM_BYTES = 8_192;
const FORM_SECONDS = 600;
const LINK_TOKEN = /(?:^|[?&]token=)([0-9a-f]{64})$/;

/** The door. Signing in goes over the first steps of the road, as every credential does: counted, blocked and recorded there. */
export function createSignInDoor({
  runner,
  sessions,
  sealer,
  logger,
  server,
  countSource,
}: SignInPorts): HttpMount & { readonly routes: readonly RouteFacts[] } {
  const bindingOf = (uid: string): string => `sign-in ${uid}`;
  const admit = async (credential: Credential, source: string): Promise<Principal> => (await runner.admit({ door: DOOR, source, credential })).principal;

  const consolePrincipal = (request: IncomingMessage): Principal | undefined => {
    const cookie = readSessionCookie(request.headers.cookie);
    return cookie === undefined ? undefined : sessions.principalOf(cookie);
  };

  const show = (response: ServerResponse, request: IncomingMessage, asked: SignInRequest, status: number, problem: string | null): void => {
    const form = { action: SIGN_IN_PATH + asked.uid, csrf: sealer.seal('form', FORM_SECONDS, bindingOf(asked.uid)) };
    const isConsent = asked.stage === 'consent';
    const consoleAccount = isConsent ? null : (consolePrincipal(request)?.id ?? null);
    const page = isConsent ? renderConsent({ request: asked, ...form }) : renderSignIn({ request: asked, ...form, problem, consoleAccount });
    writeText(response, status, 'text/html; charset=utf-8', page, signInHeaders(asked.redirectUri, consoleAccount === null ? undefined : KEY_SCRIPT));
  };

  /** @throws AppError AUTHENTICATION_*, RATE_LIMITED */
  const authenticate = async (text: string, source: string): Promise<Principal> => {
    const link = LINK_TOKEN.exec(text)?.[1];
    if (link === undefined) return await admit({ kind: 'bearer', token: text }, source);
    // A used link is a failed credential, and counted as one.
    return await admit({ kind: 'console', cookie: (await sessions.redeem(link)) ?? '' }, source);
  };

  /** The person whose console this browser has open. A cookie alone is no proof of that. @throws AppError AUTHENTICATION_*, RATE_LIMITED */
  const continueAs = async (request: IncomingMessage, key: string, source: string): Promise<Principal> => {
    const cookie = readSessionCookie(request.headers.cookie) ?? '';
    return await admit({ kind: 'console', cookie: isConsoleKey(sealer, cookie, key) ? cookie : '' }, source);
  };

  /** @throws AppError SIGN_IN_OVER when the form is not one of this request */
  const readForm = async (request: IncomingMessage, uid: string): Promise<URLSearchParams> => {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') throw new AppError('ORIGIN_REFUSED');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    try {
      sealer.open(form.get('csrf') ?? '', bindingOf(uid));
    } catch (cause) {
      throw new AppError('SIGN_IN_OVER', { cause });
    }
    return form;
  };

  const decide = async ({ request, response, source }: HttpExchange, asked: SignInRequest): Promise<void> => {
    const form = await readForm(request, asked.uid);
    const issuer = await server();
    const choice = form.get('do');
    if (choice === 'deny') return await issuer.deny(request, response);
    if (choice === 'switch') return await issuer.switchAccount(request, response);
    if (choice === 'allow' && asked.stage === 'consent') return await issuer.allow(request, response);
    if (asked.stage === 'consent') throw new AppError('INVALID_PARAMS', { message: 'do: allow, deny or switch.' });
    try {
      const credential = (form.get('credential') ?? '').trim();
      const principal = choice === 'console' ? await continueAs(request, form.get('key') ?? '', source) : await authenticate(credential, source);
      return await issuer.signIn(request, response, principal);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.facts.status >= 500 || response.headersSent) throw thrown;
      show(response, request, asked, error.facts.status, problemOf(error, choice));
    }
  };

  const fail = ({ request, response, path }: HttpExchange, thrown: unknown): void => {
    const error = toAppError(thrown);
    const correlationId = readCorrelationId(request.headers);
    if (error.code === 'INTERNAL') logger.error('request failed', { door: DOOR, correlation_id: correlationId, error: error.cause });
    if (request.method === 'GET' || path.startsWith(SIGN_IN_PATH) || path === '/oauth/device') {
      const facts = { error: error.code, error_description: `${error.message} ${error.fix}` };
      writeText(response, error.facts.status, 'text/html; charset=utf-8', renderFailure(facts), signInHeaders(null));
      return;
    }
    writeError(response, error, correlationId);
  };

  return {
    name: DOOR,
    routes: SIGN_IN_ROUTES,
    owns: (path) => path.startsWith('/oauth/') || METADATA_PATHS.has(path),
    async handle(exchange) {
      const { request, response, path, source } = exchange;
      try {
        countSource(source);
        const issuer = await server();
        if (!path.startsWith(SIGN_IN_PATH)) {
          // Whatever the library answers goes out with the headers of every answer; its pages bring their own policy.
          for (const [name, value] of Object.entries(API_HEADERS)) response.setHeader(name, value);
          // A body that was refused half-way is read and thrown away, so that the client gets to see the answer.
          response.once('finish', () => request.resume());
          return await issuer.handle(request, response, source);
        }
        const asked = await issuer.find(request, response, path.slice(SIGN_IN_PATH.length));
        if (!asked) throw new AppError('SIGN_IN_OVER');
        if (request.method === 'POST') return await decide(exchange, asked);
        if (request.method !== 'GET' && request.method !== 'HEAD')
          return writeError(response, new AppError('METHOD_NOT_ALLOWED'), readCorrelationId(request.headers), { Allow: 'GET, HEAD, POST' });
        show(response, request, asked, 200, null);
      } catch (thrown) {
        fail(exchange, thrown);
      }
    },
  };
}

function problemOf(error: AppError, choice: string | null): string {
  if (error.code === 'AUTHENTICATION_FAILED' && choice === 'console') return 'Open the console anew in this browser (switchyard console), or use a key.';
  if (error.code === 'AUTHENTICATION_FAILED') return 'This key or link is not valid here.';
  if (error.code === 'AUTHENTICATION_BLOCKED') return 'Too many failed attempts. Wait some minutes.';
  return error.message;
}
