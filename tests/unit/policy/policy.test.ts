import { describe, expect, it } from 'vitest';
import type { PolicyConfig, PolicyRule } from '../../../src/contracts/policy-config.ts';
import { DEFAULT_POLICY, STANDARD_SCOPES } from '../../../src/contracts/policy-config.ts';
import type { PermissionRequest } from '../../../src/contracts/policy.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { fileTool, principal, target, withRules } from './subjects.ts';

const policy = compilePolicy(DEFAULT_POLICY);
const invalid = (config: PolicyConfig): string => {
  try {
    compilePolicy(config);
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
};
const writeFile = fileTool('write_file', 'FILE_WRITE', ['tools:write']);
const readFile = fileTool('read_file', 'FILE_READ', ['tools:read']);
const ping = target('tool', 'ping', ['tools:ping']);

describe('the default roles', () => {
  const HELD: Readonly<Record<string, readonly string[]>> = {
    guest: ['tools:ping'],
    user: ['tools:ping', 'tools:read', 'models:use'],
    developer: ['tools:ping', 'tools:read', 'models:use', 'tools:write', 'tools:execute', 'tools:generate', 'tools:review', 'tools:fix', 'healing:read'],
    admin: STANDARD_SCOPES,
  };

  // @requirement P1.b
  it.each(Object.keys(HELD))('%s reaches exactly what its scopes say', (role) => {
    for (const scope of STANDARD_SCOPES) {
      const decision = policy.decide(principal([role]), target('tool', 'x', [scope]), {});
      expect(decision.isAllowed, scope).toBe(HELD[role]?.includes(scope));
      expect(decision.rule).toBe(decision.isAllowed ? `role:${role}` : 'default-deny');
      expect(decision.missingScopes).toEqual(decision.isAllowed ? undefined : [scope]);
    }
    expect(policy.scopesOf(principal([role]))).toEqual([...(HELD[role] ?? []), ...(role === 'admin' ? ['*'] : [])].sort());
  });

  it('an unknown role, and no role, give nothing; a target without scopes is for everybody who is known', () => {
    for (const roles of [[], ['root'], ['constructor'], ['__proto__']]) {
      expect(policy.decide(principal(roles), ping, {}).isAllowed).toBe(false);
      expect(policy.decide(principal(roles), target('tool', 'open', []), {})).toMatchObject({ isAllowed: true, rule: 'authenticated' });
      expect(policy.scopesOf(principal(roles))).toEqual([]);
    }
  });

  it('admin:full includes every admin scope, also ones nobody has named yet', () => {
    const one = compilePolicy({ roles: { ops: { scopes: ['admin:full'] } }, rules: [] });
    expect(one.decide(principal(['ops']), target('admin', 'x', ['admin:logs', 'admin:new']), {}).isAllowed).toBe(true);
    expect(one.decide(principal(['ops']), target('tool', 'x', ['tools:ping']), {}).isAllowed).toBe(false);
    expect(one.scopesOf(principal(['ops']))).toEqual(['admin:config', 'admin:full', 'admin:logs']);
  });

  it('files: users read, developers write, admins may everything', () => {
    const remove = fileTool('delete_file', 'FILE_DELETE', []);
    const anywhere = fileTool('read_anything', 'FILE_READ_GLOBAL', []);
    const allowed = (role: string, tool: typeof remove, path: string): boolean => policy.decide(principal([role]), tool, { path }).isAllowed;
    expect(['guest', 'user', 'developer', 'admin'].map((role) => allowed(role, readFile, 'a/b'))).toEqual([false, true, true, true]);
    expect(['guest', 'user', 'developer', 'admin'].map((role) => allowed(role, writeFile, 'a/b'))).toEqual([false, false, true, true]);
    expect(['developer', 'admin'].map((role) => allowed(role, remove, 'a/b'))).toEqual([false, true]);
    expect(['developer', 'admin'].map((role) => allowed(role, anywhere, '/etc/hosts'))).toEqual([false, true]);
  });
});

describe('a credential with scopes of its own', () => {
  it('narrows the roles and never widens them', () => {
    const narrowed = principal(['developer'], { scopes: ['tools:write', 'admin:full', 'tools:ping'] });
    expect(policy.scopesOf(narrowed)).toEqual(['tools:ping', 'tools:write']);
    expect(policy.decide(narrowed, readFile, { path: 'a' })).toMatchObject({ isAllowed: false, missingScopes: ['tools:read'] });
    expect(policy.decide(narrowed, writeFile, { path: 'a' }).isAllowed).toBe(true);
    expect(policy.scopesOf(principal(['admin'], { scopes: ['tools:*'] }))).toEqual([
      'tools:*',
      ...STANDARD_SCOPES.filter((scope) => scope.startsWith('tools:')),
    ]);
    expect(policy.scopesOf(principal(['user'], { scopes: ['*'] }))).toEqual(['models:use', 'tools:ping', 'tools:read']);
    expect(policy.scopesOf(principal(['admin'], { scopes: [] }))).toEqual([]);
  });

  it('is not widened by an allow rule either', () => {
    const opened = withRules({ id: 'open', effect: 'allow', targets: ['tool:write_file'] });
    expect(opened.decide(principal(['guest']), target('tool', 'write_file', ['tools:write']), {})).toMatchObject({ isAllowed: true, rule: 'allow:open' });
    expect(opened.decide(principal(['guest'], { scopes: ['tools:ping'] }), target('tool', 'write_file', ['tools:write']), {})).toMatchObject({
      isAllowed: false,
      missingScopes: ['tools:write'],
    });
  });
});

describe('rules on targets', () => {
  it('deny wins over roles and over allow rules', () => {
    const closed = withRules(
      { id: 'open', effect: 'allow', targets: ['tool:*'] },
      { id: 'no-pings', effect: 'deny', targets: ['tool:ping'], reason: 'Pings are off this week.' },
    );
    expect(closed.decide(principal(['admin']), ping, {})).toEqual({ isAllowed: false, rule: 'deny:no-pings', reason: 'Pings are off this week.' });
    expect(closed.isVisible(principal(['admin']), ping)).toBe(false);
    expect(closed.decide(principal(['guest']), target('tool', 'x', ['tools:deploy']), {}).isAllowed).toBe(true);
  });

  it('concern whom they name, by role, id and client together', () => {
    const rules = withRules(
      { id: 'guests', effect: 'deny', roles: ['guest'], targets: ['tool:ping'] },
      { id: 'one-client', effect: 'deny', principals: ['key:*'], clients: ['cursor*'], targets: ['tool:echo'] },
      { id: 'users', effect: 'allow', roles: ['user'], targets: ['tool:special'] },
    );
    // A denial hits only the role itself …
    expect(rules.decide(principal(['guest']), ping, {}).isAllowed).toBe(false);
    expect(rules.decide(principal(['user']), ping, {}).isAllowed).toBe(true);
    // … while an allow serves those who inherit it.
    const special = target('tool', 'special', ['tools:deploy']);
    expect([['guest'], ['user'], ['developer']].map((roles) => rules.decide(principal(roles), special, {}).isAllowed)).toEqual([false, true, true]);
    const echo = target('tool', 'echo', []);
    expect(rules.decide(principal(['user'], { id: 'key:a', clientId: 'cursor-1' }), echo, {}).isAllowed).toBe(false);
    expect(rules.decide(principal(['user'], { id: 'local:1', clientId: 'cursor-1' }), echo, {}).isAllowed).toBe(true);
    expect(rules.decide(principal(['user'], { id: 'key:a', clientId: 'claude' }), echo, {}).isAllowed).toBe(true);
  });

  it('see the kind of a target', () => {
    const rules = withRules({ id: 'config', effect: 'deny', targets: ['resource:config://**'] });
    expect(rules.decide(principal(['admin']), target('resource', 'config://platform', []), {}).isAllowed).toBe(false);
    expect(rules.decide(principal(['admin']), target('tool', 'config://platform', []), {}).isAllowed).toBe(true);
  });
});

describe('permissions on the real arguments', () => {
  // @requirement P2.a P2.b
  it('deny rules take single files out, however they are spelled', () => {
    const rules = withRules({ id: 'secrets', effect: 'deny', targets: ['**'], permissions: ['FILE_READ', 'FILE_WRITE'], resources: ['secrets/**', '**/.env'] });
    const read = (path: string): boolean => rules.decide(principal(['developer']), readFile, { path }).isAllowed;
    expect(['a', 'docs/a', 'secret', '.', 'a/.envrc'].map(read)).toEqual([true, true, true, true, true]);
    expect(
      ['secrets', 'secrets/a', 'SECRETS/A', '.env', 'a/.ENV', 'a/../secrets/a', './secrets/a', 'a//.env', '/secrets', 'secrets/.', 'a\\..\\secrets', ''].map(
        read,
      ),
    ).toEqual(Array.from({ length: 12 }, () => false));
    expect(rules.isVisible(principal(['developer']), readFile)).toBe(true);
  });

  it('grants of a role are bound to their resources', () => {
    const docs = compilePolicy({
      roles: { writer: { scopes: ['tools:write'], permissions: [{ permission: 'FILE_WRITE', resources: ['docs/**', '*.md'] }] } },
      rules: [],
    });
    const write = (path: string): unknown => docs.decide(principal(['writer']), writeFile, { path });
    expect(write('docs/a/b')).toMatchObject({ isAllowed: true });
    expect(write('README.md')).toMatchObject({ isAllowed: true });
    expect(write('src/README.md')).toEqual({ isAllowed: false, rule: 'default-deny', reason: 'Nothing grants FILE_WRITE on src/README.md.' });
    // A grant is exact: what differs in case is another file until the file system says otherwise.
    expect(write('DOCS/a')).toMatchObject({ isAllowed: false });
  });

  it('an allow with permissions grants the effect, not the target', () => {
    const rules = withRules({
      id: 'notes',
      effect: 'allow',
      roles: ['user'],
      targets: ['tool:write_file'],
      permissions: ['FILE_WRITE'],
      resources: ['notes/*'],
    });
    expect(rules.decide(principal(['user']), writeFile, { path: 'notes/a' })).toMatchObject({ isAllowed: false, missingScopes: ['tools:write'] });
    const freeWrite = fileTool('write_file', 'FILE_WRITE', []);
    expect(rules.decide(principal(['user']), freeWrite, { path: 'notes/a' }).isAllowed).toBe(true);
    expect(rules.decide(principal(['user']), freeWrite, { path: 'other/a' }).isAllowed).toBe(false);
    expect(rules.decide(principal(['user']), fileTool('other_tool', 'FILE_WRITE', []), { path: 'notes/a' }).isAllowed).toBe(false);
  });

  it('every effect of a call must be granted', () => {
    const copy = target('tool', 'copy', [], (input) => (input as { requests: readonly PermissionRequest[] }).requests);
    const decide = (...requests: readonly PermissionRequest[]): boolean => policy.decide(principal(['user']), copy, { requests }).isAllowed;
    expect(decide()).toBe(true);
    expect(decide({ type: 'FILE_READ', resource: 'a' })).toBe(true);
    expect(decide({ type: 'FILE_READ', resource: 'a' }, { type: 'FILE_WRITE', resource: 'b' })).toBe(false);
  });

  // @requirement P2.c
  it('limits bound the parameters; a parameter that is missing or no number is beyond them', () => {
    const limited = compilePolicy({
      roles: {
        small: {
          permissions: [
            { permission: 'FILE_WRITE', resources: ['**'], limits: { maxSize: 10 } },
            { permission: 'SYSTEM_COMMAND', resources: ['**'], limits: { timeout: 5, commands: ['git', 'npm run *'] } },
          ],
        },
        large: { permissions: [{ permission: 'FILE_WRITE', resources: ['big/**'] }] },
      },
      rules: [],
    });
    const effect = target('tool', 'effect', [], (input) => [input as PermissionRequest]);
    const decide = (roles: readonly string[], request: PermissionRequest): unknown => limited.decide(principal(roles), effect, request);
    const write = (size: unknown, resource = 'a'): PermissionRequest => ({ type: 'FILE_WRITE', resource, parameters: { size: size as number } });
    expect(decide(['small'], write(10))).toMatchObject({ isAllowed: true });
    expect(decide(['small'], write(11))).toEqual({
      isAllowed: false,
      rule: 'role:small',
      reason: 'role:small grants FILE_WRITE on a only within its limits: at most 10 bytes.',
    });
    for (const size of [undefined, '1', Number.NaN]) expect(decide(['small'], write(size))).toMatchObject({ isAllowed: false });
    expect(decide(['small'], { type: 'FILE_WRITE', resource: 'a' })).toMatchObject({ isAllowed: false });
    // One grant that suffices is enough.
    expect(decide(['small', 'large'], write(99, 'big/a'))).toMatchObject({ isAllowed: true });
    const command = (name: string, timeout: number): PermissionRequest => ({ type: 'SYSTEM_COMMAND', resource: 'x', parameters: { command: name, timeout } });
    expect(decide(['small'], command('git', 5))).toMatchObject({ isAllowed: true });
    expect(decide(['small'], command('npm run test', 5))).toMatchObject({ isAllowed: true });
    expect(decide(['small'], command('git', 6))).toMatchObject({ isAllowed: false, reason: expect.stringContaining('5 seconds') });
    expect(decide(['small'], command('rm', 1))).toMatchObject({ isAllowed: false, reason: expect.stringContaining('listed commands') });
  });

  it('an error in the permissions function reaches the caller: the call is not allowed', () => {
    const broken = target('tool', 'broken', [], () => {
      throw new TypeError('no');
    });
    expect(() => policy.decide(principal(['admin']), broken, {})).toThrow(TypeError);
  });

  it('own permissions work like the built-in ones', () => {
    const own = compilePolicy({ roles: { press: { permissions: [{ permission: 'CUSTOM_PRINT', resources: ['floor-1/*'] }] } }, rules: [] });
    const print = target('tool', 'print', [], (input) => [{ type: 'CUSTOM_PRINT', resource: input as string }]);
    expect(own.decide(principal(['press']), print, 'floor-1/a').isAllowed).toBe(true);
    expect(own.decide(principal(['press']), print, 'floor-2/a').isAllowed).toBe(false);
  });

  it('the place of the call reaches the permissions function', () => {
    const here = target('tool', 'here', [], (_input, place) => [{ type: 'FILE_READ', resource: place.workspaceRoot ?? 'none' }]);
    const rules = withRules({ id: 'none', effect: 'deny', targets: ['**'], permissions: ['FILE_READ'], resources: ['none'] });
    expect(rules.decide(principal(['user']), here, {}).isAllowed).toBe(false);
    expect(rules.decide(principal(['user']), here, {}, { workspaceRoot: 'project' }).isAllowed).toBe(true);
  });
});

describe('a policy that could not work as written is refused', () => {
  const rule = (over: Partial<PolicyRule>): PolicyConfig => ({ ...DEFAULT_POLICY, rules: [{ id: 'r', effect: 'deny', targets: ['tool:x'], ...over }] });
  it.each<readonly [string, PolicyConfig, RegExp]>([
    ['an unknown ancestor', { roles: { a: { inherits: ['b'] } }, rules: [] }, /policy\.roles\.a\.inherits.*"b"/],
    ['a circle', { roles: { a: { inherits: ['b'] }, b: { inherits: ['a'] } }, rules: [] }, /a → b → a/],
    ['an inherited name of Object', { roles: { a: { inherits: ['constructor'] } }, rules: [] }, /no role "constructor"/],
    ['a bad role name', { roles: { 'a b': {} }, rules: [] }, /policy\.roles\.a b/],
    ['a bad scope', { roles: { a: { scopes: ['tools:*:x'] } }, rules: [] }, /scopes.*"tools:\*:x"/],
    [
      'an unknown permission',
      { roles: { a: { permissions: [{ permission: 'FILE_EXECUTE' as 'FILE_READ', resources: ['**'] }] } }, rules: [] },
      /"FILE_EXECUTE"/,
    ],
    ['a bad glob', { roles: { a: { permissions: [{ permission: 'FILE_READ', resources: ['ok', '{a,b}'] }] } }, rules: [] }, /permissions\[0\]\.resources\[1\]/],
    [
      'a negative limit',
      { roles: { a: { permissions: [{ permission: 'FILE_READ', resources: ['**'], limits: { maxSize: -1 } }] } }, rules: [] },
      /limits\.maxSize/,
    ],
    ['two rules with one id', { ...DEFAULT_POLICY, rules: [...rule({}).rules, ...rule({}).rules] }, /two rules/],
    ['a bad id', rule({ id: 'a b' }), /the id/],
    ['a rule for an unknown role', rule({ roles: ['gest'] }), /no role "gest"/],
    ['an empty list of subjects', rule({ roles: [] }), /roles is empty/],
    ['no targets', rule({ targets: [] }), /targets is empty/],
    ['a target without a kind', rule({ targets: ['write_file'] }), /names no kind/],
    ['a target with a wrong kind', rule({ targets: ['tools:write_file'] }), /names no kind/],
    ['resources without permissions', rule({ resources: ['**'] }), /need permissions/],
    ['a denial with limits', rule({ permissions: ['FILE_READ'], limits: { maxSize: 1 } }), /limits belong to an allow/],
  ])('%s', (_name, config, message) => {
    expect(invalid(config)).toMatch(/^CONFIG_INVALID /);
    expect(invalid(config)).toMatch(message);
  });

  it('and the default one is not', () => expect(invalid(DEFAULT_POLICY)).toBe('accepted'));
});

describe('explain', () => {
  it('names every step, also after the first that failed', () => {
    const rules = withRules({ id: 'closed', effect: 'deny', targets: ['tool:write_file'], reason: 'Closed.' });
    expect(rules.explain({ principal: principal(['user', 'gone']), target: writeFile, input: { path: 'a' } })).toEqual({
      decision: { isAllowed: false, rule: 'deny:closed', reason: 'Closed.' },
      steps: [
        { step: 'roles', isPassed: true, detail: 'Holds user (with guest). The policy has no role gone.' },
        { step: 'deny rules', isPassed: false, detail: 'deny:closed: Closed.' },
        { step: 'scopes', isPassed: false, detail: 'Lacks tools:write.' },
        { step: 'FILE_WRITE a', isPassed: false, detail: 'default-deny: Nothing grants FILE_WRITE on a.' },
      ],
    });
  });

  it('judges no arguments that were not given', () => {
    const { decision, steps } = policy.explain({ principal: principal(['developer']), target: writeFile });
    expect(decision.isAllowed).toBe(true);
    expect(steps.at(-1)).toEqual({ step: 'permissions', isPassed: true, detail: 'Depend on the arguments; give arguments to have them judged.' });
  });

  it('tells a limited credential from a missing role, and says when a rule opens', () => {
    expect(policy.explain({ principal: principal(['developer'], { scopes: [] }), target: writeFile }).steps[2]?.detail).toBe(
      'Lacks tools:write. The credential itself is limited and leaves out tools:write.',
    );
    const opened = withRules({ id: 'open', effect: 'allow', targets: ['tool:ping'] });
    expect(opened.explain({ principal: principal([]), target: ping }).steps).toMatchObject([
      { isPassed: false },
      {},
      { isPassed: true, detail: 'Lacks tools:ping, but allow:open opens the target.' },
    ]);
  });
});
