/** @module tools/definition-rules: what a definition must look like. */
import type { PromptDefinition, ResourceDefinition, ToolAnnotations, ToolDefinition, ToolTask } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { isMetadata } from './metadata.ts';
import { checkShape, isBoolean, isFilledText, isFunction, isListOf, isMatching, isRecord, isShape, isText, NAME, type Rule, type Rules } from './rules.ts';

const MAX_DESCRIPTION = 20_000;
const MAX_DEPTH = 128;
const MAX_PARTS = 100_000;

const isName = isMatching(NAME, '1 to 64 of A-Z a-z 0-9 _ . -');
const isScope = isMatching(/^[A-Za-z0-9_.:*/-]{1,100}$/, 'a scope such as tools:read');
const isPointer = isMatching(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a JSON Pointer such as /password');
const isAddress: Rule = (value) =>
  typeof value === 'string' && value.length <= 2048 && URL.canParse(value) ? undefined : 'must be an absolute URI of at most 2048 characters';
const isIcons = isListOf((value) => (isObject(value) && typeof value['src'] === 'string' ? undefined : 'must be an object with src'), 16);

const ANNOTATIONS: Rules<ToolAnnotations> = {
  title: isText(200),
  readOnlyHint: isBoolean,
  destructiveHint: isBoolean,
  idempotentHint: isBoolean,
  openWorldHint: isBoolean,
};

const TASK: Rules<ToolTask> = {
  begins: (value) => (value === 'when-slow' || value === 'at-once' || value === 'never' ? undefined : 'must be when-slow, at-once or never'),
  isRequired: isBoolean,
  timeoutSeconds: (value) => (typeof value === 'number' && value > 0 && value <= 86_400 ? undefined : 'must be a number of seconds, at most 86400'),
};

/** An input may be an object or, with ArkType, a function. */
const isInput: Rule = (value) => (isObject(value) || typeof value === 'function' ? undefined : 'must be a JSON Schema or a Standard Schema');

const TOOL: Rules<ToolDefinition> = {
  name: isName,
  title: isText(200),
  description: isText(MAX_DESCRIPTION),
  input: isInput,
  output: isRecord,
  isEnveloped: isBoolean,
  annotations: isShape(ANNOTATIONS),
  icons: isIcons,
  metadata: isMetadata,
  inProcess: isFilledText(200),
  task: isShape(TASK),
  scopes: isListOf(isScope, 32),
  permissions: isFunction,
  estimate: isFunction,
  redact: isListOf(isPointer, 64),
  text: isFunction,
  handler: isFunction,
};

const RESOURCE: Rules<ResourceDefinition> = {
  uri: isAddress,
  uriTemplate: isFilledText(2048),
  name: isFilledText(200),
  title: isText(200),
  description: isText(MAX_DESCRIPTION),
  mimeType: isText(200),
  icons: isIcons,
  annotations: isRecord,
  scopes: isListOf(isScope, 32),
  permissions: isFunction,
  complete: isFunction,
  read: isFunction,
};

const ARGUMENT: Rules<NonNullable<PromptDefinition['arguments']>[number]> = {
  name: isName,
  title: isText(200),
  description: isText(MAX_DESCRIPTION),
  required: isBoolean,
};

const PROMPT: Rules<PromptDefinition> = {
  name: isName,
  title: isText(200),
  description: isText(MAX_DESCRIPTION),
  icons: isIcons,
  arguments: isListOf(isShape(ARGUMENT, ['name']), 64),
  scopes: isListOf(isScope, 32),
  complete: isFunction,
  get: isFunction,
};

/** @throws AppError DEFINITION_INVALID naming the member; unknown members are refused */
export function checkTool(definition: ToolDefinition): void {
  checkShape(labelOf('Tool', definition), TOOL, ['name', 'description', 'handler'], definition);
}

/** @throws AppError DEFINITION_INVALID naming the member; exactly one of uri and uriTemplate must be there */
export function checkResource(definition: ResourceDefinition): void {
  const label = labelOf('Resource', definition);
  checkShape(label, RESOURCE, ['name', 'read'], definition);
  if ((definition.uri === undefined) === (definition.uriTemplate === undefined))
    throw new AppError('DEFINITION_INVALID', { message: `${label} needs either uri or uriTemplate.` });
}

/** @throws AppError DEFINITION_INVALID naming the member; argument names must differ */
export function checkPrompt(definition: PromptDefinition): void {
  const label = labelOf('Prompt', definition);
  checkShape(label, PROMPT, ['name', 'get'], definition);
  const names = (definition.arguments ?? []).map(({ name }) => name);
  if (new Set(names).size < names.length) throw new AppError('DEFINITION_INVALID', { message: `${label} has two arguments of one name.` });
}

function labelOf(kind: string, definition: unknown): string {
  try {
    const name = isObject(definition) ? definition['name'] : undefined;
    if (typeof name === 'string') return `${kind} "${name.slice(0, 64)}"`;
  } catch {
    // What cannot be read has no name to tell; the check says so.
  }
  return `A ${kind.toLowerCase()}`;
}

/**
 * A copy of what an author handed in as JSON (schemas, annotations, icons), so that later changes of
 * the original change nothing here.
 *
 * @throws AppError DEFINITION_INVALID when it is not plain JSON, circular, deeper than 128 or larger than 100 000 values
 */
export function copyJson(label: string, value: JsonObject): JsonObject {
  let parts = 0;
  const copy = (part: unknown, depth: number): unknown => {
    parts += 1;
    if (depth > MAX_DEPTH || parts > MAX_PARTS) throw new AppError('DEFINITION_INVALID', { message: `${label} is circular, nested too deeply or too large.` });
    if (typeof part === 'string' || typeof part === 'boolean' || part === null || (typeof part === 'number' && Number.isFinite(part))) return part;
    if (Array.isArray(part)) return part.map((item) => copy(item, depth + 1));
    if (isObject(part)) {
      const members = Object.entries(part).filter(([, member]) => member !== undefined);
      // fromEntries defines members, so that one named `__proto__` stays a member.
      return Object.fromEntries(members.map(([key, member]) => [key, copy(member, depth + 1)]));
    }
    throw new AppError('DEFINITION_INVALID', { message: `${label} holds a value that is not JSON (${typeof part}).` });
  };
  return copy(value, 0) as JsonObject;
}
