import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  auditOf,
  bin,
  dataOf,
  errorCodeOf,
  type Gateway,
  makeHome,
  type Program,
  projectOf,
  removeHome,
  startGateway,
  startProgram,
  startStdio,
  type StdioClient,
  verifyHome,
  waitForOutput,
} from '../../helpers/gateway.ts';

const programs: Program[] = [];
/** Ended after each test, whatever became of it. */
const keep = <Kept extends Program>(program: Kept): Kept => {
  programs.push(program);
  return program;
};
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
});

const echo = { name: 'echo', arguments: { message: 'hello' } };
const CALLS = 5;
const MAX_END_MS = 4000;

/** Milliseconds until the process has ended. */
async function timeToEnd({ ended }: Program): Promise<number> {
  const startedAt = performance.now();
  await ended;
  return performance.now() - startedAt;
}

let gateway: Gateway;
let lonely: string;
beforeAll(async () => {
  gateway = await startGateway();
  lonely = makeHome();
});
afterAll(async () => {
  removeHome(lonely);
  await gateway.stop();
});

describe.each(['alone', 'attached'] as const)('a stdio process, %s', (how) => {
  const home = (): string => (how === 'alone' ? lonely : gateway.home);
  const start = (options: Parameters<typeof startStdio>[1] = {}): StdioClient => keep(startStdio(home(), options));

  it('D1.a: writes nothing but protocol lines to stdout, also when a loaded module prints', async () => {
    const noise = join(projectOf(home()), 'noise.mjs');
    writeFileSync(
      noise,
      `
      const print = () => { console.log('noise'); console.table([{ noise: 1 }]); console.dir({ noise: 2 }); process.stdout.write('more noise\\n'); };
      setInterval(print, 5).unref();
    `,
    );
    const client = start({ env: { NODE_OPTIONS: `--import=${noise}` } });
    await client.initialize();
    for (let count = 0; count < 20; count += 1) await client.request('tools/call', echo);
    await client.request('no/such/method');
    client.child.stdin.write('not json\n');
    await waitForOutput(client, () => (client.stderr().includes('more noise') && client.lines().length >= 23 ? true : undefined));
    client.child.stdin.end();
    expect(await client.ended).toEqual({ code: 0, signal: null });
    for (const line of client.stdout().split('\n').slice(0, -1)) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(client.stdout().endsWith('\n')).toBe(true);

    // The same module does reach the stdout of a program without the guard.
    const control = keep(
      startProgram(bin, { args: ['--version'], env: { NODE_OPTIONS: `--import=${noise.replace('noise.mjs', 'control.mjs')}` }, cwd: projectOf(home()) }),
    );
    writeFileSync(noise.replace('noise.mjs', 'control.mjs'), "console.log('noise');");
    await control.ended;
    expect(control.stdout()).toContain('noise');
  });

  it('D1.b: ends at the end of its input, after the answers to what was sent', async () => {
    const client = start();
    const messages = [
      { jsonrpc: '2.0', id: 'i', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      ...Array.from({ length: CALLS }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: echo })),
    ];
    client.child.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
    expect(await timeToEnd(client)).toBeLessThan(MAX_END_MS);
    expect(await client.ended).toEqual({ code: 0, signal: null });
    expect(
      client
        .lines()
        .map((line) => (JSON.parse(line) as { id: unknown }).id)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 'i'].sort());
  });

  it('D1.b: takes half a line before the end of input for a line, and answers it', async () => {
    const client = start();
    await client.initialize();
    client.child.stdin.end('{"jsonrpc":"2.0","id":7,"method":"tools/ca');
    expect(await client.ended).toEqual({ code: 0, signal: null });
    expect(JSON.parse(client.lines().at(-1) ?? '')).toMatchObject({ id: null, error: { code: -32700 } });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('D1.c: ends at %s', async (signal) => {
    const client = start();
    await client.initialize();
    client.child.kill(signal);
    expect(await timeToEnd(client)).toBeLessThan(MAX_END_MS);
    expect(await client.ended).toEqual({ code: 0, signal: null });
    expect(client.stderr()).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('D1.d: ends when its parent was killed, though stdin stays open', async () => {
    // The test is the one that has inherited stdin: it holds the pipe open, and writes to it.
    const pipe = join(projectOf(home()), 'stdin');
    rmSync(pipe, { force: true });
    execFileSync('mkfifo', [pipe]);
    const input = openSync(pipe, 'r+');
    const script = join(projectOf(home()), 'parent.mjs');
    writeFileSync(
      script,
      `
      import { spawn } from 'node:child_process';
      import { openSync } from 'node:fs';
      spawn(process.execPath, process.argv.slice(2), { stdio: [openSync('stdin', 'r+'), 'inherit', 'inherit'] });
    `,
    );
    const orphan = async (args: readonly string[]): Promise<number> => {
      const parent = keep(startProgram(script, { args, env: { SWITCHYARD_HOME: home() }, cwd: projectOf(home()) }));
      writeSync(input, `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
      await waitForOutput(parent, () => (parent.stdout().includes('\n') ? true : undefined));
      parent.child.kill('SIGKILL');
      // Resolves when everybody who has inherited stdout has ended.
      return await timeToEnd(parent);
    };
    expect(await orphan([bin, 'stdio'])).toBeLessThan(MAX_END_MS);
    // A program that does not look at its parent stays, until its own clock ends it.
    expect(await orphan(['-e', 'process.stdin.once("data", () => console.log("{}")); setTimeout(() => process.exit(), 2500)'])).toBeGreaterThan(1500);
    closeSync(input);
  });

  it('D1.b: ends quietly when nobody reads its output any more', async () => {
    const client = start();
    await client.initialize();
    client.child.stdout.destroy();
    for (let id = 0; id < 3; id += 1) {
      client.send({ jsonrpc: '2.0', id, method: 'tools/list' });
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    const ending = await Promise.race([
      client.ended,
      new Promise((resolve) => {
        setTimeout(resolve, MAX_END_MS, 'still there');
      }),
    ]);
    expect(ending).toEqual({ code: 0, signal: null });
    expect(client.stderr()).not.toMatch(/EPIPE|\bat .*:\d+:\d+/);
  });

  it('serves a line of 5 MB, refuses one of 30 MB, and goes on', { timeout: 60_000 }, async () => {
    const client = start();
    await client.initialize();
    // Longer than the tool accepts, but not longer than a line may be.
    const long = await client.request('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(5 * 1024 * 1024) } });
    expect(long?.['result']).toMatchObject({ isError: true });
    client.child.stdin.write(
      `{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":"echo","arguments":{"message":"${'x'.repeat(30 * 1024 * 1024)}"}}}\n`,
    );
    expect(dataOf(await client.request('tools/call', echo))).toMatchObject({ echo: 'hello' });
    expect(
      client
        .lines()
        .filter((line) => line.includes('"id":null'))
        .map((line) => errorCodeOf(JSON.parse(line))),
    ).toEqual([-32600]);
  });

  it('survives binary garbage and answers the valid request after it', async () => {
    const client = start();
    const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + (index >> 3)) % 256));
    client.child.stdin.write(Buffer.concat([garbage, Buffer.from([0xff, 0xfe, 0x00, 0x0a])]));
    await client.initialize();
    expect(dataOf(await client.request('tools/call', echo))).toMatchObject({ echo: 'hello' });
    for (const line of client.lines()) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(client.lines().map((line) => errorCodeOf(JSON.parse(line)))).toContain(-32700);
  });
});

describe('several processes, one home', () => {
  it("D1.e: attaches to the serve of its home: one audit writer, the files of the client's own folder", async () => {
    const socket = statSync(join(gateway.home, 'run/gateway.sock'));
    expect(socket.isSocket()).toBe(true);
    expect(socket.mode & 0o777).toBe(0o600);
    const project = join(projectOf(gateway.home), 'mine');
    mkdirSync(project);
    writeFileSync(join(project, 'note.txt'), 'of this client');
    const client = keep(startStdio(gateway.home, { cwd: project }));
    await client.initialize();
    expect(dataOf(await client.request('tools/call', { name: 'read_file', arguments: { path: 'note.txt' } }))).toMatchObject({ content: 'of this client' });
    client.child.stdin.end();
    await client.ended;
    const [started] = await auditOf(gateway.home, '--event', 'gateway_started');
    const [read] = await auditOf(gateway.home, '--target', 'tool:read_file');
    expect(read).toMatchObject({ writer: started?.['writer'], door: 'mcp-stdio', outcome: 'ok' });
  });

  it('D1.f: runs alone with its own audit segment when there is no serve, or when told to', async () => {
    const clients = [keep(startStdio(lonely)), keep(startStdio(lonely)), keep(startStdio(gateway.home, { args: ['--alone'] }))];
    await Promise.all(clients.map((client) => client.initialize()));
    const answers = await Promise.all(clients.map((client) => client.request('tools/call', { name: 'ping' })));
    for (const answer of answers) expect(dataOf(answer)).toMatchObject({ message: 'pong' });
    for (const client of clients) client.child.stdin.end();
    await Promise.all(clients.map(({ ended }) => ended));
    expect(new Set((await auditOf(lonely, '--target', 'tool:ping')).map(({ writer }) => writer)).size).toBe(2);
    const [started] = await auditOf(gateway.home, '--event', 'gateway_started');
    const [ping] = await auditOf(gateway.home, '--target', 'tool:ping');
    expect(ping?.['writer']).not.toBe(started?.['writer']);
    expect(await verifyHome(lonely)).toMatchObject({ ok: true, findings: [] });
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true, findings: [] });
  });

  it('an attached process ends with the typed error when its serve stops or is killed, and the next one runs alone', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const serve = await startGateway();
      const client = keep(startStdio(serve.home));
      await client.initialize();
      await serve.end(signal);
      expect(await client.ended).toEqual({ code: 69, signal: null });
      expect(client.stderr()).toContain('SERVER_UNREACHABLE');
      expect(client.stderr()).not.toMatch(/\bat .*:\d+:\d+/);
      const next = keep(startStdio(serve.home));
      await next.initialize();
      expect(dataOf(await next.request('tools/call', echo))).toMatchObject({ echo: 'hello' });
      next.child.stdin.end();
      await next.ended;
      expect(await verifyHome(serve.home)).toMatchObject({ ok: true, findings: [] });
      removeHome(serve.home);
    }
  });
});
