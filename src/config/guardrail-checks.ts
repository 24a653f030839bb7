/** @module config/guardrail-checks: rules between keys of `models.guardrails`. */
import { GUARDRAIL_KEYS, type GuardrailKey, type GuardrailRule, type GuardrailsConfig } from '../contracts/guardrails-config.ts';
import { checkPattern, isBounded } from '../core/bounded-pattern.ts';
import type { ModelViolation } from './model-checks.ts';
import { joinPointer } from './pointer.ts';

const ALL_KEYS: readonly GuardrailKey[] = Object.values(GUARDRAIL_KEYS).flat();

/** Every broken rule. */
export function checkGuardrails({ rules }: GuardrailsConfig): readonly ModelViolation[] {
  return Object.entries(rules).flatMap(([name, rule]) => checkRule(joinPointer('/models/guardrails/rules', name), name, rule));
}

function checkRule(pointer: string, name: string, rule: GuardrailRule): readonly ModelViolation[] {
  const { kind, action, pattern } = rule;
  const known = GUARDRAIL_KEYS[kind];
  const strange = ALL_KEYS.filter((key) => rule[key] !== null && !known.includes(key));
  const isIncomplete = kind !== 'data' && kind !== 'injection' && (kind === 'size' ? known : known.slice(0, 1)).every((key) => rule[key] === null);
  const checked = kind === 'pattern' && pattern !== null ? checkPattern(pattern) : undefined;
  return [
    ...strange.map((key) => ({
      pointer: joinPointer(pointer, key),
      message: `A rule of kind ${kind} has no ${key}.`,
      fix: `Remove it; ${kind} knows ${known.join(', ')}.`,
    })),
    ...(isIncomplete
      ? [{ pointer, message: `The rule ${name} has no ${known[0]}.`, fix: `Add ${(kind === 'size' ? known : known.slice(0, 1)).join(' or ')}.` }]
      : []),
    ...(action === 'redact' && (kind === 'injection' || kind === 'size')
      ? [{ pointer: joinPointer(pointer, 'action'), message: `A rule of kind ${kind} cannot redact.`, fix: 'Use block or tag.' }]
      : []),
    ...(checked && !isBounded(checked)
      ? [
          {
            pointer: joinPointer(pointer, 'pattern'),
            message: `The pattern ${checked.fault}.`,
            fix: 'Bound every repetition, and leave out look-around and back-references; docs/guardrails.md has the rules.',
          },
        ]
      : []),
  ];
}
