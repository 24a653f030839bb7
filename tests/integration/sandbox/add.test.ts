/** `add` proposes the sandbox, and a server that was added with it runs inside. @requirement S5.c */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { command, makeHome, projectOf, removeHome, startGateway, type Gateway } from '../../helpers/gateway.ts';
import { noNative } from '../../helpers/native-sandbox.ts';

const missing = await noNative();
const home = makeHome();
const project = projectOf(home);
const [code, shared, writable] = ['code', 'shared', 'writable'].map((name) => join(project, name)) as [string, string, string];
const [script, secret] = [join(code, 'server.py'), join(project, 'secret.txt')];
for (const folder of [code, shared, writable]) mkdirSync(folder);
copyFileSync(join(root, 'tests/helpers/probing-upstream.py'), script);
writeFileSync(secret, 'the secret', { mode: 0o644 });
writeFileSync(join(shared, 'data.txt'), 'the data', { mode: 0o644 });
// As root the server is another user: what it is granted must be open to that one.
for (const path of [join(home, '..'), project, code, shared]) chmodSync(path, 0o755);
chmodSync(writable, 0o777);
afterAll(() => removeHome(home));

const add = async (...args: readonly string[]): Promise<JsonObject> => {
  const { code: exit, stdout, stderr } = await command(home, '--json', 'add', ...args);
  const value: unknown = JSON.parse(stdout || stderr);
  return isObject(value) ? { exit, ...value } : { exit };
};
const errorOf = (answer: JsonObject): unknown => (isObject(answer['error']) ? answer['error']['code'] : answer['code']);

describe.skipIf(missing !== undefined)(`add, where the machine has the level native ${missing ?? ''}`, () => {
  const server = ['--', '/usr/bin/python3', script, shared, `--data=${writable}`, '/no/such/folder', '/usr/share'];

  it('shows what a program would get, told from its arguments, and writes nothing of it', async () => {
    const added = await add('plain', '--here', '--approve', ...server);
    expect(added).toMatchObject({ exit: 0, sandbox: { isTaken: false, read: [code, shared, writable], write: [], network: false } });
    expect(added['entry']).not.toHaveProperty('sandbox');
    const { stdout } = await command(home, 'add', 'plain', '--here', '--force', ...server);
    expect(stdout).toContain(`sandbox: {"read":["${code}","${shared}","${writable}"],"write":[],"network":false}`);
    expect(stdout).toContain('Add it again with --force --sandbox');
  }, 60_000);

  it('writes it with --sandbox; what may be written is no more than what is asked for', async () => {
    const added = await add('fenced', '--here', '--approve', '--sandbox', '--write', writable, ...server);
    expect(added).toMatchObject({ exit: 0, entry: { sandbox: { read: [code, shared], write: [writable] } }, sandbox: { isTaken: true, network: false } });
    expect(await add('online', '--here', '--network', '--', '/usr/bin/python3', script)).toMatchObject({ entry: { sandbox: { read: [code], network: true } } });
    expect(readFileSync(join(project, 'switchyard.yaml'), 'utf8')).toMatch(/fenced:[\s\S]*sandbox:/);
  }, 60_000);

  it('refuses what is never given and what has no fence, and leaves it out of a proposal', async () => {
    for (const path of ['/', '/etc', home, '/no/such/folder'])
      expect(errorOf(await add('bad', '--here', '--read', path, ...server))).toBe('SANDBOX_GRANT_REFUSED');
    expect(errorOf(await add('https://mcp.example.org/mcp', '--here', '--sandbox'))).toBe('USAGE');
    expect(readFileSync(join(project, 'switchyard.yaml'), 'utf8')).not.toContain('bad');
    const odd = await add('odd', '--here', '--', '/usr/bin/python3', script, '/etc', '/', join(home, 'keys'), '/etc/passwd');
    expect(odd).toMatchObject({ sandbox: { read: [code] } });
    expect(await add('boxed', '--here', '--', 'docker', 'run', 'x')).toMatchObject({ sandbox: null });
  }, 60_000);

  describe('what was added', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway({ home });
    }, 60_000);
    afterAll(async () => {
      await gateway.stop();
    });
    const probe = async (upstream: string, kind: string, what: string): Promise<string> => {
      for (const deadline = performance.now() + 20_000; ; await new Promise((wake) => setTimeout(wake, 50))) {
        const answer = await fetch(`${gateway.url}/mcp/v1/tools/${upstream}__probe`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${gateway.key}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ kind, what }),
        });
        const text = await answer.text();
        if (answer.status === 200 || performance.now() > deadline) return text;
      }
    };

    it('runs inside: it reads and writes what was shown, and nothing else', async () => {
      expect(await probe('fenced', 'read', join(shared, 'data.txt'))).toContain('the data');
      expect(await probe('fenced', 'write', join(writable, 'new.txt'))).toContain('written');
      expect(await probe('fenced', 'read', secret)).toContain('refused');
      expect(await probe('fenced', 'write', join(shared, 'new.txt'))).toContain('refused');
      expect(await probe('fenced', 'read', join(home, 'admin.key'))).toContain('refused');
      expect(await probe('fenced', 'connect', new URL(gateway.url).port)).toContain('refused');
    }, 60_000);

    it('runs outside without it, where all of that happens (control)', async () => {
      expect(await probe('plain', 'read', secret)).toContain('the secret');
      expect(await probe('plain', 'read', join(home, 'admin.key'))).toContain(gateway.key);
      expect(await probe('plain', 'connect', new URL(gateway.url).port)).toContain('connected');
    }, 60_000);
  });
});
