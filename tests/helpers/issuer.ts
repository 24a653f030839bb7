/** A gateway with the embedded authorization server in this process, and a browser of few words that signs in to it. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app/app.ts';
import { addClient } from '../../src/app/tasks/issuer.ts';
import { addKey } from '../../src/app/tasks/keys.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { CreatedClient, NewClient } from '../../src/identity/issuer/clients.ts';
import type { NewKey } from '../../src/identity/api-key.ts';
import { recordsOf } from './audit-files.ts';
import { modern, type RawAnswer } from './mcp-http.ts';

const SILENT = { isDebug: false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The gateway with what tests ask of it. */
export interface IssuerGateway {
  readonly app: App;
  readonly url: string;
  readonly home: string;
  readonly adminKey: string;
  /** Redirect URI of the clients made here: an address nobody listens on. */
  readonly callback: string;
  addClient(client?: Partial<NewClient>): Promise<CreatedClient>;
  addKey(key?: Partial<NewKey>): Promise<string>;
  /** Records of the audit log so far, of one event. */
  audit(event: string): readonly JsonObject[];
  /** Stops, and starts again on the same port and home. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param server keys of identity.server @param file text of the configuration file, for the commands too */
export async function startIssuer(server: JsonObject = {}, config: JsonObject = {}, file?: string): Promise<IssuerGateway> {
  const home = mkdtempSync(join(tmpdir(), 'issuer-'));
  if (file !== undefined) writeFileSync(join(home, 'switchyard.yaml'), file);
  const place = { home, cwd: home, env: {} };
  let port = 0;
  const start = async (): Promise<App> => {
    const app = createApp({ ...place, logger: SILENT, config: { server: { port }, identity: { issuer: 'embedded', server }, ...config } });
    await app.start();
    port = Number(new URL(app.endpoints().url).port);
    return app;
  };
  let app = await start();
  return {
    get app() {
      return app;
    },
    url: app.endpoints().url,
    home,
    adminKey: readFileSync(join(home, 'admin.key'), 'utf8').trim(),
    callback: 'http://127.0.0.1:9/callback',
    addClient: async (client) =>
      await addClient(place, {
        name: 'Tester',
        grants: ['authorization_code'],
        scopes: ['tools:ping', 'tools:read', 'tools:write'],
        redirectUris: ['http://127.0.0.1:9/callback'],
        isPublic: !client?.grants?.includes('client_credentials') && client?.jwks === undefined,
        ...client,
      }),
    addKey: async (key) => (await addKey(place, { name: 'person', kind: 'user', roles: ['developer'], ...key })).key,
    audit: (event) => recordsOf(home).filter((record) => record['event'] === event),
    async restart() {
      await app.stop();
      app = await start();
    },
    async stop() {
      await app.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A page as it came. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
  /** Where it redirects to, absolute. */
  readonly location: string | undefined;
}

/** Keeps cookies and follows redirects below one origin. */
export class PlainBrowser {
  readonly cookies = new Map<string, string>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async request(url: string, init: RequestInit = {}): Promise<Page> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    headers.set('accept', 'text/html');
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970/i.test(cookie) || at === pair.length - 1) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const to = response.headers.get('location');
    return { status: response.status, url, headers: response.headers, text: await response.text(), location: to === null ? undefined : new URL(to, url).href };
  }

  /** Follows redirects while they stay here; the page before the browser would leave, or the last one. */
  async follow(first: Page): Promise<Page> {
    let page = first;
    for (let hops = 0; page.location?.startsWith(`${this.#origin}/`) && hops < 10; hops += 1) page = await this.request(page.location);
    return page;
  }

  async open(url: string): Promise<Page> {
    return await this.follow(await this.request(url));
  }

  /** Sends the page's form with these fields beside its hidden ones. */
  async submit(page: Page, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value] as const);
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
    return await this.follow(await this.request(new URL(action, page.url).href, { method: 'POST', body, headers: { ...headers } }));
  }
}

/** A pair for PKCE. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The address that begins a sign-in. A parameter that is undefined is left out. */
export function authorizeUrl({ url, callback }: IssuerGateway, parameters: Readonly<Record<string, string | undefined>>): string {
  const all = { response_type: 'code', redirect_uri: callback, scope: 'tools:ping tools:read', state: 'st', code_challenge_method: 'S256', ...parameters };
  const set = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${url}/oauth/authorize?${new URLSearchParams(set)}`;
}

/** Parameters of the address that the browser is sent to. */
export function answerIn(page: Page): Readonly<Record<string, string>> {
  return Object.fromEntries(page.location === undefined ? [] : new URL(page.location).searchParams);
}

/** Signs in and allows. @returns what the client gets, with the verifier */
export async function authorize(
  gateway: IssuerGateway,
  clientId: string,
  {
    key = gateway.adminKey,
    browser = new PlainBrowser(gateway.url),
    ...parameters
  }: { readonly key?: string; readonly browser?: PlainBrowser; readonly [name: string]: unknown } = {},
): Promise<Readonly<Record<string, string>> & { readonly verifier: string }> {
  const { verifier, challenge } = pkce();
  let page = await browser.open(authorizeUrl(gateway, { client_id: clientId, code_challenge: challenge, ...(parameters as Record<string, string>) }));
  if (page.text.includes('name="credential"')) page = await browser.submit(page, { credential: key, do: 'sign-in' });
  if (page.text.includes('value="allow"')) page = await browser.submit(page, { do: 'allow' });
  return { ...answerIn(page), verifier };
}

/** What the token endpoint answers. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

/** Sends a form. @param basic id and secret of the client */
export async function post(
  url: string,
  form: Readonly<Record<string, string>>,
  basic?: readonly [string, string],
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const authorization = basic ? { authorization: `Basic ${Buffer.from(basic.map(encodeURIComponent).join(':')).toString('base64')}` } : {};
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { ...authorization, ...headers } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {} };
}

/** Exchanges a code. */
export async function exchange(
  gateway: IssuerGateway,
  clientId: string,
  { code = '', verifier }: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: gateway.callback,
    ...(verifier === undefined ? {} : { code_verifier: verifier }),
    ...more,
  };
  return await post(`${gateway.url}/oauth/token`, form);
}

/** Uses a refresh token. */
export async function refresh(gateway: IssuerGateway, clientId: string, token: unknown, more: Readonly<Record<string, string>> = {}): Promise<TokenAnswer> {
  return await post(`${gateway.url}/oauth/token`, { grant_type: 'refresh_token', client_id: clientId, refresh_token: String(token), ...more });
}

/** Claims of a signed token; not verified. */
export function claimsOf(token: unknown): JsonObject {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8')) as JsonObject;
}

/** Calls the tool with the token as bearer. */
export const callWith = ({ url }: Pick<IssuerGateway, 'url'>, token: unknown, tool = 'ping', args: JsonObject = {}): Promise<RawAnswer> =>
  modern(`${url}/mcp`, 'tools/call', { name: tool, arguments: args }, { token: String(token) });
