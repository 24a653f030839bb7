/** Every permission, limit and argument rule on the real arguments; what an attacker sends instead of them. */
import { describe, expect, it } from 'vitest';
import { prepareInput } from '../../../src/calls/prepare.ts';
import type { ArgumentLimits } from '../../../src/contracts/policy-config.ts';
import { DEFAULT_POLICY } from '../../../src/contracts/policy-config.ts';
import { type PermissionType, STANDARD_PERMISSIONS } from '../../../src/contracts/policy.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { fileTool, principal, target, withRules } from './subjects.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

const RESOURCES: Readonly<Partial<Record<PermissionType, readonly [allowed: string, denied: string]>>> = {
  FILE_READ_GLOBAL: ['/srv/a', '/srv/a/b'],
  FILE_WRITE_GLOBAL: ['/srv/a', '/srv/a/b'],
  FILE_DELETE_GLOBAL: ['/srv/a', '/srv/a/b'],
};

describe('P2: each permission', () => {
  // @requirement P2.d
  it.each([...STANDARD_PERMISSIONS, 'CUSTOM_DEPLOY' as const])('%s is needed, granted by its own name alone, and its resource counts', (type) => {
    const [allowed, denied] = RESOURCES[type] ?? ['srv/a', 'srv/a/b'];
    const tool = fileTool('t', type, []);
    const who = principal(['worker']);
    const grant = (permission: PermissionType, resources: readonly string[]): boolean =>
      compilePolicy({ roles: { worker: { permissions: [{ permission, resources }] } }, rules: [] }).decide(who, tool, { path: allowed }).isAllowed;
    expect(compilePolicy({ roles: { worker: {} }, rules: [] }).decide(who, tool, { path: allowed })).toMatchObject({ isAllowed: false, rule: 'default-deny' });
    expect(grant(type, ['srv/*', '/srv/*'])).toBe(true);
    for (const other of STANDARD_PERMISSIONS) if (other !== type) expect(grant(other, ['**'])).toBe(false);
    const policy = compilePolicy({ roles: { worker: { permissions: [{ permission: type, resources: ['srv/*', '/srv/*'] }] } }, rules: [] });
    expect(policy.decide(who, tool, { path: denied }).isAllowed).toBe(false);
  });

  it('an effect that cannot be told is denied, whatever is granted', () => {
    const tool = target('tool', 't', [], () => [{ type: 'FILE_READ', resource: 'a', problem: 'the argument /path is no text' }]);
    const decision = compilePolicy(DEFAULT_POLICY).decide(principal(['admin']), tool, {});
    expect(decision).toMatchObject({ isAllowed: false, rule: 'default-deny', reason: 'FILE_READ cannot be judged: the argument /path is no text.' });
  });
});

const TOOL = target('tool', 'refund', ['tools:execute']);
const DEVELOPER = principal(['developer']);
const GUEST = principal(['guest']);

