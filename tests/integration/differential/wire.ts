/** Cases over the wire, and what came back without what must differ. */
import { Agent, request as send } from 'node:http';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import type { Case } from './cases.ts';
import type { Endpoint } from './servers.ts';

/** What is compared of one answer. */
export interface Observed {
  readonly status: number;
  /** Without parameters; empty = no such header. */
  readonly contentType: string;
  readonly allow: string;
  readonly challenge: string;
  readonly session: string;
  /** Messages ahead of the last. */
  readonly ahead: readonly unknown[];
  readonly kind: 'result' | 'error' | 'batch' | 'empty' | 'other';
  readonly id: unknown;
  /** Of an error. */
  readonly code: unknown;
  /** Of an error's data: its members without those that the gateway adds to every error. */
  readonly data: readonly string[];
  /** Of a result. */
  readonly result: unknown;
  /** As it came, for people. */
  readonly text: string;
}

const agents = new Map<number, Agent>();
const DEADLINE_MS = 10_000;

/** Ends every connection. */
export function hangUp(): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}

/** @throws Error when no answer comes in time */
export function exchange({ port, headers }: Endpoint, { headers: own, body, httpMethod }: Case): Promise<Observed> {
  let agent = agents.get(port);
  if (!agent) agents.set(port, (agent = new Agent({ keepAlive: true })));
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, 'utf8');
    const lines = [
      ...headers,
      ...own,
      ['Host', `localhost:${port}`] as const,
      ...(httpMethod === 'POST' ? [['Content-Length', String(bytes.length)] as const] : []),
    ];
    const outgoing = send({ agent, host: '127.0.0.1', port, path: '/mcp', method: httpMethod, headers: lines.flat(), timeout: DEADLINE_MS }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const head = (name: string): string => String(response.headers[name] ?? '');
        resolve(observe(response.statusCode ?? 0, head, Buffer.concat(pieces).toString('utf8'), body.trimStart().startsWith('[')));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${DEADLINE_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

function observe(status: number, head: (name: string) => string, text: string, isBatch: boolean): Observed {
  const contentType = head('content-type').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const messages =
    contentType === 'text/event-stream'
      ? text
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => parse(line.slice(6)))
      : text === ''
        ? []
        : [parse(text)];
  // A batch may be answered as one array, or message by message on a stream.
  const last = isBatch && contentType === 'text/event-stream' ? messages : messages.at(-1);
  const common = {
    status,
    contentType,
    allow: head('allow'),
    challenge: head('www-authenticate'),
    session: head('mcp-session-id') === '' ? '' : 'present',
    ahead: Array.isArray(last) ? [] : messages.slice(0, -1),
    id: isObject(last) ? last['id'] : undefined,
    code: undefined,
    data: [],
    result: undefined,
    text,
  };
  if (last === undefined) return { ...common, kind: 'empty' };
  if (Array.isArray(last)) return { ...common, kind: 'batch', result: last.map(normaliseMessage) };
  if (!isObject(last)) return { ...common, kind: 'other' };
  const { error, result } = last;
  if (isObject(error)) return { ...common, kind: 'error', code: error['code'], data: dataMembers(error['data']) };
  return result === undefined ? { ...common, kind: 'other' } : { ...common, kind: 'result', result: normalise(result) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Every error of the gateway names its code, its fix and its correlation id. */
function dataMembers(data: unknown): readonly string[] {
  return isObject(data)
    ? Object.keys(data)
        .filter((name) => !['code', 'fix', 'correlation_id'].includes(name))
        .sort()
    : [];
}

function normaliseMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { error, result, id } = message;
  return isObject(error) ? { id, code: error['code'] } : { id, result: normalise(result) };
}

/** Without the server's name, hints of freshness and the words of failures. */
function normalise(result: unknown): unknown {
  if (!isObject(result)) return result;
  const { serverInfo, _meta, ttlMs, cacheScope, ...rest } = result;
  const failed = rest['isError'] === true ? { content: 'words' } : {};
  const hints = { ttlMs: typeof ttlMs, cacheScope: typeof cacheScope };
  return sorted({ ...rest, ...failed, ...hints, serverInfo: typeof serverInfo, meta: isObject(_meta) ? Object.keys(_meta).sort() : [] });
}

/** Members in order, and entries of lists by name: neither is promised. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map(sorted);
    const isNamed = entries.every((entry) => isObject(entry) && typeof entry['name'] === 'string');
    return isNamed ? entries.sort((one, other) => nameOf(one).localeCompare(nameOf(other))) : entries;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted((value as JsonObject)[key])]),
  );
}

const nameOf = (entry: unknown): string => (isObject(entry) ? String(entry['name']) : '');
