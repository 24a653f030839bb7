/** What a rule forbids or holds, reached under another name of it. Each attack has the control in which the plain name is stopped, or an open one passes. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { providerEntry } from '../../../src/config/well-known-models.ts';
import { DEFAULT_POLICY, type PolicyRule } from '../../../src/contracts/policy-config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { uriSpellings } from '../../../src/core/uri-spellings.ts';
import { createDeploymentHealth } from '../../../src/models/deployment-health.ts';
import { createModels, type Models } from '../../../src/models/models.ts';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { principal, target } from './subjects.ts';

function models(): Models {
  const key = { apiKey: 'k' };
  const config = {
    ...DEFAULT_CONFIG.models,
    providers: {
      openai: providerEntry('openai', { ...key, models: ['listed'] }),
      gemini: providerEntry('gemini', key),
      vertex: providerEntry('vertex', { project: 'p', region: 'global', credentialsFile: '/nowhere' }),
      ollama: providerEntry('ollama', {}),
    },
    aliases: { fast: ['gemini/models/flash', 'openai/mini'] },
  };
  return createModels({
    config,
    egress: { send: () => Promise.reject(new Error('nobody is asked')), close: () => undefined },
    registry: createModelRegistry(),
    health: createDeploymentHealth(config, systemClock),
    isCounted: () => false,
    tokens: { add: () => undefined },
    guardrailActions: { add: () => undefined },
    maxResponseBytes: 1000,
    cache: undefined,
    isVisible: () => true,
  });
}

const all = models();
const decide = (rule: Partial<PolicyRule> & Pick<PolicyRule, 'effect' | 'targets'>, name: string, roles = ['admin']): string => {
  const found = all.resolve(name);
  if (!found) return 'unknown';
  const { isAllowed, approval } = compilePolicy({ ...DEFAULT_POLICY, rules: [{ id: 'r', ...rule }] }).decide(principal(roles), found, {});
  return isAllowed ? 'allowed' : approval ? 'held' : 'denied';
};

// @requirement P1.a
describe('P1.a a model under another of its names', () => {
  it.each([
    ['model:openai/listed', 'listed', 'allowed'],
    ['model:openai/listed', 'openai/LISTED', 'denied'],
    ['model:listed', 'openai/listed', 'denied'],
    ['model:listed', 'openai/Listed', 'denied'],
    ['model:gemini/pro', 'gemini/pro', 'denied'],
    ['model:gemini/pro', 'gemini/models/pro', 'denied'],
    ['model:gemini/models/pro', 'gemini/pro', 'denied'],
    ['model:gemini/models/pro', 'gemini/models/Pro', 'denied'],
    ['model:vertex/gemini-x', 'vertex/google/gemini-x', 'denied'],
    ['model:vertex/google/gemini-x', 'vertex/gemini-x', 'denied'],
    ['model:vertex/claude-x', 'vertex/anthropic/claude-x', 'denied'],
    ['model:ollama/llama', 'ollama/llama:latest', 'denied'],
    ['model:ollama/llama:latest', 'ollama/llama', 'denied'],
    ['model:gpt-5', 'openai/gpt-5', 'denied'],
    ['model:gemini/pro', 'gemini/tunedModels/pro', 'allowed'],
    ['model:gemini/pro', 'gemini/pro-2', 'allowed'],
    ['model:ollama/llama', 'ollama/llama:7b', 'allowed'],
    // An alias is the way of the operator to a model: what is forbidden of the one is not forbidden of the other.
    ['model:fast', 'openai/mini', 'allowed'],
    ['model:fast', 'fast', 'denied'],
  ])('with %s forbidden, %s is %s', (forbidden, name, verdict) => {
    expect(decide({ effect: 'deny', targets: [forbidden] }, name)).toBe(verdict);
    if (verdict === 'denied') expect(decide({ effect: 'ask', targets: [forbidden] }, name)).toBe('held');
  });

  it('is one target, whichever spelling was asked for: rules, budgets and prices see one name', () => {
    expect(all.resolve('gemini/models/flash')).toBe(all.resolve('gemini/flash'));
    expect(all.resolve('vertex/google/gemini-x')?.name).toBe('vertex/gemini-x');
    expect(all.resolve('gemini/flash')?.alsoKnownAs).toEqual(['fast']);
    expect([all.resolve('openaix'), all.resolve('vertex/google/'), all.resolve('gemini/models/')]).toEqual([undefined, undefined, undefined]);
  });

  it('nothing is opened by another name', () => {
    const opened = (name: string): string => decide({ effect: 'allow', targets: ['model:gemini/pro'] }, name, ['guest']);
    expect([opened('gemini/pro'), opened('gemini/models/pro'), opened('gemini/PRO'), opened('gemini/tunedModels/pro')]).toEqual([
      'allowed',
      'allowed',
      'denied',
      'denied',
    ]);
  });
});

// @requirement P2.c
describe('a resource under another spelling of its URI', () => {
  const policy = compilePolicy({ ...DEFAULT_POLICY, rules: [{ id: 'r', effect: 'deny', targets: ['resource:file:///secret/**'] }] });
  const isAllowed = (uri: string): boolean => policy.decide(principal(['admin']), target('resource', uri, []), {}).isAllowed;

  it.each([
    'file:///secret/x',
    'file:///%73ecret/x',
    'file:///%2573ecret/x',
    'file:///secret%2fx',
    'file:///SECRET/x',
    'FILE:///secret/x',
    'file:///open/../secret/x',
    'file:///open/%2e%2E/secret/x',
    'file:///./secret/x',
    'file:///open\\..\\secret/x',
    'file:///secret/%ff',
  ])('%s is forbidden', (uri) => expect(isAllowed(uri)).toBe(false));

  it.each(['file:///open/x', 'file:///open/100%', 'file:///secrets/x', 'file:///a.b/..c'])('%s is not', (uri) => expect(isAllowed(uri)).toBe(true));

  it('what is no encoding stays, and a long one takes no long time', () => {
    expect(uriSpellings('a:%zz%')).toEqual(['a:%zz%']);
    expect(uriSpellings('http://h/../../x')).toEqual(['http://h/../../x', 'http://x']);
    expect(uriSpellings('%25'.repeat(100_000)).length).toBeLessThanOrEqual(3);
    expect(uriSpellings('/.'.repeat(100_000)).length).toBeLessThanOrEqual(3);
  });
});
