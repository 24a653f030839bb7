/** @module models/guardrails/markers: what stands in place of what was taken out. */
import type { GuardrailsConfig } from '../../contracts/guardrails-config.ts';

/** Markers of one call, both ways. */
export interface Markers {
  /** `[EMAIL]`, or `[EMAIL_2]` with the same number for the same value. */
  of(label: string, value: string): string;
}

/** Keeps the values until the call ends, and shows them to nobody. */
export function createMarkers(kind: GuardrailsConfig['markers']): Markers {
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  return {
    of(label, value) {
      if (kind === 'plain') return `[${label}]`;
      const key = `${label}\n${value}`;
      let number = numbers.get(key);
      if (number === undefined) {
        number = (counts.get(label) ?? 0) + 1;
        counts.set(label, number);
        numbers.set(key, number);
      }
      return `[${label}_${number}]`;
    },
  };
}

/** A rule's name as a label. */
export function labelOf(rule: string): string {
  return rule.toUpperCase().replaceAll('-', '_');
}
