import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { isObject } from '../../../src/core/json.ts';
import { auditOf, command, makeHome, removeHome, startGateway, startStdio, dataOf, projectOf, verifyHome, type Gateway } from '../../helpers/gateway.ts';
import { noNative } from '../../helpers/native-sandbox.ts';

const missing = await noNative();

interface Called {
  readonly status: number;
  readonly data: JsonObject;
  readonly error: JsonObject;
}

describe.skipIf(missing !== undefined)(`code of callers over the whole road ${missing ?? ''}`, () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { SWITCHYARD_CANARY: 'canary-of-the-gateway' } });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const call = async (tool: string, input: JsonObject, correlation = 'sandbox-test'): Promise<Called> => {
    const answer = await fetch(`${gateway.url}/mcp/v1/tools/${tool}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${gateway.key}`, 'Content-Type': 'application/json', 'X-Correlation-ID': correlation },
      body: JSON.stringify(input),
    });
    const body: unknown = await answer.json();
    const content = isObject(body) && isObject(body['structuredContent']) ? body['structuredContent'] : isObject(body) ? body : {};
    return { status: answer.status, data: isObject(content['data']) ? content['data'] : {}, error: isObject(content['error']) ? content['error'] : {} };
  };

  it('T8.a: Python runs, files go in and come out, and stay for the next run of the same caller', async () => {
    const first = await call('execute_python', { code: 'open("out.txt", "w").write(open("in.txt").read() * 2)', files: [{ path: 'in.txt', content: 'ab' }] });
    expect(first.data).toMatchObject({ exit_code: 0, result: 4, files_written: [{ path: 'out.txt', size: 4 }], level: 'native' });
    expect((await call('execute_python', { code: 'open("out.txt").read()' })).data).toMatchObject({ result: 'abab', files_written: [] });
  });

  it('S2.b: the file tools reach what code wrote, and code what they wrote', async () => {
    await call('execute_python', { code: 'import os\nos.makedirs("made", exist_ok=True)\nopen("made/by-code.txt", "w").write("by code")' });
    expect((await call('read_file', { path: 'scratch:/made/by-code.txt' })).data).toMatchObject({ content: 'by code', path: 'scratch:/made/by-code.txt' });
    expect((await call('write_file', { path: 'scratch:/by-tool.txt', content: 'by the tool' })).status).toBe(200);
    expect((await call('execute_python', { code: 'open("by-tool.txt").read()' })).data).toMatchObject({ result: 'by the tool' });
  });

  it('S1.b: platform_status names the level', async () => {
    expect((await call('platform_status', {})).data).toMatchObject({ sandbox: { level: 'native', detail: expect.stringContaining('bubblewrap') as string } });
  });

  it('S1.h S1.j: a fork bomb, a memory bomb, the files of the machine and the port of the gateway: it does not notice, the answer says which limit was hit, the audit has it', async () => {
    const bomb = await call('execute_python', { code: 'import os\nwhile True: os.fork()', timeout_seconds: 5 }, 'fork-bomb');
    expect(bomb.data['limits_hit']).toEqual(['processes']);
    const memory = await call('execute_python', { code: 'keep = []\nwhile True: keep.append(bytearray(50_000_000))' }, 'memory-bomb');
    expect(memory.data['limits_hit']).toEqual(['memory']);
    expect((await call('execute_python', { code: 'open("/etc/passwd").read()' })).data).toMatchObject({
      exit_code: 1,
      stderr: expect.stringContaining('FileNotFoundError') as string,
    });
    const home = (await call('execute_python', { code: `import os\nos.path.exists(${JSON.stringify(join(gateway.home, 'admin.key'))})` })).data;
    expect(home['result']).toBe(false);
    const port = new URL(gateway.url).port;
    const reach = (await call('execute_python', { code: `import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2)` })).data;
    expect(reach).toMatchObject({ exit_code: 1, stderr: expect.stringContaining('Connection refused') as string });
    expect((await call('execute_code', { language: 'bash', code: 'env; cat /proc/*/environ' })).data['stdout']).not.toContain('canary');
    expect((await call('ping', {})).status).toBe(200);
    for (const [correlation, limits] of [
      ['fork-bomb', 'processes'],
      ['memory-bomb', 'memory'],
    ] as const) {
      expect(await auditOf(gateway.home, '--correlation', correlation)).toMatchObject([
        { event: 'tool_executed', phase: 'intent', target: 'tool:execute_python' },
        { event: 'sandbox_violation', phase: 'notice', target: 'tool:execute_python', detail: { limits, level: 'native' } },
        { event: 'tool_executed', phase: 'outcome', outcome: 'ok' },
      ]);
    }
    expect(await verifyHome(gateway.home)).toMatchObject({ ok: true });
  });

  it('the same effects happen outside of the sandbox (control)', async () => {
    expect(readFileSync('/etc/passwd', 'utf8')).toContain('root:');
    expect(readFileSync(join(gateway.home, 'admin.key'), 'utf8').trim()).toBe(gateway.key);
    const socket = connectSocket(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('T9.c: run_command runs nothing that is not on the list', async () => {
    expect((await call('run_command', { argv: ['id'] })).error).toMatchObject({
      code: 'COMMAND_NOT_ALLOWED',
      fix: expect.stringContaining('sandbox.commands') as string,
    });
  });

  it('O4.b: checks of orchestrator_validate run in the sandbox, as recorded calls of the caller', async () => {
    const output = 'def double(x):\n  return 2 * x\n';
    const tests = 'cp $CODE code.py; python3 -c "from code import double; assert double(2) == 5"';
    const { data } = await call(
      'orchestrator_validate',
      { task: 'double a number', output, checks: { compile: 'python3 -m py_compile $CODE', tests } },
      'checks',
    );
    expect(data).toMatchObject({
      pass: false,
      escalate: true,
      judge: null,
      checks: [
        { check: 'compile', status: 'passed' },
        { check: 'tests', status: 'failed' },
      ],
    });
    expect((data['issues'] as string[]).join()).toContain('AssertionError');
    const records = await auditOf(gateway.home, '--correlation', 'checks', '--target', 'tool:execute_code');
    expect(records.filter(({ phase }) => phase === 'outcome')).toHaveLength(2);
    expect(records.every(({ parentId }) => parentId !== undefined)).toBe(true);
  });

  it('S1.f: a client that goes away ends its run', async () => {
    const leaving = new AbortController();
    const headers = { Authorization: `Bearer ${gateway.key}`, 'Content-Type': 'application/json', 'X-Correlation-ID': 'leaving' };
    const body = JSON.stringify({ language: 'bash', code: 'touch /work/up; exec sleep 29' });
    const left = fetch(`${gateway.url}/mcp/v1/tools/execute_code`, { method: 'POST', headers, body, signal: leaving.signal }).catch(() => 'left');
    setTimeout(() => leaving.abort(), 600);
    expect(await left).toBe('left');
    const startedAt = performance.now();
    expect((await call('execute_code', { language: 'bash', code: 'ls /work/up' })).data).toMatchObject({ stdout: '/work/up\n' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe.skipIf(missing !== undefined)('over stdio', () => {
  it('S1.i: output comes as progress while the code runs', async () => {
    const home = makeHome();
    const client = startStdio(home, { cwd: projectOf(home) });
    await client.initialize();
    const code = 'import time\nfor n in range(4):\n  print("step", n, flush=True)\n  time.sleep(0.3)';
    const answer = await client.request('tools/call', { name: 'execute_python', arguments: { code }, _meta: { progressToken: 'p' } });
    expect(dataOf(answer)).toMatchObject({ exit_code: 0, stdout: 'step 0\nstep 1\nstep 2\nstep 3\n' });
    const told = client.lines().filter((line) => line.includes('notifications/progress'));
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.join('')).toMatch(/step 0.*step 2/s);
    await client.end();
    removeHome(home);
  });
});

it.skipIf(missing !== undefined)('L1.h: a budget of seconds ends with QUOTA_EXCEEDED, and the audit says how many a run took', async () => {
  const home = makeHome();
  const file = join(projectOf(home), 'switchyard.yaml');
  writeFileSync(file, 'limits:\n  budgets:\n    gateway: [6sandbox-seconds/day]\n');
  const client = startStdio(home, { args: ['--config', file] });
  await client.initialize();
  const run = (seconds: number): ReturnType<typeof client.request> =>
    client.request('tools/call', { name: 'execute_python', arguments: { code: '1', timeout_seconds: seconds } });
  expect(JSON.stringify(await run(30))).toMatch(/6sandbox-seconds\/day of gateway does not allow.*QUOTA_EXCEEDED/);
  expect(dataOf(await run(5))).toMatchObject({ result: 1 });
  expect(dataOf(await run(5))).toMatchObject({ result: 1 });
  expect(JSON.stringify(await run(5))).toContain('QUOTA_EXCEEDED');
  await client.end();
  const records = await auditOf(home, '--target', 'tool:execute_python');
  expect(records.filter(({ phase }) => phase === 'outcome').map(({ event, outcome }) => `${event} ${String(outcome)}`)).toEqual([
    'quota_exceeded QUOTA_EXCEEDED',
    'tool_executed ok',
    'tool_executed ok',
    'quota_exceeded QUOTA_EXCEEDED',
  ]);
  expect(records.find(({ outcome }) => outcome === 'ok')?.['detail']).toMatchObject({ sandboxSeconds: expect.any(Number) as number });
  removeHome(home);
});

it('T9.b: where no level is usable, the answer says which, why, and what to do', async () => {
  const home = makeHome();
  writeFileSync(join(projectOf(home), 'switchyard.yaml'), 'sandbox:\n  level: off\n');
  const client = startStdio(home, { args: ['--config', join(projectOf(home), 'switchyard.yaml')] });
  await client.initialize();
  const answer = await client.request('tools/call', { name: 'execute_code', arguments: { language: 'node', code: '1' } });
  expect(JSON.stringify(answer)).toMatch(/SANDBOX_UNAVAILABLE.*Switched off.*sandbox\.level/);
  await client.end();
  removeHome(home);
});

describe('the command line', () => {
  it('C4.e: doctor names the level and why not a better one', async () => {
    const home = makeHome();
    const { stdout } = await command(home, '--json', 'doctor');
    const { findings } = JSON.parse(stdout) as { findings: { id: string; level: string; message: string }[] };
    const found = findings.find(({ id }) => id === 'sandbox');
    expect(found?.message).toMatch(missing === undefined ? /^Level native: bubblewrap/ : /^Level (?:wasm|none): .*[Nn]ot native: /);
    removeHome(home);
  }, 120_000);

  it.skipIf(missing !== undefined)(
    'S1.b: sandbox test attacks it, and says what was held',
    async () => {
      const home = makeHome();
      const { stdout, code } = await command(home, '--json', 'sandbox', 'test');
      expect(JSON.parse(stdout)).toMatchObject({ level: 'native', holes: 0 });
      expect(code).toBe(0);
      removeHome(home);
    },
    120_000,
  );
});
