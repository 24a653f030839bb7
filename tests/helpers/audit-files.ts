import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';

/** Every record in the files of the home's log as it stands now, oldest first; nothing is verified. */
export function recordsOf(home: string): JsonObject[] {
  const folder = join(home, 'audit');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject);
}
