/** @module doors/mcp/message: JSON-RPC messages, in and out. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** Text or a safe integer. */
export type RequestId = string | number;

/** A message that wants an answer. */
export interface RpcRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject | undefined;
}

/** A message that wants none. */
export interface RpcNotification {
  readonly id?: undefined;
  readonly method: string;
  readonly params?: JsonObject | undefined;
}

/** An answer of the client to a question of ours (legacy revisions only). */
export interface RpcResponse {
  readonly id: RequestId;
  readonly method?: undefined;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Any message a client may send. */
export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

/** Params of a request that has none. */
export const NO_PARAMS: JsonObject = Object.freeze({});

const isId = (id: unknown): id is RequestId => typeof id === 'string' || Number.isSafeInteger(id);

/**
 * The parsed JSON as a message. Unknown members beside those of JSON-RPC are ignored.
 *
 * @throws AppError INVALID_REQUEST
 * @see https://www.jsonrpc.org/specification and MCP, basic, "Messages" (no null id, params only by name)
 */
export function readMessage(value: unknown): RpcMessage {
  if (!isObject(value)) throw invalid('A message is a JSON object.');
  if (value['jsonrpc'] !== '2.0') throw invalid('Member jsonrpc must be "2.0".');
  const { method, id, params } = value;
  if (id !== undefined && !isId(id)) throw invalid('Member id must be a string or a safe integer.');
  if (typeof method === 'string') {
    if (params !== undefined && !isObject(params)) throw invalid('Member params must be an object.');
    return value as unknown as RpcRequest | RpcNotification;
  }
  const isAnswer = method === undefined && id !== undefined && 'result' in value !== 'error' in value;
  if (!isAnswer) throw invalid('The message is neither a request, a notification nor a response.');
  return value as unknown as RpcResponse;
}

/** Whether the message wants an answer. */
export function isRequest(message: RpcMessage): message is RpcRequest {
  return message.method !== undefined && message.id !== undefined;
}

/** Whether the message answers a question of ours. */
export function isResponse(message: RpcMessage): message is RpcResponse {
  return message.method === undefined;
}

/** The id to answer an unusable message with: its own when it looks like a request, else null. Also one that may not be used, so that the client finds its request. */
export function echoableId(value: unknown): RequestId | null {
  if (!isObject(value) || typeof value['method'] !== 'string') return null;
  const { id } = value;
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null;
}

/** A whole result message around the JSON text of the result. */
export function resultText(id: RequestId, result: string): string {
  return `{"jsonrpc":"2.0","id":${typeof id === 'number' ? id : JSON.stringify(id)},"result":${result}}`;
}

/** A whole notification. */
export function notificationText(method: string, params?: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function invalid(message: string): AppError {
  return new AppError('INVALID_REQUEST', { message });
}