/** [what, limits, arguments within, arguments beyond] */
const CASES: readonly (readonly [string, ArgumentLimits, readonly unknown[], readonly unknown[]])[] = [
  [
    'a number',
    { '/amount': { max: 50, min: 0 } },
    [{ amount: 50 }, { amount: 0 }, { amount: 1.5, more: 1 }],
    [{ amount: 51 }, { amount: -1 }, { amount: '5' }, { amount: [5] }, { amount: { valueOf: 5 } }, { amount: null }, { amount: true }, {}, null, 'amount', [5]],
  ],
  ['a number that JSON makes infinite', { '/amount': { min: 1 } }, [{ amount: 1 }], [JSON.parse('{"amount":1e999}'), { amount: Number.NaN }]],
  [
    'one of a few',
    { '/kind': { enum: ['a', 1, true, null] } },
    [{ kind: 'a' }, { kind: 1 }, { kind: true }, { kind: null }],
    [{ kind: 'A' }, { kind: '1' }, { kind: 'true' }, { kind: ['a'] }, { kind: 0 }, {}, { kind: 'a\u200b' }, { kind: 'а' }],
  ],
  [
    'a pattern',
    { '/branch': { pattern: 'feature/[a-z]{1,5}|main' } },
    [{ branch: 'feature/abc' }, { branch: 'main' }],
    [
      { branch: 'feature/abcdef' },
      { branch: 'main\n' },
      { branch: 'xmain' },
      { branch: 'mainx' },
      { branch: 'feature/ａ' },
      { branch: ['main'] },
      { branch: 'main'.repeat(100_000) },
    ],
  ],
  ['a length', { '/text': { maxLength: 3 } }, [{ text: 'abc' }, { text: [1, 2, 3] }, { text: '' }], [{ text: 'abcd' }, { text: { length: 1 } }, { text: 3 }]],
  [
    'every item of a list',
    { '/files/*/path': { pattern: '[a-z]{1,9}' } },
    [{ files: [{ path: 'a' }, { path: 'b' }] }, { files: [] }],
    [
      { files: [{ path: 'a' }, { path: '/' }] },
      { files: [{}] },
      { files: { path: 'a' } },
      { files: { 0: { path: 'a' } } },
      {},
      { files: Array.from({ length: 10_001 }, () => ({ path: 'a' })) },
    ],
  ],
  ['something that may be absent', { '/note': { maxLength: 1, isOptional: true } }, [{}, { note: 'a' }], [{ note: 'ab' }, { note: null }]],
  ['names with slashes', { '/a~1b/~0c': { enum: [1] } }, [{ 'a/b': { '~c': 1 } }], [{ a: { b: { '~c': 1 } } }]],
  [
    'members of the own alone',
    { '/constructor/name': { enum: ['Object'] } },
    [JSON.parse('{"constructor":{"name":"Object"}}')],
    [{}, Object.create({ constructor: { name: 'Object' } }), JSON.parse('{"__proto__":{"constructor":{"name":"Object"}}}')],
  ],
  ['a member named __proto__', { '/__proto__/x': { enum: [1] } }, [JSON.parse('{"__proto__":{"x":1}}')], [{}, { x: 1 }]],
];

describe.each(CASES)('P2: limits on arguments: %s', (_name, limits, within, beyond) => {
  const deny = withRules({ id: 'r', effect: 'deny', targets: ['tool:refund'], unless: limits });
  const allow = withRules({ id: 'r', effect: 'allow', targets: ['tool:refund'], within: limits });
  const ask = withRules({ id: 'r', effect: 'ask', targets: ['tool:refund'], unless: limits });

  // @requirement P2.c P2.f
  it.each(within.map((input) => [input]))('%j is within', (input) => {
    expect(deny.decide(DEVELOPER, TOOL, input).isAllowed).toBe(true);
    expect(allow.decide(GUEST, TOOL, input)).toMatchObject({ isAllowed: true, rule: 'allow:r' });
    expect(ask.decide(DEVELOPER, TOOL, input).isAllowed).toBe(true);
  });

  it.each(beyond.map((input) => [input]))('%j is beyond', (input) => {
    expect(deny.decide(DEVELOPER, TOOL, input)).toMatchObject({ isAllowed: false, rule: 'deny:r' });
    expect(allow.decide(GUEST, TOOL, input)).toMatchObject({ isAllowed: false, rule: 'default-deny', missingScopes: ['tools:execute'] });
    expect(ask.decide(DEVELOPER, TOOL, input)).toMatchObject({ isAllowed: false, rule: 'ask:r', approval: { by: 'caller', uses: 1 } });
  });
});

