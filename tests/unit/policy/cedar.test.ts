import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type PolicyRule } from '../../../src/contracts/policy-config.ts';
import type { ExplainingPolicy } from '../../../src/contracts/policy.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { loadCedar } from '../../../src/policy/cedar/cedar-library.ts';
import { compileCedarPolicy, createCedarPolicy } from '../../../src/policy/cedar/cedar-policy.ts';
import { rolesToCedar } from '../../../src/policy/cedar/from-roles.ts';
import { compareEngines } from './cedar-comparison.ts';
import { createCedarRequests } from '../../../src/policy/cedar/cedar-request.ts';
import { fileTool, principal, target } from './subjects.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

const cedar = loadCedar();
const folder = mkdtempSync(join(tmpdir(), 'sy-cedar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const policyOf = (text: string, schema?: string, rules: readonly PolicyRule[] = []): ExplainingPolicy =>
  createCedarPolicy(
    { ...DEFAULT_POLICY, rules },
    [{ label: 'main.cedar', text }],
    schema === undefined ? undefined : { label: 'own.cedarschema', text: schema },
    cedar,
  );
const [ALICE, GUEST] = [principal(['developer'], { id: 'key:alice' }), principal(['guest'], { id: 'key:guest' })];
const PAY = target('tool', 'pay', ['tools:execute']);

// @requirement P4.c
describe('P4: roles compiled to Cedar', () => {
  // This seed also finds a denial of files that heeds case, and one that hits heirs of a role.
  it('decide the same as the roles themselves, and show the same (1 000 questions; 10 000 in npm run test:long)', () => {
    const { questions, allowed, differences } = compareEngines(20, 50, 7);
    expect(differences).toEqual([]);
    expect(questions).toBe(1000);
    expect(allowed).toBeGreaterThan(100);
  }, 60_000);

  it('of the built-in roles are what docs/cedar.md shows', () => {
    const { policies, schema } = rolesToCedar(DEFAULT_POLICY);
    expect(schema).toBe('');
    expect(policies).toContain(
      '@id("role:guest")\npermit (principal in Role::"guest", action == Action::"hold", resource)\nwhen { ["tools:ping"].contains(resource.name) };',
    );
    const policy = policyOf(policies);
    expect(policy.scopesOf(GUEST)).toEqual(['tools:ping']);
    expect(policy.decide(ALICE, PAY, {})).toMatchObject({ isAllowed: true, rule: 'cedar:role:developer' });
    expect(policy.decide(GUEST, PAY, {})).toMatchObject({ isAllowed: false, rule: 'default-deny', missingScopes: ['tools:execute'] });
    expect(policy.missingScopes(GUEST, ['tools:ping', 'tools:execute'])).toEqual(['tools:execute']);
  });

  it.each([[{ id: 'r', effect: 'ask', targets: ['**'] }], [{ id: 'r', effect: 'deny', targets: ['**'], unless: { '/a': { max: 1 } } }]] as const)(
    'refuse what Cedar does not say: %j',
    (rule) => {
      expect(() => rolesToCedar({ roles: {}, rules: [rule] })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );
});

// @requirement P4.b
describe('P4: policies are validated when they are read', () => {
  it.each([
    ['a misspelt attribute', 'permit (principal, action, resource)\nwhen {\n  principal.rolez.contains("a") };', /^main\.cedar:3: .*rolez.*did you mean/],
    [
      'a misspelt attribute in the second policy',
      '// one\npermit (principal, action == Action::"hold", resource);\n\nforbid (principal, action == Action::"call", resource)\nwhen { resource.nam == "x" };',
      /^main\.cedar:5: .*nam/,
    ],
    ['an unknown action', 'permit (principal, action == Action::"FILE_RAED", resource);', /^main\.cedar:1: .*FILE_RAED/],
    ['an unknown type', 'permit (principal is User, action, resource);', /^main\.cedar:1: .*User/],
    ['a wrong type', 'permit (principal, action == Action::"call", resource) when { resource.readOnly == "yes" };', /^main\.cedar:1: /],
    ['an attribute that may be absent', 'permit (principal, action, resource) when { principal.tenant == "a" };', /^main\.cedar:1: .*tenant/],
    ['half a policy', 'permit (principal, action, resource) when {\n', /^main\.cedar:\d: unexpected end/],
    ['a template', 'permit (principal == ?principal, action, resource);', /templates/],
    [
      'two policies of one name',
      '@id("a") permit (principal, action == Action::"hold", resource);@id("a") permit (principal, action == Action::"hold", resource);',
      /two policies/,
    ],
    ['a name that would confuse a log', '@id("a b\\n") permit (principal, action == Action::"hold", resource);', /@id/],
    [
      'a pattern that is computed',
      'permit (principal, action == Action::"call", resource) when { resource.globs.contains(resource.name) };',
      /must be written as texts/,
    ],
    ['a pattern that cannot work', 'permit (principal, action == Action::"call", resource) when { resource.globs.contains("a[b") };', /brackets/],
  ])('%s is refused, with file and line', (_name, text, message) => {
    expect(() => policyOf(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }));
  });

  it('so is a schema of the own that is none, a file that is not there, and an allow rule beside Cedar', () => {
    const refused = (work: () => unknown, message: RegExp): void =>
      expect(work).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }));
    refused(() => policyOf('', '\naction "x" appliesTo {'), /^own\.cedarschema:\d/);
    refused(
      () => compileCedarPolicy({ ...DEFAULT_POLICY, engine: 'cedar', cedar: { policies: [join(folder, 'gone.cedar')], schema: null } }),
      /gone\.cedar cannot be read \(ENOENT\)/,
    );
    refused(() => policyOf('', undefined, [{ id: 'x', effect: 'allow', targets: ['**'] }]), /rules\.x: with the engine cedar/);
  });

  it('a package that is not installed, or is another, is told with the fix', () => {
    const absent = (): never => {
      throw Object.assign(new Error('no'), { code: 'MODULE_NOT_FOUND' });
    };
    expect(() => loadCedar(absent)).toThrow(
      expect.objectContaining({ code: 'CEDAR_MISSING', fix: expect.stringContaining('npm install @cedar-policy/cedar-wasm@4.13.0') }),
    );
    expect(() => loadCedar(() => ({}))).toThrow(expect.objectContaining({ code: 'CEDAR_MISSING' }));
  });

  it('files are read where the configuration says', () => {
    const [file, schema] = [join(folder, 'a.cedar'), join(folder, 'a.cedarschema')];
    writeFileSync(file, '\uFEFF@id("pay") permit (principal, action == Action::"tool:pay", resource) when { context.input.amount < 5 };');
    writeFileSync(
      schema,
      'action "tool:pay" in [Action::"call"] appliesTo { principal: [Principal], resource: [Target], context: { input: { amount: Long } } };',
    );
    const policy = compileCedarPolicy({ ...DEFAULT_POLICY, engine: 'cedar', cedar: { policies: [file], schema } });
    expect(policy.decide(GUEST, PAY, { amount: 4 })).toMatchObject({ isAllowed: true, rule: 'cedar:pay' });
  });
});

