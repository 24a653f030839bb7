/** @module models/dialects/openai-responses/groups: tools in groups (`namespace`), which no other dialect has. There, each has one name. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../core/json.ts';
import type { ToolSpec } from '../conversation.ts';

/** What every vendor takes. */
const MAX_NAME_LENGTH = 64;
const HASH_LENGTH = 8;

/** The name of a tool of a group where there are no groups: at most 64 characters, the same each time, another for each tool. */
export function joinedName(namespace: string, name: string): string {
  const whole = `${namespace}__${name}`;
  if (whole.length <= MAX_NAME_LENGTH) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH);
  return `${whole.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}

/** The members of a call that name its tool, as the client knows it. */
export function namesOfCall(name: string, tools: readonly ToolSpec[] = []): JsonObject {
  const { group } = tools.find((tool) => tool.name === name) ?? {};
  return group === undefined ? { name } : { name: group.name, namespace: group.namespace };
}
