import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/contracts/policy-config.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { ALICE, target } from '../../helpers/pipeline.ts';

const policy = compilePolicy({ ...DEFAULT_POLICY, rules: [{ id: 'all', effect: 'allow', targets: ['model:**'] }] });
const model = (name: string, alsoKnownAs?: readonly string[]): Target => target({ kind: 'model', name, alsoKnownAs, access: { scopes: ['models:use'] } });
const limited = (...models: string[]): Principal => ({ ...ALICE, roles: ['developer'], models });

// @requirement M7.a
describe('credentials limited to models', () => {
  it('reach what a pattern names, also by another name of it', () => {
    const principal = limited('fast', 'openai/*');
    for (const [name, also, isAllowed] of [
      ['fast', undefined, true],
      ['openai/gpt', undefined, true],
      ['anthropic/claude', ['fast'], true],
      ['anthropic/claude', ['slow'], false],
      ['slow', undefined, false],
      ['Fast', undefined, false],
    ] as const) {
      const decision = policy.decide(principal, model(name, also), {});
      expect([name, decision.isAllowed]).toEqual([name, isAllowed]);
      if (!isAllowed) expect(decision).toMatchObject({ rule: 'key-models', reason: expect.stringContaining('fast, openai/*') });
      expect(policy.isVisible(principal, model(name, also))).toBe(isAllowed);
    }
  });

  it('an empty list reaches none, no rule widens it, and other kinds are not concerned', () => {
    expect(policy.decide(limited(), model('fast'), {}).isAllowed).toBe(false);
    expect(policy.decide(limited(), target(), {}).isAllowed).toBe(true);
    expect(policy.decide({ ...ALICE, roles: ['developer'] }, model('fast'), {}).isAllowed).toBe(true);
  });

  it('two credentials of the same roles are told apart', () => {
    expect(policy.decide(limited('a'), model('a'), {}).isAllowed).toBe(true);
    expect(policy.decide(limited('b'), model('a'), {}).isAllowed).toBe(false);
  });

  it('explain names the list', () => {
    const { decision, steps } = policy.explain({ principal: limited('fast'), target: model('slow') });
    expect(decision.rule).toBe('key-models');
    expect(steps).toContainEqual({ step: 'models of the key', isPassed: false, detail: 'The credential is limited to fast.' });
    expect(policy.explain({ principal: limited('fast'), target: target() }).steps.some(({ step }) => step === 'models of the key')).toBe(false);
  });
});
