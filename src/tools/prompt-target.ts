/** @module tools/prompt-target: prompts. */
import type { Listed } from '../contracts/catalog.ts';
import type { Target } from '../contracts/target.ts';
import type { PromptDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { deepFreeze, isObject, type JsonObject } from '../core/json.ts';
import { checkPrompt, copyJson } from './definition-rules.ts';
import { toPlainJson } from './plain-json.ts';
import type { ToolPorts } from './ports.ts';
import { DEFAULT_READ_SCOPES, READ_TRAITS } from './resource-target.ts';
import { RunningToolContext } from './tool-context.ts';

/** A prompt in the catalogue. */
export interface ListedPrompt extends Listed {
  readonly source: PromptDefinition;
}

/** @throws AppError DEFINITION_INVALID */
export function createPromptTarget(definition: PromptDefinition, ports: ToolPorts): ListedPrompt {
  checkPrompt(definition);
  const { name, scopes = DEFAULT_READ_SCOPES } = definition;
  const target: Target = {
    kind: 'prompt',
    name,
    traits: READ_TRAITS,
    access: { scopes: Object.freeze([...scopes]) },
    run: async (input, call) => {
      const prompt = await definition.get(readArguments(definition, input), new RunningToolContext(call, ports));
      const { value } = toPlainJson(prompt, ports.maxResultBytes);
      return { type: 'result', value: requirePrompt(value) };
    },
  };
  return { source: definition, target, definition: deepFreeze(describePrompt(definition)) };
}

/** @throws AppError INVALID_PARAMS for a missing, unknown or non-text argument */
function readArguments({ arguments: declared = [] }: PromptDefinition, input: unknown): Readonly<Record<string, string>> {
  const sent = input ?? {};
  const refuse = (message: string): never => {
    throw new AppError('INVALID_PARAMS', { message });
  };
  if (!isObject(sent)) return refuse('The arguments of a prompt must be an object.');
  const values: [string, string][] = [];
  for (const [key, value] of Object.entries(sent)) {
    if (!declared.some(({ name }) => name === key)) return refuse(`The prompt has no argument ${JSON.stringify(key.slice(0, 64))}.`);
    if (typeof value !== 'string') return refuse(`The argument ${JSON.stringify(key)} must be a string.`);
    values.push([key, value]);
  }
  const missing = declared.find(({ name, required }) => required === true && !Object.hasOwn(sent, name));
  return missing ? refuse(`The argument ${JSON.stringify(missing.name)} is required.`) : Object.fromEntries(values);
}

/** @throws AppError OUTPUT_INVALID */
function requirePrompt(value: unknown): JsonObject {
  const messages = isObject(value) ? value['messages'] : undefined;
  const isPrompt =
    Array.isArray(messages) &&
    messages.every((message) => isObject(message) && (message['role'] === 'user' || message['role'] === 'assistant') && isObject(message['content']));
  if (isPrompt && isObject(value)) return value;
  throw new AppError('OUTPUT_INVALID', { message: 'The prompt answered something that is no list of messages with role and content.' });
}

function describePrompt({ name, title, description, icons, arguments: declared }: PromptDefinition): JsonObject {
  const label = `Prompt "${name}"`;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(icons === undefined ? {} : { icons: icons.map((icon) => copyJson(label, icon)) }),
    ...(declared === undefined ? {} : { arguments: declared.map((argument) => copyJson(label, { ...argument })) }),
  };
}
