/** @module models/guardrails/actions: which rules acted in one call. */
import type { GuardrailAction, TextDirection } from '../../contracts/guardrails-config.ts';
import type { Counter } from '../../contracts/telemetry.ts';

/** What was done, without what was found. */
export interface Actions {
  note(rule: string, action: GuardrailAction, direction: TextDirection, count?: number): void;
  /** Rules that acted so far, in the order they did. */
  readonly rules: readonly string[];
  /** For the audit record: `rule:action:direction=count …`; undefined = no rule acted. */
  readonly summary: string | undefined;
}

/** For one call. @param counter counts by {rule, action, direction} */
export function createActions(counter: Counter): Actions {
  const counts = new Map<string, number>();
  const rules = new Set<string>();
  return {
    note(rule, action, direction, count = 1) {
      if (count === 0) return;
      rules.add(rule);
      const key = `${rule}:${action}:${direction}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
      counter.add({ rule, action, direction }, count);
    },
    get rules() {
      return [...rules];
    },
    get summary() {
      return counts.size === 0 ? undefined : [...counts].map(([key, count]) => `${key}=${count}`).join(' ');
    },
  };
}
