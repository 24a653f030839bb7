/** @module config/diff: what changes between two generations of the configuration. */
import type { Config } from '../contracts/config.ts';
import { canonicalJson, isObject, type Json } from '../core/json.ts';
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

/** Keys that are read once, at the start. `*` stands for one step. */
export const RESTART_POINTERS: readonly string[] = ['/server/host', '/server/port', '/audit/directory', '/audit/checkpointDirectory', '/workspace/root'];

/**
 * The changes from one configuration to another, in the order of the configuration's keys. Two
 * secrets that differ show as a change between equal masks.
 *
 * @param interpolated pointers of values from variables, of both generations
 */
export function diffConfig(before: Config, after: Config, interpolated: readonly string[] = []): readonly ConfigChange[] {
  const changes: ConfigChange[] = [];
  const walk = (left: unknown, right: unknown, pointer: string): void => {
    if (isObject(left) && isObject(right)) {
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) walk(left[key], right[key], joinPointer(pointer, key));
    } else if (canonicalJson(left) !== canonicalJson(right)) {
      changes.push({
        pointer,
        before: redactConfig(left, interpolated, pointer),
        after: redactConfig(right, interpolated, pointer),
        needsRestart: RESTART_POINTERS.some((pattern) => matchesPointer(pattern, pointer)),
      });
    }
  };
  walk(before, after, '');
  return changes;
}