describe('P2: what is judged is what runs', () => {
  it('defaults of the configuration are judged with the rest, and nothing can be changed afterwards', () => {
    const tool = { ...TOOL, defaults: { amount: 1000 } };
    const policy = withRules({ id: 'r', effect: 'deny', targets: ['tool:refund'], unless: { '/amount': { max: 50 } } });
    const input = prepareInput(tool, {});
    expect(policy.decide(DEVELOPER, tool, input).isAllowed).toBe(false);
    expect(policy.decide(DEVELOPER, tool, prepareInput(tool, { amount: 5 })).isAllowed).toBe(true);
    expect(Object.isFrozen(input)).toBe(true);
  });

  it('of a member that stands twice the last one is judged, and is the one that runs', () => {
    const policy = withRules({ id: 'r', effect: 'deny', targets: ['tool:refund'], unless: { '/amount': { max: 50 } } });
    const input = prepareInput(TOOL, JSON.parse('{"amount": 5, "amount": 500}'));
    expect(policy.decide(DEVELOPER, TOOL, input).isAllowed).toBe(false);
    expect(input).toEqual({ amount: 500 });
  });

  it('a huge argument is judged in little time', () => {
    const policy = withRules({ id: 'r', effect: 'deny', targets: ['tool:refund'], unless: { '/text': { pattern: '(?:[ab]{1,9}|[bc]{1,9}){1,2}' } } });
    const cpuMs = startCpuWatch();
    for (let round = 0; round < 100; round += 1) expect(policy.decide(DEVELOPER, TOOL, { text: 'ab'.repeat(5_000_000) }).isAllowed).toBe(false);
    expect(cpuMs()).toBeLessThan(1000);
  });
});

describe('P2: rules with limits', () => {
  it('bound what a grant of effects gives, and what a denial of effects takes', () => {
    const tool = fileTool('t', 'FILE_DELETE', []);
    const grant = withRules({
      id: 'r',
      effect: 'allow',
      targets: ['tool:t'],
      permissions: ['FILE_DELETE'],
      within: { '/confirm': { enum: [true] } },
    });
    expect(grant.decide(GUEST, tool, { path: 'a', confirm: true })).toMatchObject({ isAllowed: true });
    expect(grant.decide(GUEST, tool, { path: 'a', confirm: 'true' })).toMatchObject({
      isAllowed: false,
      rule: 'allow:r',
      reason: expect.stringContaining('/confirm must be'),
    });
    const deny = withRules({ id: 'r', effect: 'deny', targets: ['**'], permissions: ['FILE_DELETE'], unless: { '/confirm': { enum: [true] } } });
    const admin = principal(['admin']);
    expect(deny.decide(admin, tool, { path: 'a' })).toMatchObject({ isAllowed: false, rule: 'deny:r' });
    expect(deny.decide(admin, tool, { path: 'a', confirm: true }).isAllowed).toBe(true);
  });

  it('an ask holds nothing that a person needs to answer it: lists, tasks, operations of the gateway', () => {
    const policy = withRules({ id: 'all', effect: 'ask', targets: ['**'] });
    const admin = principal(['admin']);
    for (const kind of ['admin', 'catalog', 'completion', 'subscription', 'task'] as const)
      expect([kind, policy.decide(admin, target(kind, 'x', []), {}).isAllowed]).toEqual([kind, true]);
    for (const kind of ['tool', 'resource', 'prompt', 'model'] as const)
      expect([kind, policy.decide(admin, target(kind, 'x', []), {}).rule]).toEqual([kind, 'ask:all']);
  });

  it('an ask opens nothing, and a denial wins over it', () => {
    const policy = withRules(
      { id: 'a', effect: 'ask', targets: ['tool:refund'], approval: { uses: 5 } },
      { id: 'b', effect: 'ask', targets: ['**'], approval: { by: 'operator', uses: 3, validSeconds: 9 } },
      { id: 'c', effect: 'deny', targets: ['tool:refund'], unless: { '/amount': { max: 5 } } },
    );
    expect(policy.decide(GUEST, TOOL, { amount: 1 })).toMatchObject({ isAllowed: false, rule: 'default-deny' });
    expect(policy.decide(DEVELOPER, TOOL, { amount: 6 })).toMatchObject({ rule: 'deny:c' });
    expect(policy.decide(DEVELOPER, TOOL, { amount: 1 })).toMatchObject({
      isAllowed: false,
      approval: { rules: ['ask:a', 'ask:b'], by: 'operator', uses: 3, validSeconds: 9 },
    });
    expect(policy.isVisible(DEVELOPER, TOOL)).toBe(true);
  });

  // @requirement P5.a
  it('asks where a call has the effect, and for whom the rule is', () => {
    const tool = fileTool('t', 'FILE_READ', []);
    const policy = withRules({ id: 'r', effect: 'ask', roles: ['user'], targets: ['**'], permissions: ['FILE_READ'], resources: ['secrets/**'] });
    expect(policy.decide(principal(['user']), tool, { path: 'SECRETS/x' })).toMatchObject({ approval: { rules: ['ask:r'] } });
    expect(policy.decide(principal(['user']), tool, { path: 'a' }).isAllowed).toBe(true);
    expect(policy.decide(principal(['developer']), tool, { path: 'secrets/x' }).isAllowed).toBe(true);
  });

  it.each([
    [{ effect: 'deny', within: { '/a': { max: 1 } } }, 'within belongs to an allow'],
    [{ effect: 'allow', unless: { '/a': { max: 1 } } }, 'unless belongs to'],
    [{ effect: 'allow', approval: { uses: 1 } }, 'approval belongs to an ask'],
    [{ effect: 'ask', permissions: ['FILE_READ'], limits: { maxSize: 1 } }, 'limits belong to an allow'],
    [{ effect: 'deny', unless: {} }, 'is empty'],
    [{ effect: 'deny', unless: { '/a': {} } }, 'says nothing'],
    [{ effect: 'deny', unless: { a: { max: 1 } } }, 'JSON Pointer'],
    [{ effect: 'deny', unless: { '/a': { pattern: 'a+' } } }, 'without upper bound'],
    [{ effect: 'deny', unless: { '/a': { enum: [] } } }, 'enum is empty'],
  ] as const)('%j is refused when the policy is read: %s', (rule, problem) => {
    expect(() => withRules({ id: 'r', targets: ['**'], ...rule })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) }),
    );
  });
});