// @requirement P4.a
describe('P4: what Cedar decides', () => {
  const SCHEMA =
    'action "tool:pay" in [Action::"call"] appliesTo { principal: [Principal], resource: [Target], context: { input: { amount: Long, to?: String } } };';
  const TEXT = `
    @id("pay") permit (principal in Role::"guest", action == Action::"tool:pay", resource) when { context.input.amount <= 50 };
    @id("carl") forbid (principal, action == Action::"tool:pay", resource) when { context.input has to && context.input.to == "carl" };
    @id("big") forbid (principal, action == Action::"tool:pay", resource) when { context.input.amount * 1000000 > 90000000 };`;
  const policy = policyOf(TEXT, SCHEMA);
  const rule = (input: unknown): string => policy.decide(GUEST, PAY, input).rule;

  it('looks at the arguments where the schema has their types; whatever is of another type is refused', () => {
    expect(rule({ amount: 50 })).toBe('cedar:pay');
    expect(rule({ amount: 51 })).toBe('default-deny');
    expect(rule({ amount: 5, to: 'carl' })).toBe('cedar:carl');
    expect(rule({ amount: 91 })).toBe('cedar:big');
    for (const input of [
      {},
      { amount: '5' },
      { amount: 1.5 },
      { amount: null },
      { amount: [5] },
      { amount: 5, more: 1 },
      { amount: 1e300 },
      null,
      [],
      'x',
      { amount: true },
    ])
      expect(rule(input)).toMatch(/^cedar:invalid-request/);
  });

  it('an argument cannot pretend to be an entity or a value of an extension', () => {
    for (const to of [{ __entity: { type: 'Role', id: 'admin' } }, { __extn: { fn: 'ip', arg: '10.0.0.1' } }, { __extn: { fn: 'decimal', arg: '1.0' } }])
      expect(rule({ amount: 5, to })).toMatch(/^cedar:invalid-request/);
    expect(rule({ amount: { __extn: { fn: 'decimal', arg: '1.0' } } })).toMatch(/^cedar:invalid-request/);
    expect(rule(JSON.parse('{"amount": 5, "__proto__": {"to": "x"}}'))).toMatch(/^cedar:invalid-request/);
    expect(rule(JSON.parse('{"amount": 500, "amount": 5}'))).toBe('cedar:pay');
  });

  it('a policy that fails while it is evaluated forbids: what it would have said is not known', () => {
    expect(rule({ amount: -9_000_000_000_000_000 })).toBe('cedar:big (it failed)');
  });

  it('an id of a principal, a scope or a path is data, whatever stands in it', () => {
    const odd = policyOf('@id("a") permit (principal, action == Action::"FILE_READ", resource) when { resource.globs.contains("docs/*") };');
    const tool = fileTool('read', 'FILE_READ', []);
    for (const id of ['x" || true || "', 'Role::"admin"', '\u0000', '__proto__'])
      expect(odd.decide(principal([], { id }), tool, { path: 'docs/a' })).toMatchObject({ isAllowed: true });
    for (const path of ['docs/a/b', 'docs/../x', 'x" || true', 'DOCS/a']) expect(odd.decide(GUEST, tool, { path }).isAllowed).toBe(false);
  });

  it('bounds that hold for every engine come first: deny rules, limits of the credential, what cannot be judged', () => {
    const all = 'permit (principal, action, resource);';
    const denied = policyOf(all, undefined, [
      { id: 'no', effect: 'deny', roles: ['guest'], targets: ['tool:pay'] },
      { id: 'secrets', effect: 'deny', targets: ['**'], permissions: ['FILE_READ'], resources: ['secrets/**'] },
      { id: 'held', effect: 'ask', targets: ['tool:held'] },
    ]);
    const tool = fileTool('read', 'FILE_READ', []);
    expect(denied.decide(ALICE, PAY, {})).toMatchObject({ isAllowed: true, rule: 'cedar:main.cedar:1' });
    expect(denied.decide(GUEST, PAY, {})).toMatchObject({ isAllowed: false, rule: 'deny:no' });
    expect(denied.isVisible(GUEST, PAY)).toBe(false);
    expect(denied.decide({ ...ALICE, scopes: ['tools:read'] }, PAY, {})).toMatchObject({ isAllowed: false, missingScopes: ['tools:execute'] });
    expect(denied.decide(ALICE, tool, { path: 'Secrets/a' })).toMatchObject({ rule: 'deny:secrets' });
    expect(denied.decide(ALICE, tool, { path: 'a/../b' })).toMatchObject({ isAllowed: false, rule: 'default-deny' });
    expect(denied.decide(ALICE, target('tool', 'held', []), {})).toMatchObject({ approval: { rules: ['ask:held'] } });
    const model: Target = target('model', 'big/one', ['models:use']);
    expect(denied.decide({ ...ALICE, models: ['small/*'] }, model, {})).toMatchObject({ isAllowed: false, rule: 'key-models' });
  });

  it('roles give nothing but their names', () => {
    expect(policyOf('').decide(principal(['admin']), PAY, {})).toMatchObject({ isAllowed: false, rule: 'default-deny' });
    expect(policyOf('').decide(GUEST, target('tool', 'open', []), {})).toMatchObject({ isAllowed: true, rule: 'authenticated' });
    expect(policyOf('').scopesOf(principal(['admin']))).toEqual([]);
  });

  it('remembers answers, and gives the same ones', () => {
    const first = policy.decide(GUEST, PAY, { amount: 7 });
    const cpuMs = startCpuWatch();
    for (let at = 0; at < 1000; at += 1) expect(policy.decide(GUEST, PAY, { amount: 7 })).toEqual(first);
    expect(cpuMs()).toBeLessThan(400);
    expect(policy.decide(principal(['user'], { id: 'key:guest' }), PAY, { amount: 500 }).isAllowed).toBe(false);
  });
});

