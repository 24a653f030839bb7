import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, startGateway, type Gateway } from '../../helpers/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await command(gateway.home, '--json', ...args)).stdout);

describe('a running gateway', () => {
  it('says in the home how it is reached, to its user alone', () => {
    const file = join(gateway.home, 'run/serve.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pid: gateway.child.pid, url: gateway.url });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('gives `console` a fresh link that opens the page once', async () => {
    const { url } = (await json('console')) as { url: string };
    const open = async (): Promise<Response> => await fetch(url, { redirect: 'manual' });
    const first = await open();
    expect([first.status, first.headers.get('set-cookie')]).toMatchObject([303, expect.stringContaining('HttpOnly')]);
    expect((await open()).status).toBe(401);
    const page = await fetch(gateway.url, { headers: { Cookie: String(first.headers.get('set-cookie')).split(';')[0] ?? '' } });
    expect(page.status).toBe(200);
    expect(await json('audit', 'query', '--target', 'admin:console-link')).toMatchObject([{ phase: 'outcome', outcome: 'ok' }, { phase: 'intent' }]);
  });

  it('makes links for admins only', async () => {
    const { key } = (await json('keys', 'create', 'dev')) as { key: string };
    const ask = async (credential: string): Promise<Response> =>
      await fetch(`${gateway.url}/admin/console-link`, { method: 'POST', headers: { Authorization: `Bearer ${credential}` } });
    expect((await ask(key)).status).toBe(403);
    expect((await fetch(`${gateway.url}/admin/console-link`, { method: 'POST' })).status).toBe(401);
    expect((await ask(gateway.key)).status).toBe(200);
  });

  it('is called by `tools call --url`, with its own errors and their exit codes', async () => {
    const { key } = (await json('keys', 'create', 'guest', '--role', 'guest')) as { key: string };
    expect(await json('tools', 'call', 'echo', '{"message":"hi"}', '--url', `${gateway.url}/mcp`, '--key', key)).toMatchObject({
      success: true,
      data: { echo: 'hi' },
    });
    const denied = await command(gateway.home, 'tools', 'call', 'write_file', '{"path":"a","content":"b"}', '--url', gateway.url, '--key', key);
    expect([denied.code, denied.stderr]).toMatchObject([77, expect.stringMatching(/^SCOPE_MISSING .*tools:write/)]);
  });

  it('L2.a obeys the kill switch of another process within a second', async () => {
    const call = async (): Promise<number> =>
      (await fetch(`${gateway.url}/mcp/v1/tools/ping`, { method: 'POST', headers: { Authorization: `Bearer ${gateway.key}` } })).status;
    expect(await call()).toBe(200);
    const { id } = (await json('kill', 'on', 'tool', 'ping')) as { id: string };
    await expect.poll(call, { timeout: 1000, interval: 50 }).toBe(403);
    await command(gateway.home, 'kill', 'off', id);
    await expect.poll(call, { timeout: 1000, interval: 50 }).toBe(200);
  });

  it('is found by doctor, which does not complain about its port', async () => {
    const { findings } = (await json('doctor')) as { findings: { id: string; level: string; message: string }[] };
    const of = (id: string): unknown => findings.find((finding) => finding.id === id);
    expect([of('gateway'), of('port')]).toMatchObject([
      { level: 'ok', message: expect.stringContaining('takes the admin key') },
      { level: 'ok', message: expect.stringContaining(gateway.url) },
    ]);
  });
});

describe('a gateway that has stopped', () => {
  it('leaves no address behind', async () => {
    const other = await startGateway();
    const file = join(other.home, 'run/serve.json');
    expect(existsSync(file)).toBe(true);
    await other.end('SIGINT');
    expect(existsSync(file)).toBe(false);
    expect((await command(other.home, 'console')).code).toBe(69);
    await other.stop();
  });
});
