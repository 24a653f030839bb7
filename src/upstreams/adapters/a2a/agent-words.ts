/** @module upstreams/adapters/a2a/agent-words: messages to and from an agent in both revisions, and its answers as results of tools. */
import { randomHex } from '../../../core/ids.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** What a caller says. */
export interface Said {
  readonly message: string;
  /** Goes on with a conversation. */
  readonly contextId: string | undefined;
  /** Goes on with a task. */
  readonly taskId: string | undefined;
}

/** Words of the two revisions for the same things. */
export const WORDS = {
  '1.0': { send: 'SendMessage', get: 'GetTask', cancel: 'CancelTask' },
  '0.3': { send: 'message/send', get: 'tasks/get', cancel: 'tasks/cancel' },
} as const;

/** An answer of the agent, whatever the revision. */
export interface AgentAnswer {
  readonly taskId: string | null;
  readonly contextId: string | null;
  /** `message` = it answered without a task; else the state in lower case with `_`, such as `input_required`. */
  readonly state: string;
  readonly parts: readonly JsonObject[];
}

const SETTLED: ReadonlySet<string> = new Set(['message', 'completed', 'failed', 'canceled', 'rejected', 'input_required', 'auth_required']);
const FAILED: ReadonlySet<string> = new Set(['failed', 'canceled', 'rejected', 'auth_required']);

/** Whether nothing more happens by itself. */
export function isSettled({ state }: AgentAnswer): boolean {
  return SETTLED.has(state);
}

/** Parameters of the request that sends. It does not wait for the end of the task. */
export function sendParams({ message, contextId, taskId }: Said, revision: keyof typeof WORDS): JsonObject {
  const ids = { messageId: randomHex(16), ...(contextId === undefined ? {} : { contextId }), ...(taskId === undefined ? {} : { taskId }) };
  return revision === '1.0'
    ? { message: { ...ids, role: 'ROLE_USER', parts: [{ text: message }] }, configuration: { returnImmediately: true } }
    : { message: { ...ids, kind: 'message', role: 'user', parts: [{ kind: 'text', text: message }] }, configuration: { blocking: false } };
}

/** Undefined = neither a message nor a task. */
export function readAnswer(result: JsonObject): AgentAnswer | undefined {
  const task = isObject(result['task']) ? result['task'] : isObject(result['status']) ? result : undefined;
  if (task) return readTask(task);
  const message = isObject(result['message']) ? result['message'] : Array.isArray(result['parts']) ? result : undefined;
  return message && { taskId: textOrNull(message['taskId']), contextId: textOrNull(message['contextId']), state: 'message', parts: partsOf(message) };
}

function readTask(task: JsonObject): AgentAnswer {
  const status = isObject(task['status']) ? task['status'] : {};
  const state = String(status['state'] ?? 'unknown')
    .replace(/^TASK_STATE_/, '')
    .toLowerCase()
    .replaceAll('-', '_');
  const said = isObject(status['message']) ? partsOf(status['message']) : [];
  const made = (Array.isArray(task['artifacts']) ? task['artifacts'] : []).filter(isObject).flatMap(partsOf);
  return { taskId: textOrNull(task['id']), contextId: textOrNull(task['contextId']), state, parts: [...made, ...said] };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function partsOf({ parts }: JsonObject): readonly JsonObject[] {
  return Array.isArray(parts) ? parts.filter(isObject) : [];
}

/** With what is needed to go on in the structured form. */
export function resultOfAgent({ taskId, contextId, state, parts }: AgentAnswer): JsonObject {
  const content = parts.flatMap(contentOf);
  const structuredContent = { state, ...(taskId === null ? {} : { task_id: taskId }), ...(contextId === null ? {} : { context_id: contextId }) };
  return { content: [...content, ...noteOn(state, content.length)], structuredContent, ...(FAILED.has(state) ? { isError: true } : {}) };
}

function noteOn(state: string, said: number): readonly JsonObject[] {
  if (state === 'input_required')
    return [{ type: 'text', text: 'The agent asks for more: answer by calling this tool again with this task_id and context_id.' }];
  return said === 0 ? [{ type: 'text', text: `The agent's task is ${state.replaceAll('_', ' ')}.` }] : [];
}

function contentOf(part: JsonObject): readonly JsonObject[] {
  const file = isObject(part['file']) ? part['file'] : part;
  const { text, data } = part;
  const bytes = file['bytes'] ?? file['raw'];
  const uri = file['uri'] ?? file['url'];
  const name = firstText(file['name'], file['filename']) ?? 'file';
  const mimeType = firstText(file['mimeType'], file['mediaType']) ?? 'application/octet-stream';
  if (typeof text === 'string') return [{ type: 'text', text }];
  if (typeof bytes === 'string') {
    if (mimeType.startsWith('image/')) return [{ type: 'image', data: bytes, mimeType }];
    return [{ type: 'resource', resource: { uri: `a2a:${encodeURIComponent(name)}`, mimeType, blob: bytes } }];
  }
  if (typeof uri === 'string') return [{ type: 'resource_link', uri, name, mimeType }];
  return data === undefined ? [] : [{ type: 'text', text: JSON.stringify(data) }];
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string' && value !== '') as string | undefined;
}
