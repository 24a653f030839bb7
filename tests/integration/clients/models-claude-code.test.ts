/** Claude Code itself, offline: its models are behind the gateway, natively and converted. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { startClientGateway, type ClientGateway } from '../../helpers/client-gateway.ts';
import { type Installed, installNode } from '../../helpers/on-demand.ts';
import { claudeOf, runInstalled } from '../../helpers/installed-client.ts';

/** A request of Claude Code, as it left it. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
}
interface Recorder {
  readonly url: string;
  readonly sent: Sent[];
  stop(): Promise<void>;
}

let claude: Installed;
let gateway: ClientGateway;
let recorder: Recorder;
let folder = '';
beforeAll(async () => {
  [claude, gateway] = await Promise.all([installNode('claude-code'), startClientGateway()]);
  recorder = await startRecorder(gateway.url);
  folder = mkdtempSync(join(tmpdir(), 'sy-claude-'));
  mkdirSync(join(folder, 'claude-home'));
  writeFileSync(join(folder, 'note.txt'), 'The word is heron.\n');
}, 300_000);
afterAll(async () => {
  await recorder.stop();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  if (claude.missing !== undefined) context.skip(claude.missing);
  recorder.sent.splice(0);
  gateway.vendor.requests.splice(0);
});

/** Stands in front of the gateway, changes nothing and remembers what passes. */
async function startRecorder(target: string): Promise<Recorder> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const body = Buffer.concat(pieces);
      const onward = httpRequest(target + path, { method, headers: { ...headers, host: new URL(target).host } }, (answer) => {
        sent.push({ method, path, headers, body: body.toString(), status: answer.statusCode ?? 0 });
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    sent,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One `claude -p` with a home of its own and no way out but the gateway. */
async function converse(prompt: string, own: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<JsonObject> {
  const given = ['-p', prompt, '--allowedTools', 'Read', '--output-format', 'json', ...args];
  const place = { home: join(folder, 'claude-home'), cwd: folder, env: { ANTHROPIC_BASE_URL: recorder.url, ...own } };
  const { code, stdout, stderr } = await runInstalled(claudeOf(claude), given, place);
  if (code !== 0) {
    const sent = recorder.sent.map(({ body, headers, ...rest }) => ({ ...rest, size: body.length, agent: headers['user-agent'] }));
    throw new Error(`${stdout}\n${stderr}\n${JSON.stringify(sent)}`);
  }
  const result: unknown = JSON.parse(stdout);
  return isObject(result) ? result : {};
}

const READ = (): string => `Please call Read with ${JSON.stringify({ file_path: join(folder, 'note.txt') })}`;

// @requirement D3.c
describe('Claude Code', () => {
  it.each([
    ['ANTHROPIC_AUTH_TOKEN', () => ({ ANTHROPIC_AUTH_TOKEN: gateway.key })],
    ['ANTHROPIC_API_KEY', () => ({ ANTHROPIC_API_KEY: gateway.key })],
  ])('with its key in %s reads a file by its own tool, with the models it asks for by itself', async (_name, key) => {
    expect(await converse(READ(), key())).toMatchObject({ is_error: false, result: expect.stringContaining('heron') as string });
    // What the provider got is what Claude Code sent, byte by byte: the fields of prompt caching among it.
    const messages = recorder.sent.filter(({ path }) => path.startsWith('/v1/messages?'));
    expect(messages.length).toBeGreaterThan(1);
    expect(gateway.vendor.requests.map(({ body }) => body.toString())).toEqual(messages.map(({ body }) => body));
    expect(messages.every(({ body }) => body.length > 20_000 && body.includes('"cache_control"'))).toBe(true);
    for (const [index, { headers }] of gateway.vendor.requests.entries()) {
      expect(headers['anthropic-beta']).toBe(messages[index]?.headers['anthropic-beta']);
      expect(headers['anthropic-version']).toBe(messages[index]?.headers['anthropic-version']);
      expect(JSON.stringify(headers)).not.toContain(gateway.key);
    }
    expect(recorder.sent.every(({ status }) => status === 200)).toBe(true);
  });

  it.each(['coder', 'coder-compatible', 'coder-gemini'])('works with %s, an alias whose provider speaks another dialect', async (alias) => {
    const result = await converse(READ(), { ANTHROPIC_AUTH_TOKEN: gateway.key, ANTHROPIC_DEFAULT_HAIKU_MODEL: alias }, '--model', alias);
    expect(result).toMatchObject({ is_error: false, result: expect.stringContaining('heron') as string });
    expect(recorder.sent.every(({ status }) => status === 200)).toBe(true);
  });

  it('gets the whole answer of the next provider where the gateway holds answers back until they are whole', async () => {
    const own = { ANTHROPIC_AUTH_TOKEN: gateway.key, ANTHROPIC_CUSTOM_HEADERS: 'X-Switchyard-Hold-Back: complete' };
    const result = await converse('!cut this answer, which is long enough to be cut in the middle', own, '--model', 'safe-anthropic');
    expect(result).toMatchObject({ is_error: false, result: expect.stringMatching(/You said: .*cut in the middle ä€😀$/su) as string });
  });

  it('never takes half an answer for a whole one: where the gateway cannot begin anew, it says that it failed', async () => {
    const asked = converse('!cut this answer, which is long enough to be cut in the middle', {
      ANTHROPIC_AUTH_TOKEN: gateway.key,
      CLAUDE_CODE_MAX_RETRIES: '1',
    });
    await expect(asked).rejects.toThrow(/"is_error":true.*API Error/s);
  });

  it('is told that its key is wrong, and does not try it again and again', async () => {
    const key = 'sk-sy-000000000000-000000000000000000000000000000000000000000000000';
    await expect(converse('Hi', { ANTHROPIC_AUTH_TOKEN: key })).rejects.toThrow(/401/);
    expect(recorder.sent.filter(({ path }) => path.startsWith('/v1/messages?')).length).toBeLessThanOrEqual(2);
  });
});

// @requirement D3.c
describe('what Claude Code sends besides', () => {
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${gateway.key}`,
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'token-counting-2024-11-01',
  });

  it('HEAD / only tries the connection: it is answered, and needs no provider', async () => {
    expect((await fetch(`${gateway.url}/`, { method: 'HEAD' })).status).toBe(401);
    expect(gateway.vendor.requests).toEqual([]);
  });

  it('tokens are counted with ?beta=true', async () => {
    const body = JSON.stringify({ model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hi' }], tools: [] });
    const response = await fetch(`${gateway.url}/v1/messages/count_tokens?beta=true`, { method: 'POST', headers: headers(), body });
    expect([response.status, await response.json()]).toEqual([200, { input_tokens: 20 }]);
    expect(gateway.vendor.requests.at(-1)).toMatchObject({ headers: { 'anthropic-beta': 'token-counting-2024-11-01' } });
    expect(gateway.vendor.requests.at(-1)?.body.toString()).toBe(body);
  });

  it('16 requests of 110 KB at once, each with its own answer', async () => {
    const bodies = Array.from({ length: 16 }, (_, index) =>
      JSON.stringify({
        model: 'claude-sonnet-5-5',
        max_tokens: 50,
        stream: index % 2 === 0,
        system: [{ type: 'text', text: 'x'.repeat(110_000), cache_control: { type: 'ephemeral', ttl: '1h' } }],
        messages: [{ role: 'user', content: `Nr ${index}.` }],
      }),
    );
    const answers = await Promise.all(
      bodies.map(async (body) => await (await fetch(`${gateway.url}/v1/messages?beta=true`, { method: 'POST', headers: headers(), body })).text()),
    );
    for (const [index, answer] of answers.entries()) {
      const told = answer.startsWith('{') ? answer : [...answer.matchAll(/"text_delta","text":"([^"]*)"/g)].map(([, piece]) => piece).join('');
      expect(told).toContain(`Nr ${index}.`);
    }
    expect(gateway.vendor.requests.map(({ body }) => body.toString()).toSorted()).toEqual(bodies.toSorted());
  });
});
