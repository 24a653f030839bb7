/** @module doors/mcp/capabilities: what this server offers, and what a client must have declared for a question. */
import type { InputRequest, InputRequests } from '../../contracts/ask.ts';
import { TASKS_EXTENSION } from '../../contracts/mcp.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** The same in every era: lists change, resources can be watched, arguments are completed, tools may log. */
export const SERVER_CAPABILITIES: JsonObject = Object.freeze({
  tools: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
});

/** Whether the client can follow tasks. @see SEP-2663, "Capability Negotiation" */
export function declaresTasks(capabilities: JsonObject): boolean {
  const { extensions } = capabilities;
  return isObject(extensions) && isObject(extensions[TASKS_EXTENSION]);
}

/** @throws AppError CLIENT_CAPABILITY_MISSING with data {requiredCapabilities} */
export function requireTasks(capabilities: JsonObject): void {
  if (declaresTasks(capabilities)) return;
  throw new AppError('CLIENT_CAPABILITY_MISSING', {
    message: `The client did not declare the extension ${TASKS_EXTENSION}.`,
    data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
  });
}

/** Capability, and the member of it that matters if there is one. */
type Need = readonly [capability: string, member?: string];

function needOf({ method, params }: InputRequest): Need {
  if (method === 'roots/list') return ['roots'];
  if (method === 'elicitation/create') return ['elicitation', params['mode'] === 'url' ? 'url' : 'form'];
  return params['tools'] !== undefined || params['toolChoice'] !== undefined ? ['sampling', 'tools'] : ['sampling'];
}

function isDeclared(declared: JsonObject, [capability, member]: Need): boolean {
  const value = Object.hasOwn(declared, capability) ? declared[capability] : undefined;
  if (!isObject(value)) return false;
  if (member === undefined || Object.hasOwn(value, member)) return true;
  // Before modes existed, a bare `elicitation: {}` meant forms; it still does.
  return member === 'form' && !Object.hasOwn(value, 'url');
}

/**
 * Refuses questions that the client did not say it can answer.
 *
 * @throws AppError CLIENT_CAPABILITY_MISSING with data {requiredCapabilities}: all that are missing, in
 *   the shape of the client's own declaration
 * @see MCP 2026-07-28, basic/patterns/mrtr, "Server Requirements" 7
 */
export function requireCapabilities(declared: JsonObject, requests: InputRequests): void {
  const missing: Record<string, Record<string, JsonObject>> = {};
  for (const request of Object.values(requests)) {
    const need = needOf(request);
    if (isDeclared(declared, need)) continue;
    const [capability, member] = need;
    const entry = (missing[capability] ??= {});
    if (member !== undefined) entry[member] = {};
  }
  const names = Object.keys(missing);
  if (names.length === 0) return;
  throw new AppError('CLIENT_CAPABILITY_MISSING', {
    message: `The client did not declare: ${names.join(', ')}.`,
    data: { requiredCapabilities: missing },
  });
}
