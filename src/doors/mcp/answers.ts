/** @module doors/mcp/answers: the shapes of a client's answers to questions. */
import type { InputRequest } from '../../contracts/ask.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

const ACTIONS = new Set<unknown>(['accept', 'decline', 'cancel']);

/**
 * The answer when it has the shape of its method's result, else undefined. The content of a form is
 * not compared with the schema that asked for it: that is the asking tool's affair.
 *
 * @see MCP 2026-07-28, schema: ElicitResult, CreateMessageResult, ListRootsResult
 */
export function parseAnswer(method: InputRequest['method'], answer: unknown): JsonObject | undefined {
  return isObject(answer) && SHAPES[method](answer) ? answer : undefined;
}

const SHAPES: Readonly<Record<InputRequest['method'], (answer: JsonObject) => boolean>> = {
  'elicitation/create': ({ action, content }) => ACTIONS.has(action) && (content === undefined || isObject(content)),
  'sampling/createMessage': ({ role, content, model }) =>
    typeof role === 'string' && typeof model === 'string' && (isObject(content) || (Array.isArray(content) && content.every(isObject))),
  'roots/list': ({ roots }) => Array.isArray(roots) && roots.every((root) => isObject(root) && typeof root['uri'] === 'string'),
};
