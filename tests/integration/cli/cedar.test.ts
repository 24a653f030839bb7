/** Cedar as the engine of the shipped program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { makeUser, type User } from './run.ts';

let user: User;
beforeAll(() => {
  user = makeUser();
  writeFileSync(
    join(user.project, 'switchyard.yaml'),
    'policy:\n  engine: cedar\n  cedar:\n    policies: [main.cedar]\n  rules:\n    - { id: held, effect: ask, targets: ["tool:write_file"] }\n',
  );
});
afterAll(() => user?.remove());
const policies = (text: string): void => writeFileSync(join(user.project, 'main.cedar'), text);
const why = async (tool: string, as: string, input: JsonObject): Promise<JsonObject> =>
  (await user.json('tools', 'why', tool, '--as', as, '--input', JSON.stringify(input))).value as JsonObject;

// @requirement P4.a P4.d P3.b
describe('P4: the engine cedar', () => {
  it('decides for the program, and tools why names the policies', async () => {
    policies(
      '@id("pings")\npermit (principal, action == Action::"hold", resource) when { resource.name like "tools:*" };\n@id("docs")\npermit (principal, action in [Action::"FILE_READ", Action::"FILE_WRITE"], resource) when { resource.globs.contains("docs/*") };\n',
    );
    expect(await why('ping', 'guest', {})).toMatchObject({ isAllowed: true, rule: 'cedar:pings' });
    expect(await why('read_file', 'guest', { path: 'docs/a' })).toMatchObject({ isAllowed: true });
    expect(await why('read_file', 'admin', { path: 'docs/a/b' })).toMatchObject({ isAllowed: false, rule: 'default-deny' });
    expect(await why('write_file', 'guest', { path: 'docs/a', content: 'x' })).toMatchObject({ isAllowed: false, rule: 'ask:held' });
    writeFileSync(join(user.project, 'a.txt'), 'x');
    expect(await user.run('tools', 'call', 'read_file', '{"path":"a.txt"}')).toMatchObject({ code: 77, stderr: expect.stringContaining('PERMISSION_DENIED') });
    expect((await user.run('tools', 'call', 'ping')).code).toBe(0);
  });

  // @requirement P4.b
  it('refuses to start with a policy that cannot be, naming file and line', async () => {
    policies('permit (principal, action == Action::"hold", resource);\nforbid (principal, action, resource)\nwhen { principal.rolez };\n');
    for (const command of [
      ['tools', 'call', 'ping'],
      ['serve', '--port', '0'],
    ])
      expect(await user.run(...command)).toMatchObject({ code: 78, stderr: expect.stringMatching(/CONFIG_INVALID.*main\.cedar:3: .*rolez/s) });
  });

  it('prints roles and rules as Cedar policies, which decide the same', async () => {
    const bare = makeUser();
    try {
      const printed = await bare.run('config', 'cedar');
      expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('@id("role:guest")') });
      expect((await bare.run('config', 'cedar', '--schema')).stdout).toContain('entity Principal in [Role]');
      policies(printed.stdout);
      const principals = ['user', 'admin'];
      for (const as of principals) {
        const [mine, theirs] = await Promise.all([user.json('tools', 'ls', '--as', as), bare.json('tools', 'ls', '--as', as)]);
        const names = ({ value }: { readonly value: unknown }): unknown =>
          (value as { readonly tools: readonly { readonly name: string }[] }).tools.map(({ name }) => name);
        expect(names(mine)).toEqual(names(theirs));
      }
    } finally {
      bare.remove();
    }
  });
});
