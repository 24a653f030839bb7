/** The program itself with a server behind it: over stdio, and when it is killed. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { cleanEnv } from '../../helpers/gateway.ts';
import { bad } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const folders: string[] = [];
const programs: ChildProcessWithoutNullStreams[] = [];

interface Client {
  readonly folder: string;
  readonly child: ChildProcessWithoutNullStreams;
  readonly heard: JsonObject[];
  ask(method: string, params?: JsonObject): Promise<JsonObject>;
}

/** A gateway over stdio as its own process, spoken to by hand. */
function startStdio(upstreams: Readonly<Record<string, JsonObject>>): Client {
  const folder = mkdtempSync(join(tmpdir(), 'sy-process-'));
  folders.push(folder);
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  writeFileSync(join(folder, 'switchyard.yaml'), JSON.stringify({ upstreams, identity: { localRoles: ['admin'] } }));
  const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), 'stdio', '--config', join(folder, 'switchyard.yaml')], {
    cwd: folder,
    env: cleanEnv({ SWITCHYARD_HOME: join(folder, 'home') }),
  });
  programs.push(child);
  const heard: JsonObject[] = [];
  const waiting = new Map<unknown, (message: JsonObject) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as JsonObject;
    heard.push(message);
    waiting.get(message['id'])?.(message);
  });
  let last = 0;
  return {
    folder,
    child,
    heard,
    ask: (method, params = {}) =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: last, method, params })}\n`);
      }),
  };
}

async function open(client: Client): Promise<void> {
  await client.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
  client.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
}

const isListed = async (client: Client, name: string): Promise<boolean> => JSON.stringify(await client.ask('tools/list')).includes(`"${name}"`);
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

afterEach(() => {
  for (const child of programs.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it('a client over stdio is told when the tools of a server have come, and calls them', async () => {
  // The server starts to speak when there is a file: after the client has seen a list without its tools.
  const folder = mkdtempSync(join(tmpdir(), 'sy-late-'));
  folders.push(folder);
  const begin = join(folder, 'begin');
  const late = `const timer = setInterval(() => { if (require('node:fs').existsSync(process.argv[3])) { clearInterval(timer); import(process.argv[1]); } }, 20)`;
  const { command, args } = bad('ok', begin);
  const client = startStdio({ it: { transport: 'stdio', command, args: ['-e', late, ...(args as readonly string[])] } });
  await open(client);
  expect(await isListed(client, 'it__echo')).toBe(false);
  writeFileSync(begin, '');
  await until(async () => await isListed(client, 'it__echo'), 'the tool is listed');
  await until(() => client.heard.some(({ method }) => method === 'notifications/tools/list_changed'), 'the client is told');
  expect(await client.ask('tools/call', { name: 'it__structured', arguments: {} })).toMatchObject({
    result: { content: [], structuredContent: { n: 7 }, _meta: { 'example.org/kept': true } },
  });
  client.child.stdin.end();
  await once(client.child, 'exit');
}, 20_000);

// @requirement G1.i
it.runIf(process.platform === 'linux')(
  'a gateway that is killed leaves no server behind that heeds the end of its input',
  async () => {
    const client = startStdio({ it: bad('ok') });
    await open(client);
    await until(async () => await isListed(client, 'it__pid'), 'the tool is listed');
    const answer = (await client.ask('tools/call', { name: 'it__pid', arguments: {} })) as { result: { content: [{ text: string }] } };
    const pid = Number(answer.result.content[0].text);
    expect(isAlive(pid)).toBe(true);
    client.child.kill('SIGKILL');
    await once(client.child, 'exit');
    await until(() => !isAlive(pid), 'the server has ended', 5000);
  },
  20_000,
);

it.runIf(process.platform === 'linux')(
  'a server that hangs delays neither the first answer nor the stop for ever',
  async () => {
    const without = startStdio({});
    const startedAt = performance.now();
    await open(without);
    const plainMs = performance.now() - startedAt;
    const notes = join(without.folder, 'notes.txt');
    const hung = startStdio({ one: bad('hang', notes), two: bad('hang', notes), three: bad('dies') });
    const againAt = performance.now();
    await open(hung);
    await hung.ask('tools/list');
    expect(performance.now() - againAt).toBeLessThan(plainMs * 2 + 500);
    await until(() => existsSync(notes) && readFileSync(notes, 'utf8').split('\n').length >= 5, 'both hang');
    hung.child.stdin.end();
    await once(hung.child, 'exit');
    // The stop has ended also what had never answered.
    const pids = readFileSync(notes, 'utf8')
      .split('\n')
      .flatMap((line) => (/^(?:start|child) /.test(line) ? [Number(line.split(' ')[1])] : []));
    expect(pids).toHaveLength(4);
    expect(pids.filter(isAlive)).toEqual([]);
  },
  30_000,
);