// @requirement P3.b P4.d
describe('tools why, with Cedar', () => {
  const policy = policyOf(
    '@id("open") permit (principal, action == Action::"call", resource) when { resource.globs.contains("tool:p*") };@id("shut") forbid (principal, action in [Action::"FILE_READ"], resource) when { principal.roles.contains("guest") };',
    undefined,
    [{ id: 'held', effect: 'ask', targets: ['tool:p*'] }],
  );
  const why = (who: typeof GUEST, what: Target, input?: unknown): readonly string[] => {
    const { decision, steps } = policy.explain(input === undefined ? { principal: who, target: what } : { principal: who, target: what, input });
    if (input !== undefined) expect(policy.decide(who, what, input)).toEqual(decision);
    expect(steps.every(({ isPassed }) => isPassed)).toBe(decision.isAllowed);
    return [decision.rule, ...steps.filter(({ isPassed }) => !isPassed).map(({ step }) => step)];
  };

  it('names the policies', () => {
    expect(why(ALICE, PAY, {})).toEqual(['ask:held', 'approval']);
    expect(why(GUEST, fileTool('pread', 'FILE_READ', []), { path: 'a' })).toEqual(['cedar:shut', 'FILE_READ a', 'approval']);
    expect(why(ALICE, fileTool('read', 'FILE_READ', []), { path: 'a' })).toEqual(['default-deny', 'FILE_READ a']);
    expect(why(ALICE, target('tool', 'x', ['tools:execute']), {})).toEqual(['default-deny', 'cedar']);
    expect(why(ALICE, target('tool', 'open', []))).toEqual(['authenticated']);
  });
});

// @requirement P4.a
it.each([
  [5, 5],
  [0.2, 1],
  [1e300, Number.MAX_SAFE_INTEGER],
  [Infinity, Number.MAX_SAFE_INTEGER],
  [-Infinity, -Number.MAX_SAFE_INTEGER],
  [Number.NaN, undefined],
  ['5', undefined],
])('a size of %s is %s to a policy: none is too large to be forbidden', (size, told) => {
  const requests = createCedarRequests(new Map(), { globs: [], foldedGlobs: [], clientGlobs: [], commandGlobs: [] });
  const { context } = requests.effect(requests.principalOf(principal(['user'])), target('tool', 't', []), {
    type: 'FILE_WRITE',
    resource: 'a',
    parameters: { size } as never,
  });
  expect(context['size']).toBe(told);
});
