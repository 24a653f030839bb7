/** What an operator changes while clients are connected. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, bin, command, type Gateway, makeHome, projectOf, removeHome, startGateway, waitForOutput } from '../../helpers/gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const EFFECTIVE_MS = 1000;
/** For what is not the promise itself: on a machine that is busy with other tests a promise of a second may be late. */
const PATIENCE_MS = 5000;

let home: string;
let gateway: Gateway;
const speakers: Speaker[] = [];
const times: string[] = [];
const configure = (text: string): void => writeFileSync(join(home, 'switchyard.yaml'), text);

beforeAll(async () => {
  home = makeHome();
  configure('environment: before\n');
  gateway = await startGateway({ home });
  speakers.push(
    await connect('v2 modern', { url: `${gateway.url}/mcp`, token: gateway.key }),
    await connect('v1', { url: `${gateway.url}/mcp`, token: gateway.key }),
    await connect('v1', { command: process.execPath, args: [bin, 'stdio', '--home', home, '--workspace', projectOf(home)] }),
  );
  await speakers[0]?.watch('sdks://list');
});
afterAll(async () => {
  console.log(`effective after: ${times.join(', ')}`);
  await Promise.all(speakers.map((speaker) => speaker.close()));
  await gateway.end();
  removeHome(home);
});
afterEach(async () => {
  configure('environment: before\n');
  await until(async () => (await outcome(speakers[0])) === 'ok', 'reset', PATIENCE_MS);
});

/** Milliseconds until the change has its effect; printed at the end. */
async function effect(what: string, condition: () => Promise<boolean> | boolean): Promise<number> {
  const ms = Math.round(await until(condition, what, PATIENCE_MS));
  times.push(`${what} ${ms} ms`);
  return ms;
}

/** `ok`, or the text of the refusal. */
async function outcome(speaker: Speaker | undefined, name = 'ping'): Promise<string> {
  if (!speaker) throw new Error('not connected');
  return await speaker.call(name, name === 'echo' ? { message: 'x' } : {}).then(
    ({ isError, text }) => (isError ? text : 'ok'),
    (error: unknown) => String(error),
  );
}

describe('C2.g: a changed switchyard.yaml', () => {
  it('takes a tool away and brings it back, and tells every connected client', async () => {
    const heard = (): number[] => speakers.map((speaker) => speaker.heard.toolChanges);
    const before = heard();
    configure('tools:\n  disabled: [echo]\n');
    expect(await effect('tools.disabled', async () => (await outcome(speakers[0], 'echo')).includes('Unknown tool'))).toBeLessThan(EFFECTIVE_MS);
    for (const speaker of speakers) expect(await speaker.toolNames()).not.toContain('echo');
    expect(await effect('list_changed', () => heard().every((count, index) => count > (before[index] ?? 0)))).toBeLessThan(EFFECTIVE_MS);
    configure('environment: before\n');
    await until(async () => (await outcome(speakers[2], 'echo')) === 'ok', 'reset', PATIENCE_MS);
    for (const speaker of speakers) expect(await speaker.toolNames()).toContain('echo');
  });

  it('forbids by a rule of the policy', async () => {
    configure('policy:\n  rules:\n    - { id: no-echo, effect: deny, targets: ["tool:echo"] }\n');
    expect(await effect('policy', async () => (await outcome(speakers[1], 'echo')) !== 'ok')).toBeLessThan(EFFECTIVE_MS);
    expect(await outcome(speakers[2], 'echo')).not.toBe('ok');
    expect(await outcome(speakers[1])).toBe('ok');
    expect((await auditOf(home, '--outcome', 'PERMISSION_DENIED')).at(-1)).toMatchObject({ rule: expect.stringContaining('no-echo'), target: 'tool:echo' });
  });

  it('lowers a limit and raises it again', async () => {
    configure('limits:\n  roles: { admin: 1 }\n  burst: 0\n');
    expect(await effect('limits', async () => (await outcome(speakers[0])).includes('calls a minute'))).toBeLessThan(EFFECTIVE_MS);
    configure('limits:\n  roles: { admin: 100000 }\n  burst: 1000\n');
    await until(async () => (await outcome(speakers[0])) === 'ok', 'reset', PATIENCE_MS);
  });

  it('is recorded', async () => {
    const logged = gateway.stderr().length;
    configure('environment: after\n');
    await waitForOutput(gateway, () => (/"message":"configuration changed".*\/environment/.test(gateway.stderr().slice(logged)) ? true : undefined));
    await until(
      async () => JSON.stringify((await auditOf(home, '--event', 'config_changed')).at(-1)?.['detail'] ?? '').includes('/environment'),
      'the record of the change',
      PATIENCE_MS,
    );
  });

  it.each([
    ['a syntax error', 'environment: before\ntools:\n  disabled: [echo\n', 'CONFIG_SYNTAX', /switchyard\.yaml:[34]/],
    ['an unknown key', 'environment: before\ntools:\n  disabeld: [echo]\n', 'CONFIG_INVALID', /switchyard\.yaml:3.*disabeld/],
    ['a wrong value', 'environment: before\nlimits:\n  burst: many\n', 'CONFIG_INVALID', /switchyard\.yaml:3/],
  ])('with %s changes nothing: the log names the line', async (_what, text, code, place) => {
    const logged = gateway.stderr().length;
    configure(text);
    const line = await waitForOutput(gateway, () =>
      gateway
        .stderr()
        .slice(logged)
        .split('\n')
        .find((entry) => entry.includes('refused; the old one stays')),
    );
    const { level, code: loggedCode, problem, fix } = JSON.parse(line) as Record<string, string>;
    expect({ level, loggedCode }).toEqual({ level: 'error', loggedCode: code });
    expect(problem).toMatch(place);
    expect(fix).not.toBe('');
    expect(await outcome(speakers[0], 'echo')).toBe('ok');
    configure('environment: before\n');
    expect((await auditOf(home, '--event', 'config_refused')).at(-1)).toMatchObject({ outcome: code });
  });
});

describe('L2.a: the kill switch', () => {
  const write = (entries: readonly object[]): void => writeFileSync(join(home, 'kill-switch.json'), JSON.stringify({ entries }), { mode: 0o600 });

  it('as a file stops a tool, then everything, for every client, admins too, within a second', async () => {
    write([{ id: '0123456789ab', scope: 'tool', name: 'echo', reason: 'a drill', at: Date.now() }]);
    expect(await effect('kill switch for a tool', async () => (await outcome(speakers[0], 'echo')).includes('a drill'))).toBeLessThan(EFFECTIVE_MS);
    expect(await outcome(speakers[0])).toBe('ok');
    write([{ id: '0123456789ab', scope: 'all', name: '*', reason: 'all of it', at: Date.now() }]);
    expect(await effect('kill switch for all', async () => (await outcome(speakers[2])).includes('all of it'))).toBeLessThan(EFFECTIVE_MS);
    expect(await outcome(speakers[0])).toContain('all of it');
    write([]);
    await until(async () => (await outcome(speakers[2])) === 'ok', 'reset', PATIENCE_MS);
  });

  it('by its command does the same', async () => {
    const { code } = await command(home, 'kill', 'on', 'tool', 'echo', '--reason', 'by command');
    expect(code).toBe(0);
    expect(await effect('kill command', async () => (await outcome(speakers[1], 'echo')).includes('by command'))).toBeLessThan(EFFECTIVE_MS);
    write([]);
    await until(async () => (await outcome(speakers[1], 'echo')) === 'ok', 'reset', PATIENCE_MS);
  });
});
