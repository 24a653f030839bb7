/** The whole way as a new user goes it: the shipped program, its commands, the official client, and a person in a real Chromium. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, type OAuthClientProvider, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { type Browser, chromiumPath, startChromium } from '../../helpers/chromium.ts';
import { command, commandJson, type Gateway, makeHome, projectOf, removeHome, startGateway } from '../../helpers/gateway.ts';
import { callWith, claimsOf, post } from '../../helpers/issuer.ts';

const home = makeHome();
/** Where SCREENSHOTS_INTO names a folder, the pages are kept for the documentation. */
const shots = process.env['SCREENSHOTS_INTO'];
let gateway: Gateway;
let callback: { readonly url: string; next(): Promise<URLSearchParams>; stop(): void };

beforeAll(async () => {
  writeFileSync(join(projectOf(home), 'switchyard.yaml'), 'identity:\n  issuer: embedded\n  server:\n    registration: true\n');
  gateway = await startGateway({ home });
  callback = await listenForCallback();
});
afterAll(async () => {
  callback.stop();
  await gateway.stop();
  removeHome(home);
});

const json = (...args: readonly string[]): Promise<JsonObject> => commandJson(home, ...args);

/** The address a client sends the browser to, and what arrived there. */
async function listenForCallback(): Promise<typeof callback> {
  let arrived: (parameters: URLSearchParams) => void = () => undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Back in the application</title>');
    if (url.pathname === '/callback') arrived(url.searchParams);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    next: () =>
      new Promise((resolve) => {
        arrived = resolve;
      }),
    stop: () => void server.close(),
  };
}

/** What the official client is told about itself; it remembers what it learns. */
function createProvider(redirectUrl: string, known: { readonly client_id: string } | undefined): OAuthClientProvider & { readonly opened: Promise<URL> } {
  let open: (url: URL) => void = () => undefined;
  let [tokens, verifier, registered]: [unknown, string, unknown] = [undefined, '', known];
  return {
    opened: new Promise((resolve) => {
      open = resolve;
    }),
    redirectUrl,
    clientMetadata: {
      client_name: 'Official client',
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
    clientInformation: () => registered as never,
    saveClientInformation: (information) => {
      registered = information;
    },
    tokens: () => tokens as never,
    saveTokens: (saved) => {
      tokens = saved;
    },
    redirectToAuthorization: (url) => open(url),
    saveCodeVerifier: (text) => {
      verifier = text;
    },
    codeVerifier: () => verifier,
  };
}

describe.skipIf(chromiumPath === undefined)('in Chromium (skipped where none is installed)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    await browser.page.resize(900, 760, false);
    await browser.page.send('Network.clearBrowserCookies');
    browser.page.complaints.length = 0;
  });

  const shown = async (expression: string): Promise<void> =>
    await expect
      .poll(() => browser.page.evaluate<boolean>(`document.readyState === 'complete' && Boolean(${expression})`).catch(() => false), { timeout: 15_000 })
      .toBe(true);
  const keep = async (name: string): Promise<void> => {
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    writeFileSync(join(shots, `${name}.png`), await browser.page.screenshot());
  };
  const click = async (selector: string): Promise<void> => await browser.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  /** Types what a person would, and presses what it reads. */
  const signIn = async (url: URL, key: string): Promise<void> => {
    await browser.page.goto(url.href);
    await shown(`document.querySelector('#credential')`);
    await keep('sign-in');
    await browser.page.evaluate(`document.querySelector('#credential').focus()`);
    await browser.page.send('Input.insertText', { text: key });
    await click('button[value=sign-in]');
    await shown(`document.querySelector('button[value=allow]')`);
    await keep('consent');
  };
  const connect = async (known: { readonly client_id: string } | undefined, key: string): Promise<Client> => {
    const provider = createProvider(callback.url, known);
    const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider });
    await expect(new Client({ name: 'official', version: '1' }).connect(transport)).rejects.toThrow(UnauthorizedError);
    await signIn(await provider.opened, key);
    const arrived = callback.next();
    await click('button[value=allow]');
    await transport.finishAuth(await arrived);
    await shown(`document.title === 'Back in the application'`);
    const client = new Client({ name: 'official', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider }));
    return client;
  };

  // @requirement A3.l
  // @requirement A2.l
  it('the official client follows the challenge, a person signs in and allows, and tools can be called; no script runs on the way', async () => {
    const { key } = await json('keys', 'create', 'me', '--role', 'developer');
    const client = await connect(undefined, String(key));
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['list_directory', 'read_file']));
      expect(await client.callTool({ name: 'list_directory', arguments: {} })).toMatchObject({ structuredContent: { success: true } });
    } finally {
      await client.close();
    }
    expect(browser.page.complaints).toEqual([]);
    const grants = (await json('grants', 'list')) as unknown as readonly { readonly id: string; readonly accountId: string }[];
    expect(grants).toHaveLength(1);
    expect((await command(home, 'grants', 'revoke', String(grants[0]?.id))).code).toBe(0);
    expect(await json('grants', 'list')).toEqual([]);
  });

  it('who has the console open presses one button', async () => {
    await browser.page.goto((await command(home, 'console')).stdout.trim());
    await shown(`document.querySelector('#live')`);
    const provider = createProvider(callback.url, undefined);
    const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider });
    await expect(new Client({ name: 'official', version: '1' }).connect(transport)).rejects.toThrow(UnauthorizedError);
    await browser.page.goto((await provider.opened).href);
    await click('button[value=console]');
    await shown(`document.querySelector('button[value=allow]')`);
    expect(browser.page.complaints).toEqual([]);
    const arrived = callback.next();
    await click('button[value=deny]');
    expect(Object.fromEntries(await arrived)).toMatchObject({ error: 'access_denied' });
    await browser.page.send('Network.clearBrowserCookies');
  });

  it('fits a phone, in the dark, with both buttons of one size', async () => {
    const provider = createProvider(callback.url, undefined);
    const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider });
    await expect(new Client({ name: 'official', version: '1' }).connect(transport)).rejects.toThrow(UnauthorizedError);
    await browser.page.resize(375, 740, true);
    await browser.page.setDark(true);
    await signIn(await provider.opened, gateway.key);
    await keep('consent-phone');
    const facts = await browser.page.evaluate<{ wide: number; allow: number[]; deny: number[] }>(
      `({ wide: document.documentElement.scrollWidth, ...Object.fromEntries(['allow', 'deny'].map((name) => { const box = document.querySelector('button[value=' + name + ']').getBoundingClientRect(); return [name, [Math.round(box.width), Math.round(box.height)]]; })) })`,
    );
    expect(facts.wide).toBeLessThanOrEqual(375);
    expect(facts.allow).toEqual(facts.deny);
    const arrived = callback.next();
    await click('button[value=deny]');
    expect(Object.fromEntries(await arrived)).toMatchObject({ error: 'access_denied', iss: gateway.url });
    await browser.page.setDark(false);
  });

  it('another page of this machine can neither frame the question nor answer it', async () => {
    const provider = createProvider(callback.url, undefined);
    const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { authProvider: provider });
    await expect(new Client({ name: 'official', version: '1' }).connect(transport)).rejects.toThrow(UnauthorizedError);
    await signIn(await provider.opened, gateway.key);
    const asked = await browser.page.evaluate<string>('location.href');
    await browser.page.goto(callback.url.replace('/callback', '/other'));
    await browser.page.evaluate(
      `new Promise((resolve) => { const frame = document.createElement('iframe'); frame.onload = resolve; frame.src = ${JSON.stringify(asked)}; document.body.append(frame); })`,
    );
    expect(await browser.page.evaluate<number>('frames.length')).toBe(1);
    expect(browser.page.complaints.join()).toMatch(/frame-ancestors|X-Frame-Options/i);
    await browser.page.evaluate(
      `{ const form = document.createElement('form'); form.method = 'post'; form.action = ${JSON.stringify(asked)}; form.innerHTML = '<input name="do" value="allow">'; document.body.append(form); form.submit(); }`,
    );
    await shown(`location.href === ${JSON.stringify(asked)}`);
    expect(await browser.page.evaluate<string>('document.body.innerText')).toMatch(/ORIGIN_REFUSED|SIGN_IN_OVER/);
    expect((await json('grants', 'list')) as unknown as readonly unknown[], 'nothing was given').toEqual([]);
  });
});

