/** DNS rebinding and foreign pages. Every refusal has a control: with the name listed, the same request arrives. */
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpEdgeOptions } from '../../../src/doors/http/edge.ts';
import { startEdge, type EdgeBench } from '../../helpers/edge.ts';
import { ask } from '../../helpers/raw-http.ts';

let bench: EdgeBench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

async function start(options: Partial<HttpEdgeOptions> = {}): Promise<EdgeBench> {
  await bench?.stop();
  bench = await startEdge(options);
  return bench;
}

const errorCode = (body: string): unknown => (JSON.parse(body) as { error: { code: unknown } }).error.code;

describe('D8.a Host', () => {
  it.each([
    'localhost',
    'localhost:PORT',
    'LOCALHOST:PORT',
    'LocalHost',
    'localhost:1',
    'localhost:65535',
    '127.0.0.1',
    '127.0.0.1:PORT',
    '127.0.0.1:8080',
    '[::1]',
    '[::1]:PORT',
  ])('lets %s in', async (template) => {
    const { port } = await start();
    expect((await ask(port, '/api', [['Host', template.replace('PORT', String(port))]])).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    'localhost.evil.example',
    'evil-localhost',
    'localhost.',
    'xn--localhost-',
    '127.0.0.2',
    '127.0.0.1.evil.example',
    '127.1',
    '0.0.0.0',
    '0.0.0.0:PORT',
    '2130706433',
    '0x7f.0.0.1',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
    '192.168.1.10',
    'metadata.google.internal',
    'router.local:PORT',
  ])('refuses %s, until it is listed', async (template) => {
    const { port } = await start();
    const named = (listening: number): string => template.replace('PORT', String(listening));
    const refused = await ask(port, '/api', [['Host', named(port)]]);
    expect(refused.status).toBe(403);
    expect(errorCode(refused.body)).toBe('HOST_REFUSED');
    expect(bench?.seen).toEqual([]);
    const control = await start({ allowedHosts: [template.replace(':PORT', '')] });
    expect((await ask(control.port, '/api', [['Host', named(control.port)]])).status).toBe(200);
  });

  it.each([
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost:PORT@evil',
    'localhost/',
    'localhost#',
    'localhost?',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    'localhost:PORT:PORT',
    'localhost:+80',
    'localhost, evil.example',
    'localhost evil.example',
    '[::1',
    '::1',
    '[::1]evil',
    '[::1%25lo]',
    'localhost%00',
    'localhost\\',
    'löcalhost',
    '',
    ' ',
  ])('refuses the malformed authority %j', async (template) => {
    const { port } = await start();
    const answer = await ask(port, '/api', [['Host', template.replaceAll('PORT', String(port))]]);
    expect([400, 403]).toContain(answer.status);
    expect(bench?.seen).toEqual([]);
  });

  it('refuses a request without Host, and one with two', async () => {
    const { port } = await start();
    expect((await ask(port, '/api', [])).status).toBe(400);
    expect(
      (
        await ask(port, '/api', [
          ['Host', 'localhost'],
          ['Host', 'localhost'],
        ])
      ).status,
    ).toBe(400);
    expect(
      (
        await ask(port, '/api', [
          ['Host', 'localhost'],
          ['hOST', 'evil.example'],
        ])
      ).status,
    ).toBe(400);
    expect(bench?.seen).toEqual([]);
  });

  it('accepts a host that is listed with a port only with that port', async () => {
    const { port } = await start({ allowedHosts: ['gw.example:8443', 'any.example', '2001:db8::1'] });
    const status = async (host: string): Promise<number> => (await ask(port, '/api', [['Host', host]])).status;
    expect(await status('gw.example:8443')).toBe(200);
    expect(await status('GW.example:8443')).toBe(200);
    expect(await status('gw.example')).toBe(403);
    expect(await status('gw.example:80')).toBe(403);
    expect(await status('any.example:1234')).toBe(200);
    expect(await status('[2001:db8::1]:99')).toBe(200);
  });

  it.each(['*', 'http://x', 'a b', 'x/y', ''])('does not start with %j in the list', async (listed) => {
    await expect(startEdge({ allowedHosts: [listed] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('D8.b Origin', () => {
  const host = (port: number) => ['Host', `localhost:${port}`] as const;

  it('lets a request without Origin and one of the same origin in', async () => {
    const { port } = await start();
    expect((await ask(port, '/api', [host(port)])).status).toBe(200);
    const own = await ask(port, '/api', [host(port), ['Origin', `http://localhost:${port}`]]);
    expect(own.status).toBe(200);
    expect(own.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    'null',
    'http://evil.example',
    'https://evil.example',
    'http://localhost',
    'http://localhost:1',
    'https://localhost:PORT',
    'http://127.0.0.1:PORT',
    'http://localhost:PORT.evil.example',
    'http://localhost:PORT@evil.example',
    'http://evil.example/localhost:PORT',
    'http://LOCALHOST.evil:PORT',
    'file://',
    'chrome-extension://abcdefghijklmnop',
    'http://localhost:PORT, http://evil.example',
    'http://localhost:PORT http://evil.example',
    'moz-extension://x',
    'vscode-webview://x',
    'http://[::1]:PORT',
    '',
    'javascript:alert(1)',
    'http://localhost:PORT/',
  ])('refuses %j', async (template) => {
    const { port } = await start();
    const origin = template.replaceAll('PORT', String(port));
    const refused = await ask(port, '/api', [host(port), ['Origin', origin]], { method: 'POST' });
    expect(refused.status).toBe(403);
    expect(errorCode(refused.body)).toBe('ORIGIN_REFUSED');
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    expect(bench?.seen).toEqual([]);
  });

  it.each(['http://evil.example', 'https://evil.example:8443', 'http://127.0.0.1:9', 'http://localhost:1'])('lets %s in once it is listed', async (origin) => {
    const { port } = await start({ allowedOrigins: [origin] });
    const answer = await ask(port, '/api', [host(port), ['Origin', origin]]);
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect(answer.headers['vary']).toBe('Origin');
    expect((await ask(port, '/api', [host(port), ['Origin', 'http://other.example']])).status).toBe(403);
  });

  it.each(['*', 'null', 'https://a.example/', 'https://a.example/path', 'a.example', 'https://*.a.example', 'https://user@a.example'])(
    'does not start with %j in the list',
    async (listed) => {
      await expect(startEdge({ allowedOrigins: [listed] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );

  it('answers a preflight of a listed origin without reaching a mount, and of no other', async () => {
    const { port } = await start({ allowedOrigins: ['https://app.example'] });
    const preflight = (origin: string, wanted: string) =>
      ask(port, '/api', [host(port), ['Origin', origin], ['Access-Control-Request-Method', 'POST'], ['Access-Control-Request-Headers', wanted]], {
        method: 'OPTIONS',
      });
    const yes = await preflight('https://app.example', 'authorization, content-type, mcp-param-x');
    expect(yes.status).toBe(204);
    expect(yes.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-headers': 'authorization, content-type, mcp-param-x',
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
      'access-control-max-age': '600',
    });
    expect((await preflight('https://app.example', 'bad header(')).headers['access-control-allow-headers']).toBeUndefined();
    const no = await preflight('https://evil.example', 'authorization');
    expect(no.status).toBe(403);
    expect(no.headers['access-control-allow-origin']).toBeUndefined();
    expect(bench?.seen).toEqual([]);
  });

  it('has no CORS at all when nothing is listed', async () => {
    const { port } = await start();
    const answer = await ask(port, '/api', [host(port), ['Origin', `http://localhost:${port}`], ['Access-Control-Request-Method', 'POST']], {
      method: 'OPTIONS',
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
