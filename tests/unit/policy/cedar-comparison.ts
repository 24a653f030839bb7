/** Roles and rules by chance, compiled to Cedar: both engines decide the same questions. */
import fc from 'fast-check';
import { createCedarPolicy } from '../../../src/policy/cedar/cedar-policy.ts';
import { loadCedar } from '../../../src/policy/cedar/cedar-library.ts';
import { rolesToCedar } from '../../../src/policy/cedar/from-roles.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { config, question } from './arbitraries.ts';

/** A question that the engines answer differently. */
export interface Difference {
  readonly asked: unknown;
  readonly policies: string;
  readonly rbac: unknown;
  readonly cedar: unknown;
}

/** What was compared. */
export interface Comparison {
  readonly questions: number;
  readonly allowed: number;
  readonly differences: readonly Difference[];
}

/** So many policies, and so many questions to each. */
export function compareEngines(policies: number, questionsEach: number, seed: number): Comparison {
  const cedar = loadCedar();
  const differences: Difference[] = [];
  let [questions, allowed] = [0, 0];
  for (const [index, written] of fc.sample(config, { numRuns: policies, seed }).entries()) {
    const text = rolesToCedar(written, ['CUSTOM_X']);
    const rbac = compilePolicy(written);
    const other = createCedarPolicy(
      { roles: written.roles, rules: [] },
      [{ label: 'roles.cedar', text: text.policies }],
      { label: 'own.cedarschema', text: text.schema },
      cedar,
    );
    for (const [who, what, requests] of fc.sample(question, { numRuns: questionsEach, seed: seed + index })) {
      questions += 1;
      const [one, two] = [rbac.decide(who, what, requests), other.decide(who, what, requests)];
      if (one.isAllowed) allowed += 1;
      if (one.isAllowed !== two.isAllowed || rbac.isVisible(who, what) !== other.isVisible(who, what))
        differences.push({ asked: { who, what, requests }, policies: text.policies, rbac: one, cedar: two });
    }
  }
  return { questions, allowed, differences };
}
