import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, makeHome, type Program, projectOf, removeHome, startProgram, verifyHome, waitForOutput } from '../../helpers/gateway.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

let home: string;
let program: Program;
let url: string;
let key: string;
let speaker: Speaker;
beforeAll(async () => {
  home = makeHome();
  program = startProgram(join(import.meta.dirname, 'program.mjs'), { env: { SWITCHYARD_HOME: home }, cwd: projectOf(home) });
  url = await waitForOutput(program, () => /"url":"([^"]+)"/.exec(program.stdout())?.[1]);
  key = readFileSync(join(home, 'admin.key'), 'utf8').trim();
  speaker = await connect('v2 modern', { url: `${url}/mcp`, token: key });
});
afterAll(async () => {
  await program.end('SIGKILL');
  removeHome(home);
});

const door = (path: string, headers: Record<string, string> = { Authorization: `Bearer ${key}` }): Promise<Response> =>
  fetch(`${url}${path}`, { headers: { ...headers, 'X-Correlation-ID': 'from-the-door' } });

describe("D10.a: a program that imports createApp, getApp and runApp by the package's name", () => {
  it('serves the built-in tools as the program of its own does', async () => {
    expect(await speaker.toolNames()).toEqual(expect.arrayContaining(['echo', 'read_file']));
    expect(await speaker.call('ping')).toMatchObject({ text: 'pong' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('D10.b: serves its own tool, resource and prompt', async () => {
    expect(await speaker.toolNames()).toContain('add');
    expect(await speaker.call('add', { a: 2, b: 3 })).toMatchObject({ isError: false, text: expect.stringContaining('"sum":5') });
    expect(await speaker.call('add', { a: 2 })).toMatchObject({ isError: true, text: expect.stringContaining('INPUT_INVALID') });
    expect(await speaker.read('demo://motto')).toBe('One road.');
    expect(await speaker.prompt('greet', { who: 'Ada' })).toContain('Greet Ada.');
  });

  it('D10.c: serves its own door, whose calls take the same road', async () => {
    const answer = await door('/demo/add/20/22');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ structuredContent: { success: true, data: { sum: 42, by: expect.stringMatching(/^key:/) } } });
    expect(await auditOf(home, '--correlation', 'from-the-door')).toMatchObject([{ event: 'tool_executed', door: 'demo', target: 'tool:add', outcome: 'ok' }]);
  });

  it('D10.c: its own door refuses as every other does', async () => {
    expect((await door('/demo/add/1/2', {})).status).toBe(401);
    expect((await door('/demo/add/1/2', { Authorization: `Bearer ${key.slice(0, -1)}x` })).status).toBe(401);
    const unknown = await door('/demo/no_such_tool/1/2');
    expect({ status: unknown.status, body: await unknown.json() }).toMatchObject({ status: 404, body: { error: { code: 'UNKNOWN_TARGET' } } });
  });

  it('stops with SIGTERM and ends by itself', async () => {
    await speaker.close();
    expect(await program.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toMatch(/stopped\n$/);
    expect(await verifyHome(home)).toMatchObject({ ok: true, findings: [] });
  });
});
