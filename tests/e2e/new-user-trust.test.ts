/**
 * The walk of a new user through what guards the gateway: the challenge, the Inspector in a real browser, a service with
 * scopes, and code that attacks from within the sandbox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { chromiumPath, startChromium } from '../helpers/chromium.ts';
import { freePort } from '../helpers/free-port.ts';
import { auditOf, cleanEnv, commandJson, type Gateway, makeHome, projectOf, removeHome, startGateway, verifyHome } from '../helpers/gateway.ts';
import { callWith, post } from '../helpers/issuer.ts';
import { noNative } from '../helpers/native-sandbox.ts';
import { installNode } from '../helpers/on-demand.ts';

const inspector = await installNode('inspector');
const noFence = await noNative();

describe('with no configuration', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  // @requirement A2.l
  it('an anonymous call is refused with a challenge that the official client follows; with a key it connects', async () => {
    const endpoint = new URL(`${gateway.url}/mcp`);
    const refused = await post(endpoint.href, {});
    expect(refused.status).toBe(401);
    const asked: string[] = [];
    const watched: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      asked.push(`${new URL(input instanceof Request ? input.url : input).pathname} ${answer.status}`);
      return answer;
    };
    const authProvider = {
      redirectUrl: 'http://127.0.0.1/callback',
      clientMetadata: { client_name: 'new user', redirect_uris: ['http://127.0.0.1/callback'] },
      clientInformation: () => undefined,
      tokens: () => undefined,
      saveTokens: () => undefined,
      redirectToAuthorization: () => undefined,
      saveCodeVerifier: () => undefined,
      codeVerifier: () => '',
    };
    // Nobody issues tokens here: the client learns that from the metadata that the challenge names, and ends.
    await expect(
      new Client({ name: 'anonymous', version: '1' }).connect(new StreamableHTTPClientTransport(endpoint, { fetch: watched, authProvider })),
    ).rejects.toThrow();
    expect(asked.slice(0, 2)).toEqual(['/mcp 401', '/.well-known/oauth-protected-resource/mcp 200']);
    const client = new Client({ name: 'with a key', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit: { headers: { Authorization: `Bearer ${gateway.key}` } } }));
    expect((await client.callTool({ name: 'ping', arguments: {} })).structuredContent).toMatchObject({ success: true });
    await client.close();
  });
});

describe('with identity.issuer: embedded', () => {
  const home = makeHome();
  let gateway: Gateway;
  beforeAll(async () => {
    writeFileSync(join(projectOf(home), 'switchyard.yaml'), 'identity:\n  issuer: embedded\n');
    gateway = await startGateway({ home });
  });
  afterAll(async () => {
    await gateway.stop();
    removeHome(home);
  });

  const json = (...args: readonly string[]): Promise<JsonObject> => commandJson(home, ...args);

  // @requirement A3.l A3.p
  it('the MCP Inspector connects: a person signs in and allows in Chromium, and it lists what the scopes give', async (context) => {
    context.skip(inspector.missing !== undefined, inspector.missing);
    context.skip(chromiumPath === undefined, 'needs chromium');
    const made = await json(
      'clients',
      'create',
      'inspector',
      '--grant',
      'authorization_code',
      '--public',
      '--redirect',
      'http://127.0.0.1/oauth/callback',
      '--scope',
      'tools:ping',
      'tools:read',
    );
    const { key } = await json('keys', 'create', 'me', '--role', 'developer');
    const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
    const asking = startInspector(home, `${gateway.url}/mcp`, ['--client-id', String(made['id']), '--callback-url', callback, '--method', 'tools/list']);
    const browser = await startChromium();
    try {
      const shown = async (expression: string): Promise<void> =>
        await expect
          .poll(() => browser.page.evaluate<boolean>(`document.readyState === 'complete' && Boolean(${expression})`).catch(() => false), { timeout: 15_000 })
          .toBe(true);
      await browser.page.goto(await asking.address);
      await shown(`document.querySelector('#credential')`);
      await browser.page.evaluate(`document.querySelector('#credential').focus()`);
      await browser.page.send('Input.insertText', { text: String(key) });
      await browser.page.evaluate(`document.querySelector('button[value=sign-in]').click()`);
      await shown(`document.querySelector('button[value=allow]')`);
      expect(await browser.page.evaluate<string>('document.body.innerText')).toContain('inspector');
      await browser.page.evaluate(`document.querySelector('button[value=allow]').click()`);
      const { tools } = JSON.parse(await asking.output) as { readonly tools: readonly { readonly name: string }[] };
      const names = tools.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['ping', 'read_file']));
      expect(names, 'beyond the scopes that were given').not.toContain('write_file');
    } finally {
      asking.child.kill('SIGKILL');
      await browser.close();
    }
  }, 60_000);

  // @requirement A3.d S1.h S1.j
  it('a service gets client credentials, does what its scopes say and nothing else; its code in the sandbox does no harm', async (context) => {
    const made = await json('clients', 'create', 'nightly', '--scope', 'tools:execute', 'tools:ping', '--role', 'developer');
    const { body } = await post(`${gateway.url}/oauth/token`, { grant_type: 'client_credentials' }, [String(made['id']), String(made['client_secret'])]);
    const token = body['access_token'];
    expect((await callWith(gateway, token)).status).toBe(200);
    const beyond = await callWith(gateway, token, 'read_file', { path: 'x' });
    expect(beyond.status).toBe(403);

    context.skip(noFence !== undefined, noFence);
    const secret = join(home, 'admin.key');
    const [host, port] = [new URL(gateway.url).hostname, new URL(gateway.url).port];
    const watch = watchHealth(gateway.url);
    const run = async (code: string): Promise<JsonObject> => {
      const response = await fetch(`${gateway.url}/mcp/v1/tools/execute_python`, {
        method: 'POST',
        headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
      const { data } = (await response.json()) as { readonly data: JsonObject };
      return data;
    };
    expect(await run('print(6 * 7)'), 'control').toMatchObject({ stdout: '42\n', exit_code: 0, limits_hit: [] });
    expect(await run('import os\nwhile True:\n  os.fork()\n')).toMatchObject({ limits_hit: ['processes'] });
    expect(await run('x = []\nwhile True:\n  x.append(bytearray(20_000_000))\n')).toMatchObject({ limits_hit: ['memory'] });
    const read = await run(
      `for path in (${JSON.stringify(secret)}, '/etc/passwd'):\n  try: print(open(path).read())\n  except OSError as error: print(type(error).__name__)\n`,
    );
    expect(read).toMatchObject({ stdout: 'FileNotFoundError\nFileNotFoundError\n' });
    const connected = await run(
      `import socket\ntry: socket.create_connection(('${host}', ${port}), 2); print('CONNECTED')\nexcept OSError as error: print(type(error).__name__)\n`,
    );
    expect(connected['stdout']).toMatch(/^(?:ConnectionRefusedError|OSError)\n$/);

    const { answers, slowestMs } = await watch.end();
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    expect(answers.length).toBeGreaterThan(3);
    expect(slowestMs).toBeLessThan(2_000);
    expect(gateway.child.exitCode).toBe(null);
    const records = (await auditOf(home)).filter(({ principal }) => principal === `client:${String(made['id'])}`);
    expect(records.filter(({ event }) => event === 'sandbox_violation').map(({ detail }) => detail)).toMatchObject([
      { limits: 'processes' },
      { limits: 'memory' },
    ]);
    const outcomes = records.filter(({ event, phase, target }) => event === 'tool_executed' && phase === 'outcome' && target === 'tool:execute_python');
    expect(outcomes).toHaveLength(5);
    expect(records).toContainEqual(expect.objectContaining({ event: 'permission_denied', target: 'tool:read_file', decision: 'deny' }));
    expect(await verifyHome(home)).toMatchObject({ ok: true });
  }, 60_000);
});

/** Asks for the health all the time: an attack that the gateway notices would show. */
function watchHealth(url: string): { end(): Promise<{ readonly answers: readonly number[]; readonly slowestMs: number }> } {
  const answers: number[] = [];
  let [isOver, slowestMs] = [false, 0];
  const asking = (async () => {
    while (!isOver) {
      const started = performance.now();
      answers.push(
        await fetch(`${url}/health`).then(
          ({ status }) => status,
          () => 0,
        ),
      );
      slowestMs = Math.max(slowestMs, performance.now() - started);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await asking;
      return { answers, slowestMs };
    },
  };
}

/** The Inspector as a person without a window system has it: it prints the address to open. */
function startInspector(
  home: string,
  url: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly address: Promise<string>; readonly output: Promise<string> } {
  const tools = join(home, '../bin');
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'xdg-open'), '#!/bin/sh\nexit 0\n');
  chmodSync(join(tools, 'xdg-open'), 0o755);
  const script = join(inspector.folder, 'node_modules/.bin/mcp-inspector');
  const child = spawn(process.execPath, [script, '--cli', url, '--transport', 'http', '--quiet', ...args], {
    cwd: projectOf(home),
    env: cleanEnv({
      HOME: projectOf(home),
      MCP_AUTO_OPEN_ENABLED: 'true',
      MCP_INSPECTOR_SECRET_STORE: 'memory',
      PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const output = new Promise<string>((resolve, reject) => {
    child.once('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`the Inspector ended with ${String(code)}: ${stdout}${stderr}`))));
  });
  output.catch(() => undefined);
  const address = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const found = /navigate to: (\S+)\s/.exec(stderr)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`the Inspector ended: ${stderr}`)));
  });
  return { child, address, output };
}