// @requirement A3.d
it('a service does just what its scopes say, with the commands of the documentation', async () => {
  const made = await json('clients', 'create', 'nightly', '--scope', 'tools:ping', '--role', 'user', '--tenant', 'acme', '--claim', 'team=blue');
  expect(made).toMatchObject({ name: 'nightly', tenant: 'acme', claims: { team: 'blue' }, authentication: 'client_secret_basic' });
  expect(made).not.toHaveProperty('secretHash');
  const { body } = await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials' }, [String(made['id']), String(made['client_secret'])]);
  // It asked for nothing in particular, and got what it is for.
  const token = body['access_token'];
  expect(claimsOf(token)).toMatchObject({ sub: made['id'], team: 'blue' });
  const scoped = (
    await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', scope: 'tools:ping' }, [String(made['id']), String(made['client_secret'])])
  ).body;
  expect((await callWith(gateway, scoped['access_token'])).status).toBe(200);
  expect((await callWith(gateway, scoped['access_token'], 'read_file', { path: 'x' })).status).toBe(403);
  expect((await command(home, 'clients', 'list')).stdout).toContain('nightly');
  expect((await command(home, 'clients', 'revoke', String(made['id']))).stdout).toContain('is revoked');
  await expect.poll(async () => (await callWith(gateway, scoped['access_token'])).status, { timeout: 1_000, interval: 20 }).toBe(401);
  const rotated = await json('issuer', 'rotate-keys');
  expect(rotated['verifying']).toHaveLength(1);
  expect((await command(home, 'clients', 'revoke', 'nobody')).stderr).toContain('GRANT_UNKNOWN');
});
