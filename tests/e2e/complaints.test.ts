/**
 * What people complain about in gateways for MCP servers, each thread as a test of its own, through the shipped program.
 * Two threads are tested elsewhere: the flood of tools (tests/integration/tools: tools_search and its threshold), and slow
 * starts and slow pages of gateways that log into a database (bench/start.ts; nothing here logs requests into one).
 *
 * @requirement G1.o
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { command, type Gateway, makeHome, projectOf, removeHome, startGateway, startStdio, type StdioClient } from '../helpers/gateway.ts';
import { bad, GOOD } from '../helpers/upstream-gateway.ts';
import { until } from '../helpers/until.ts';
import { legacy } from '../helpers/mcp-http.ts';

let home: string;
const clients: StdioClient[] = [];
beforeAll(() => {
  home = makeHome();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
});
afterAll(() => removeHome(home));

const resultOf = (answer: JsonObject | undefined): JsonObject => (isObject(answer?.['result']) ? answer['result'] : {});
const namesOf = (answer: JsonObject | undefined): string[] => (resultOf(answer)['tools'] as readonly { readonly name: string }[]).map(({ name }) => name);

function stdio(upstreams: Readonly<Record<string, unknown>>, more: JsonObject = {}): StdioClient {
  const client = startStdio(home, { env: { SWITCHYARD_UPSTREAMS: JSON.stringify(upstreams), ...more } as Record<string, string> });
  clients.push(client);
  return client;
}

const toolsOf = async (client: StdioClient): Promise<string[]> => namesOf(await client.request('tools/list'));

describe('thread 1 and 14: a package runner that resolves anew at every start, and does not exist on Windows', () => {
  it.each(['claude-code', 'cursor', 'vscode', 'codex'])('%s is given Node and the script by absolute paths', async (name) => {
    const { stdout, code } = await command(home, 'connect', name, '--print');
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/\bnpx\b/);
    expect(stdout).toContain(JSON.stringify(process.execPath).slice(1, -1));
    expect(stdout).toMatch(/[/\\]main\.js/);
  });
});

describe('thread 2: a server that takes long to start makes its client give up', () => {
  it('the client is answered at once, and told when the tools have come', async () => {
    const late = 'setTimeout(() => import(process.argv[1]), 1500)';
    const script = join(import.meta.dirname, '../helpers/mcp-stdio-server.ts');
    const client = stdio({ slow: { transport: 'stdio', command: process.execPath, args: ['-e', late, script] } });
    expect(resultOf(await client.initialize())['serverInfo']).toBeDefined();
    expect((await toolsOf(client)).some((tool) => tool.startsWith('slow__'))).toBe(false);
    await until(async () => (await toolsOf(client)).some((tool) => tool.startsWith('slow__')), 'the tools have come', 30_000);
    await until(() => client.lines().some((line) => line.includes('notifications/tools/list_changed')), 'the client is told');
  });
});

describe('thread 3 and 7: servers that vanish without a word, and errors that say nothing', () => {
  it('a server that does not start is named by the status tool and by doctor, with what it wrote and a fix', async () => {
    const client = stdio({ dead: bad('dies'), good: GOOD });
    await client.initialize();
    await until(async () => (await toolsOf(client)).some((tool) => tool.startsWith('good__')), 'the good one is there', 30_000);
    const status = async (): Promise<string> => JSON.stringify(await client.request('tools/call', { name: 'platform_status', arguments: {} }));
    await until(async () => (await status()).includes('ended with code 3'), 'the status tells why');
    writeFileSync(join(projectOf(home), 'switchyard.yaml'), JSON.stringify({ upstreams: { dead: bad('dies') } }));
    const { stdout, code } = await command(home, 'doctor');
    expect(stdout).toContain('the licence key is missing');
    expect(code).not.toBe(0);
    writeFileSync(join(projectOf(home), 'switchyard.yaml'), '{}');
  });
});

describe('thread 5: what is shown lies in a database that nobody can review', () => {
  it('a changed list of tools is a changed line of a file, in force without a restart', async () => {
    const own = makeHome();
    const file = join(projectOf(own), 'switchyard.yaml');
    const text = (allow: string): string =>
      `upstreams:\n  it:\n    transport: stdio\n    command: ${process.execPath}\n    args: ${JSON.stringify(bad('ok')['args'])}\n    tools: { allow: [${allow}] }\n`;
    writeFileSync(file, text('echo'));
    const gateway: Gateway = await startGateway({ home: own });
    const listed = async (): Promise<string[]> => {
      const { json } = await legacy(`${gateway.url}/mcp`, 'tools/list', {}, { token: gateway.key });
      return namesOf(json).filter((name) => name.startsWith('it__'));
    };
    try {
      await until(async () => (await listed()).length > 0, 'the tool is listed', 30_000);
      expect(await listed()).toEqual(['it__echo']);
      writeFileSync(file, text('echo, pid'));
      await until(async () => (await listed()).length === 2, 'the other tool is listed');
    } finally {
      await gateway.stop();
      removeHome(own);
    }
  });
});

describe('thread 6: a default password', () => {
  it('there is none: the first start writes a key of its own, for its owner alone', async () => {
    const [one, two] = [await startGateway(), await startGateway()];
    try {
      expect(one.key).not.toBe(two.key);
      expect(statSync(join(one.home, 'admin.key')).mode & 0o777).toBe(0o600);
      for (const token of ['admin', 'changeme', 'password', '']) {
        const { status } = await fetch(`${one.url}/mcp/capabilities`, { headers: { authorization: `Bearer ${token}` } });
        expect(status).toBe(401);
      }
    } finally {
      await one.stop();
      await two.stop();
    }
  });
});

describe('thread 8: clients that keep a stale list', () => {
  it('are promised notices of changes in every revision', async () => {
    const client = stdio({});
    const { capabilities } = resultOf(await client.initialize()) as { readonly capabilities: Record<string, unknown> };
    for (const kind of ['tools', 'resources', 'prompts']) expect(capabilities[kind], kind).toMatchObject({ listChanged: true });
  });
});

describe('thread 9: a secret that is missing becomes a word that looks like one', () => {
  it('what has no value is told with its place and a fix, and nothing is sent in its stead', async () => {
    const own = makeHome();
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(JSON.stringify(request.rawHeaders));
      response.writeHead(401).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const upstream = { transport: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: { 'X-Key': '${NOWHERE_SET}', 'X-Plain': 'here' } };
    writeFileSync(join(projectOf(own), 'switchyard.yaml'), JSON.stringify({ upstreams: { it: upstream } }, null, 2));
    const { stdout } = await command(own, 'doctor');
    server.close();
    removeHome(own);
    expect(stdout).toMatch(/upstreams\.it\.headers\.X-Key has no value: the variable NOWHERE_SET is not set[\s\S]*Set NOWHERE_SET in the environment/);
    expect(heard.some((headers) => headers.includes('X-Plain') || headers.includes('x-plain'))).toBe(true);
    expect(heard.join()).not.toMatch(/x-key|UNKNOWN|undefined|NOWHERE/i);
  });
});

describe('thread 10: a tool that is hidden, and nobody is told why', () => {
  it('tools why says which rule hides it', async () => {
    const { stdout } = await command(home, 'tools', 'why', 'write_file', '--as', 'guest');
    expect(stdout).toMatch(/may not call write_file/);
    expect(stdout).toMatch(/Lacks tools:write/);
  });
});

describe('thread 11: something that is no protocol on stdout', () => {
  it('every line of a start parses, also with servers that print banners', async () => {
    const client = stdio({ chatty: bad('banner') });
    await client.initialize();
    await until(async () => (await toolsOf(client)).some((tool) => tool.startsWith('chatty__')), 'the chatty one is there', 30_000);
    await client.request('tools/call', { name: 'chatty__echo', arguments: { words: 'hi' } });
    for (const line of client.lines()) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
  });
});

describe('thread 13: a call that takes longer than the client waits', () => {
  it('a client that gave a progress token hears progress of a slow server', async () => {
    const client = stdio({ it: bad('ok') });
    await client.initialize();
    await until(async () => (await toolsOf(client)).includes('it__slow_progress'), 'the tool is listed', 30_000);
    await client.request('tools/call', { name: 'it__slow_progress', arguments: {}, _meta: { progressToken: 'p' } });
    const heard = client.lines().filter((line) => line.includes('notifications/progress'));
    expect(heard.length).toBe(8);
  });
});

describe('thread 14: pages that a client takes for an answer about authorization', () => {
  it('everything below /.well-known that is not there is JSON, and a header that is right is enough', async () => {
    const gateway = await startGateway();
    try {
      for (const path of ['openid-configuration', 'oauth-authorization-server', 'oauth-authorization-server/mcp', 'nonsense']) {
        const response = await fetch(`${gateway.url}/.well-known/${path}`);
        expect(response.status, path).toBe(404);
        expect(response.headers.get('content-type'), path).toMatch(/json/);
        expect(isObject(await response.json())).toBe(true);
      }
      const { status } = await fetch(`${gateway.url}/mcp/capabilities`, { headers: { authorization: `Bearer ${gateway.key}` } });
      expect(status).toBe(200);
    } finally {
      await gateway.stop();
    }
  });
});
