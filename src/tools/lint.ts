/** @module tools/lint: definitions that are valid and still will not serve their users well. */
import { isObject, type JsonObject } from '../core/json.ts';
import type { ListedTool } from './tool-target.ts';

/** One finding about one tool. */
export interface Finding {
  readonly tool: string;
  /** Stable name of the rule, for ignoring it. */
  readonly rule: string;
  /** One sentence: what is wrong and what to do. */
  readonly message: string;
}

/** Clients drop names above this, with their own prefix counted in. */
const MAX_FULL_NAME = 128;
const MAX_DESCRIPTION = 1024;
const MIN_DESCRIPTION = 10;

/** A rule: its message when it finds something. */
type LintRule = (tool: ListedTool, serverName: string) => string | false;

const RULES: Readonly<Record<string, LintRule>> = {
  'description-missing': ({ source: { description } }) =>
    description.trim().length < MIN_DESCRIPTION && 'Describe what it does and when to use it: models choose by the description alone.',
  'description-long': ({ source: { description } }) =>
    description.length > MAX_DESCRIPTION &&
    `Shorten the description to ${MAX_DESCRIPTION} characters: every client pays for it in each conversation, and some cut it off.`,
  'name-long': ({ source: { name } }, serverName) =>
    `mcp__${serverName}__${name}`.length > MAX_FULL_NAME &&
    `Shorten the name: with the prefix mcp__${serverName}__ it exceeds ${MAX_FULL_NAME} characters, and clients drop it.`,
  'name-dots': ({ source: { name } }) => name.includes('.') && 'Use _ instead of dots in the name: several model APIs allow only letters, digits, _ and -.',
  'hints-missing': ({ source: { annotations } }) =>
    annotations?.readOnlyHint === undefined &&
    annotations?.destructiveHint === undefined &&
    'Set annotations.readOnlyHint or destructiveHint: clients ask before every call that may destroy something.',
  'hints-contradict': ({ source: { annotations } }) =>
    annotations?.readOnlyHint === true && annotations.destructiveHint === true && 'It cannot be both read-only and destructive; remove one hint.',
  'effects-undeclared': ({ source: { annotations, permissions } }) =>
    annotations?.destructiveHint === true && !permissions && 'Declare permissions(input): without them policy cannot limit what it destroys.',
  'in-process-unexplained': ({ source: { inProcess }, metadata }) =>
    metadata.runtime !== 'sandbox' &&
    inProcess === undefined &&
    "Say in inProcess why it may run in the gateway's own process, or hand its work to the sandbox.",
  'timeout-missing': ({ source: { metadata } }) =>
    (metadata?.cpuIntensive === true || metadata?.runtime === 'cpu') &&
    metadata.timeoutSeconds === undefined &&
    'Set metadata.timeoutSeconds: work that needs the processor is cut off after 30 seconds.',
  'retry-unsafe': ({ source: { annotations }, metadata }) =>
    metadata.retryPolicy !== 'none' &&
    annotations?.readOnlyHint !== true &&
    annotations?.idempotentHint !== true &&
    'A retried call may act twice; set readOnlyHint or idempotentHint, or retryPolicy none.',
  'cache-unsafe': ({ source: { annotations }, metadata }) =>
    metadata.cacheTtl !== undefined &&
    annotations?.readOnlyHint !== true &&
    'Only answers of read-only tools may be reused; set readOnlyHint or remove cacheTtl.',
  'successor-unnamed': ({ metadata }) => metadata.deprecated === true && 'Name the successor in metadata.deprecated.',
  'arguments-undescribed': ({ definition }) => {
    const names = undescribed(definition['inputSchema']);
    return names.length > 0 && `Describe the arguments ${names.join(', ')} in the schema.`;
  },
};

/** Findings about one tool, in the order of the rules. */
export function lintTool(tool: ListedTool, serverName: string): readonly Finding[] {
  return Object.entries(RULES).flatMap(([rule, find]) => {
    const message = find(tool, serverName);
    return message === false ? [] : [{ tool: tool.source.name, rule, message }];
  });
}

function undescribed(schema: unknown): readonly string[] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) => (isObject(property) && hasWords(property) ? [] : [name]));
}

function hasWords({ description, title, $ref }: JsonObject): boolean {
  return typeof description === 'string' || typeof title === 'string' || $ref !== undefined;
}