// @requirement P3.b
describe('tools why, for rules that look at the arguments', () => {
  const policy = withRules(
    { id: 'small', effect: 'allow', roles: ['guest'], targets: ['tool:refund'], within: { '/amount': { max: 5 } } },
    { id: 'eur', effect: 'deny', targets: ['tool:refund'], unless: { '/currency': { enum: ['EUR'] } } },
    { id: 'large', effect: 'ask', targets: ['tool:refund'], unless: { '/amount': { max: 3 } } },
  );
  const why = (input?: unknown): unknown => {
    const { decision, steps } = policy.explain(input === undefined ? { principal: GUEST, target: TOOL } : { principal: GUEST, target: TOOL, input });
    expect(input === undefined || policy.decide(GUEST, TOOL, input)).toEqual(input === undefined || decision);
    return [decision.rule, decision.isAllowed, ...steps.filter(({ isPassed }) => !isPassed).map(({ step, detail }) => `${step}: ${detail}`)];
  };

  it('names the rule and the argument', () => {
    expect(why({ amount: 1, currency: 'EUR' })).toEqual(['allow:small', true]);
    expect(why({ amount: 9, currency: 'EUR' })).toEqual([
      'default-deny',
      false,
      expect.stringContaining('scopes: Lacks tools:execute'),
      expect.stringMatching(/^approval: ask:large/),
    ]);
    expect(why({ amount: 1, currency: 'USD' })).toEqual(['deny:eur', false, expect.stringContaining('/currency must be one of "EUR"'), expect.any(String)]);
    expect(why({ amount: 4, currency: 'EUR' })).toEqual(['ask:large', false, expect.stringContaining('has to approve exactly these arguments')]);
  });

  it('says what depends on arguments that were not given', () => {
    const { decision, steps } = policy.explain({ principal: GUEST, target: TOOL });
    expect(decision.isAllowed).toBe(true);
    expect(steps.map(({ detail }) => detail).join(' ')).toMatch(/allow:small, deny:eur depend on the arguments.*ask:large may want a person/);
  });
});
