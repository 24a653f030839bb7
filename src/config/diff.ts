/** @module config/diff: what changes between two generations of the configuration. */
import type { Config } from '../contracts/config.ts';
import { canonicalJson, isObject, type Json } from '../core/json.ts';
import { interpolatedOf } from './interpolated.ts';
import { joinPointer, matchesPointer } from './pointer.ts';
import { redactConfig } from './redact.ts';

/** One key whose value differs. Lists count as one value. */
export interface ConfigChange {
  readonly pointer: string;
  /** Masked as `redactConfig` does; null also where the key is not there. */
  readonly before: Json;
  readonly after: Json;
  /** Whether a running gateway keeps the old value until it starts again. */
  readonly needsRestart: boolean;
}

/**
 * Keys that a running gateway takes over, with everything below them. All others are read once, at
 * the start: whoever makes another key live lists it here.
 */
const LIVE_POINTERS: readonly string[] = [
  '/environment',
  '/policy',
  '/approvals',
  '/limits/roles',
  '/limits/principals',
  '/limits/classes',
  '/limits/sourcePerMinute',
  '/limits/burst',
  '/limits/concurrency',
  '/limits/queue',
  '/limits/budgets',
  '/workspace/maxFileBytes',
  '/tools/disabled',
  '/sandbox',
  '/models',
  '/upstreams',
  '/profiles',
  '/toolSearch',
  '/orchestrator/complexity',
  '/orchestrator/tiers',
  '/orchestrator/judge',
];

/** What follows from other keys and variables; nobody wrote it, so nobody looks for it among changes. */
const DERIVED: readonly string[] = ['/models/providers/*/missingVariables', '/models/providers/*/isImplied'];

/** Whether a running gateway keeps the old value of this key until it starts again. */
export function needsRestart(pointer: string): boolean {
  return !LIVE_POINTERS.some((live) => pointer === live || pointer.startsWith(`${live}/`));
}

/**
 * The changes from one configuration to another, in the order of the configuration's keys. Two
 * secrets that differ show as a change between equal masks.
 *
 * @param interpolated pointers of values from variables, beside those of the two where they are what
 *   `loadConfig` returned
 */
export function diffConfig(before: Config, after: Config, interpolated: readonly string[] = []): readonly ConfigChange[] {
  const changes: ConfigChange[] = [];
  const hidden = [...interpolated, ...interpolatedOf(before), ...interpolatedOf(after)];
  const walk = (left: unknown, right: unknown, pointer: string): void => {
    if (isObject(left) && isObject(right)) {
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) walk(left[key], right[key], joinPointer(pointer, key));
    } else if (canonicalJson(left) !== canonicalJson(right) && !DERIVED.some((pattern) => matchesPointer(pattern, pointer))) {
      changes.push({
        pointer,
        before: redactConfig(left, hidden, pointer),
        after: redactConfig(right, hidden, pointer),
        needsRestart: needsRestart(pointer),
      });
    }
  };
  walk(before, after, '');
  return changes;
}
