/** Attacks on the person: forged forms, framed pages, other people's sign-ins, and codes of devices. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerIn, authorizeUrl, type IssuerGateway, type Page, pkce, PlainBrowser, post, startIssuer } from '../../helpers/issuer.ts';

let gateway: IssuerGateway;
let client = '';
let device = '';
beforeAll(async () => {
  gateway = await startIssuer({}, { server: { port: 0, trustedProxy: ['127.0.0.1'], allowedHosts: [] } });
  client = (await gateway.addClient()).client.id;
  device = (await gateway.addClient({ grants: ['device_code'], redirectUris: [], name: 'Television' })).client.id;
});
afterAll(async () => {
  await gateway.stop();
});

const begin = async (browser: PlainBrowser): Promise<Page> =>
  await browser.open(authorizeUrl(gateway, { client_id: client, code_challenge: pkce().challenge }));
const consentIn = async (browser: PlainBrowser): Promise<Page> => await browser.submit(await begin(browser), { credential: gateway.adminKey, do: 'sign-in' });

describe('consent', () => {
  it('a form without the proof of the page, or with that of another sign-in, does nothing', async () => {
    const browser = new PlainBrowser(gateway.url);
    const consent = await consentIn(browser);
    const elsewhere = /name="csrf" value="([^"]+)"/.exec((await begin(new PlainBrowser(gateway.url))).text)?.[1] ?? '';
    for (const csrf of ['', 'x', elsewhere]) {
      const page = await browser.submit(consent, { do: 'allow', csrf });
      expect(page.status).toBe(410);
      expect(page.text).toContain('SIGN_IN_OVER');
      expect(page.location).toBeUndefined();
    }
    expect(answerIn(await browser.submit(consent, { do: 'allow' })), 'control').toHaveProperty('code');
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
  ])('a form that another page sends (%j) is refused', async (headers, status) => {
    const browser = new PlainBrowser(gateway.url);
    const consent = await consentIn(browser);
    expect((await browser.submit(consent, { do: 'allow' }, headers)).status).toBe(status);
    const own = { origin: gateway.url, 'sec-fetch-site': 'same-origin' };
    expect(answerIn(await browser.submit(consent, { do: 'allow' }, own)), 'control').toHaveProperty('code');
  });

  it('a sign-in that was begun elsewhere cannot be finished here: nobody is made to act for a stranger', async () => {
    const attacker = new PlainBrowser(gateway.url);
    const begun = await begin(attacker);
    const victim = new PlainBrowser(gateway.url);
    expect((await victim.open(begun.url)).status).toBe(410);
    await consentIn(victim);
    expect((await victim.open(begun.url)).status).toBe(410);
    expect((await attacker.open(begun.url)).status, 'control').toBe(200);
  });

  it('no page runs scripts, loads, is framed or kept, and its forms lead here and to the client alone', async () => {
    const browser = new PlainBrowser(gateway.url);
    const signIn = await begin(browser);
    const pages = [signIn, await browser.submit(signIn, { credential: gateway.adminKey, do: 'sign-in' }), await browser.open(`${gateway.url}/oauth/device`)];
    for (const { headers, text } of pages) {
      expect(text).not.toMatch(/<script|<iframe|<img|\son\w+=|javascript:/i);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^;]+; img-src data:; base-uri 'none'; form-action 'self'( http:\/\/127\.0\.0\.1:9)?; frame-ancestors 'none'$/,
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toContain('no-store');
    }
  });

  it('what a client calls itself stays text', async () => {
    const name = '"><script>alert(1)</script>\u202egnihsihp';
    const evil = (await gateway.addClient({ name: name.slice(0, 100) })).client.id;
    const page = await new PlainBrowser(gateway.url).open(authorizeUrl(gateway, { client_id: evil, code_challenge: pkce().challenge }));
    expect(page.text).not.toContain('<script');
    expect(page.text).not.toContain('\u202e');
    expect(page.text).toContain('&lt;script&gt;');
  });

  it('a token is no key: who holds one cannot sign in with it and widen it', async () => {
    const service = await gateway.addClient({ grants: ['client_credentials'], roles: ['admin'] });
    const { body } = await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', scope: 'tools:ping' }, [
      service.client.id,
      String(service.secret),
    ]);
    const browser = new PlainBrowser(gateway.url);
    const page = await browser.submit(await begin(browser), { credential: String(body['access_token']), do: 'sign-in' });
    expect(page.text).toContain('name="credential"');
    expect(page.text).not.toContain('value="allow"');
  });
});

describe('guessing', () => {
  const from = (source: string): Record<string, string> => ({ 'x-forwarded-for': source, 'x-forwarded-proto': 'http' });

  // @requirement A7.a
  it('ten wrong keys on the page block the source; its neighbours go on', async () => {
    const browser = new PlainBrowser(gateway.url);
    const page = await begin(browser);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1)
      statuses.push((await browser.submit(page, { credential: `sk-sy-000000000000-${'0'.repeat(48)}`, do: 'sign-in' }, from('203.0.113.7'))).status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    expect(statuses.at(-1)).toBe(429);
    expect(gateway.audit('auth_failed').length).toBeGreaterThan(0);
    const fine = await browser.submit(page, { credential: gateway.adminKey, do: 'sign-in' }, from('198.51.100.7'));
    expect(fine.text, 'control').toContain('value="allow"');
  });

  it('ten wrong secrets of clients block the source, the right one too; its neighbours go on', async () => {
    const { client: made, secret } = await gateway.addClient({ grants: ['client_credentials'], roles: ['user'] });
    const attempt = async (word: string, source: string): Promise<number> =>
      (await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials', scope: 'tools:ping' }, [made.id, word], from(source))).status;
    for (let count = 0; count < 10; count += 1) expect(await attempt(`sy-secret-${count}`, '203.0.113.8')).toBe(401);
    expect(await attempt(String(secret), '203.0.113.8')).toBe(429);
    expect(await attempt(String(secret), '198.51.100.8'), 'control').toBe(200);
  });

  it('ten wrong codes of devices block the source', async () => {
    const browser = new PlainBrowser(gateway.url);
    const page = await browser.open(`${gateway.url}/oauth/device`);
    let last = page;
    for (let count = 0; count < 11; count += 1)
      last = await browser.submit(last.text.includes('user_code') ? last : page, { user_code: `BCDF-GHJ${'KLMNPQRSTVW'[count]}` }, from('203.0.113.9'));
    expect(last.status).toBe(429);
  });
});

describe('devices', () => {
  const start = async (): Promise<Readonly<Record<string, unknown>>> =>
    (await post(`${gateway.url}/oauth/device-authorization`, { client_id: device, scope: 'tools:ping' })).body;
  const poll = async (code: unknown): Promise<Readonly<Record<string, unknown>>> =>
    (await post(`${gateway.url}/oauth/token`, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: device, device_code: String(code) }))
      .body;

  // @requirement A3.i
  it('a person types the code of its own device, sees what it is, agrees, and the device gets its tokens once', async () => {
    const asked = await start();
    expect(await poll(asked['device_code'])).toMatchObject({ error: 'authorization_pending' });
    const browser = new PlainBrowser(gateway.url);
    const confirm = await browser.submit(await browser.open(String(asked['verification_uri'])), { user_code: String(asked['user_code']).toLowerCase() });
    expect(confirm.text).toContain('Television');
    expect(confirm.text).toContain(String(asked['user_code']));
    expect(confirm.text).toContain('Did somebody send you this code');
    let page = await browser.submit(confirm, { confirm: 'yes' });
    page = await browser.submit(page, { credential: gateway.adminKey, do: 'sign-in' });
    expect(page.text).toContain('a device is waiting for you');
    page = await browser.submit(page, { do: 'allow' });
    expect(page.text).toContain('Your device is connected');
    expect(await poll(asked['device_code'])).toMatchObject({ scope: 'tools:ping', token_type: 'Bearer' });
    expect(await poll(asked['device_code'])).toMatchObject({ error: 'invalid_grant' });
  });

  it('a link with the code in it fills nothing in: a stranger’s code is never one click away', async () => {
    const asked = await start();
    const browser = new PlainBrowser(gateway.url);
    const page = await browser.open(String(asked['verification_uri_complete']));
    expect(page.text).not.toContain(String(asked['user_code']));
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('your own device');
    expect(page.text).toContain('Did somebody send you this code');
  });

  it('who says no ends it for the device', async () => {
    const asked = await start();
    const browser = new PlainBrowser(gateway.url);
    const confirm = await browser.submit(await browser.open(String(asked['verification_uri'])), { user_code: String(asked['user_code']) });
    await browser.submit(confirm, { abort: 'yes' });
    expect(await poll(asked['device_code'])).toMatchObject({ error: 'access_denied' });
  });

  it('a code of another browser’s form is not confirmed without its proof', async () => {
    const asked = await start();
    const browser = new PlainBrowser(gateway.url);
    await browser.open(String(asked['verification_uri']));
    const forged = await browser.request(`${gateway.url}/oauth/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: String(asked['user_code']), confirm: 'yes', xsrf: 'x' }),
    });
    expect(forged.status).toBe(400);
    expect(await poll(asked['device_code'])).toMatchObject({ error: 'authorization_pending' });
  });
});
