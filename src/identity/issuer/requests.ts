/** @module identity/issuer/requests: what is looked at, counted and completed before oidc-provider sees a request. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import { ROUTES } from './configuration.ts';
import type { IssuerRates } from './rates.ts';

/** What requests are judged by. */
export interface RequestRules {
  /** Origin of the issuer. */
  readonly issuer: string;
  readonly rates: IssuerRates;
  readonly defaultScopes: readonly string[];
  /** What a client that the operator set up is limited to; undefined for every other. */
  readonly scopesOfClient: (id: string) => Promise<readonly string[] | undefined>;
  /** Clients that registered themselves and are still kept. */
  readonly registeredClients: () => Promise<number>;
  /** What stands for a presented access token; other texts stay as they are. */
  readonly handleOf: (token: string) => Promise<string>;
}

/** Scopes of OpenID Connect: they give nothing here. */
export const OIDC_SCOPES: ReadonlySet<string> = new Set(['openid', 'offline_access']);
/** Endpoints at which clients prove who they are. */
const AUTHENTICATED = new Set<string>([ROUTES.token, ROUTES.revocation, ROUTES.introspection]);
const TAKES_TOKENS = new Set<string>([ROUTES.revocation, ROUTES.introspection]);
const MAX_REGISTERED = 1_000;
const MAX_FORM_BYTES = 32_768;
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * Counts the request and completes it.
 *
 * @returns the request to go on with
 * @throws AppError RATE_LIMITED, AUTHENTICATION_BLOCKED, INVALID_PARAMS, BODY_TOO_LARGE, OVERLOADED
 */
export async function prepareRequest(request: IncomingMessage, source: string, rules: RequestRules): Promise<IncomingMessage> {
  const { rates } = rules;
  const { url = '/', method } = request;
  const [path, query] = split(url);
  // Addresses are made from the issuer alone: whatever name the client used, and whatever a proxy says.
  const { host, protocol } = new URL(rules.issuer);
  Object.assign(request.headers, { host, 'x-forwarded-proto': protocol.slice(0, -1) });
  delete request.headers['x-forwarded-host'];
  delete request.headers['x-forwarded-for'];
  if (AUTHENTICATED.has(path)) await rates.beforeTry('client', source);
  if (path === ROUTES.authorization) {
    rates.count('sign-in', source);
    request.url = `${path}?${await completeAuthorization(query, rules)}`;
  }
  if (path === ROUTES.device_authorization) rates.count('device', source);
  if (path === ROUTES.registration) {
    rates.count('registration', source);
    if ((await rules.registeredClients()) >= MAX_REGISTERED) throw new AppError('OVERLOADED', { message: 'No more clients can register themselves.' });
  }
  if (path === ROUTES.code_verification) {
    if (method === 'POST') await rates.beforeTry('user code', source);
    // A link with the code in it would let a stranger's code be confirmed with one click: it is typed, always.
    else request.url = path;
  }
  return TAKES_TOKENS.has(path) && method === 'POST' && FORM.test(request.headers['content-type'] ?? '') ? await withHandle(request, rules) : request;
}

/**
 * Clients ask for all that the metadata offers (MCP, authorization, "Scope Selection Strategy"): whoever was set up for less
 * is given less, and told so with the token, instead of being turned away. Asked for nothing that it may have, it still is.
 *
 * @throws AppError INVALID_PARAMS for another response mode than a redirect with a query
 * @see RFC 6749 section 3.3
 */
async function completeAuthorization(query: string, { defaultScopes, scopesOfClient }: RequestRules): Promise<string> {
  const parameters = new URLSearchParams(query);
  const mode = parameters.get('response_mode');
  if (mode !== null && mode !== 'query')
    throw new AppError('INVALID_PARAMS', { message: 'response_mode: only query is served.', fix: 'Leave response_mode out.' });
  if (!parameters.has('scope')) parameters.set('scope', defaultScopes.join(' '));
  const limit = await scopesOfClient(parameters.get('client_id') ?? '');
  const [asked = '', twice] = parameters.getAll('scope');
  if (!limit || twice !== undefined) return parameters.toString();
  const within = asked.split(' ').filter((scope) => limit.includes(scope));
  if (within.length > 0) parameters.set('scope', [...within, ...asked.split(' ').filter((scope) => OIDC_SCOPES.has(scope))].join(' '));
  return parameters.toString();
}

/** The request once more, with the token in its form replaced: oidc-provider takes no signed tokens at these endpoints. */
async function withHandle(request: IncomingMessage, { handleOf }: RequestRules): Promise<IncomingMessage> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > MAX_FORM_BYTES) throw new AppError('BODY_TOO_LARGE', { message: `The body is larger than ${MAX_FORM_BYTES} bytes.` });
    chunks.push(chunk);
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  const tokens = form.getAll('token');
  if (tokens.length === 1 && tokens[0] !== undefined) form.set('token', await handleOf(tokens[0]));
  const body = Buffer.from(form.toString());
  const { method, url, headers, socket, httpVersion } = request;
  const replayed = Readable.from([body], { objectMode: false });
  return Object.assign(replayed, {
    method,
    url,
    socket,
    httpVersion,
    headers: { ...headers, 'content-length': String(body.length) },
  }) as unknown as IncomingMessage;
}

function split(url: string): readonly [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}
