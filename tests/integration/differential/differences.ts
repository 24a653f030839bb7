/**
 * Every intended difference from the official SDK's server, with its reason. docs/protocol.md shows this
 * list; an entry that explains nothing fails the test. (A table, longer than other files by nature.)
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Case, REVISIONS, type Revision } from './cases.ts';
import type { Aspect } from './compare.ts';
import type { Observed } from './wire.ts';

/** One intended difference. */
export interface Difference {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly revisions: readonly Revision[];
  readonly aspects: readonly Aspect[];
  readonly applies: (sent: Case, ours: Observed, theirs: Observed, aspect: Aspect) => boolean;
}

const MODERN: readonly Revision[] = ['2026-07-28'];
const LEGACY: readonly Revision[] = REVISIONS.filter((revision) => revision !== '2026-07-28');
const ANSWER = ['status', 'contentType', 'kind', 'id', 'code', 'data', 'result'] as const;

const headerOf = ({ headers }: Case, wanted: string): string | undefined => headers.find(([name]) => name === wanted)?.[1];
const paramsOf = ({ message }: Case): JsonObject => (isObject(message) && isObject(message['params']) ? message['params'] : {});
const metaOf = (sent: Case): unknown => paramsOf(sent)['_meta'];
const isBadToken = (sent: Case): boolean => {
  const meta = metaOf(sent);
  return isObject(meta) && meta['progressToken'] !== undefined && typeof meta['progressToken'] !== 'string' && !Number.isSafeInteger(meta['progressToken']);
};
const mediaTypes = (sent: Case): string[] =>
  (headerOf(sent, 'Accept') ?? '')
    .toLowerCase()
    .split(',')
    .map((type) => type.split(';', 1)[0]?.trim() ?? '');

/** The list of tools, or several of them, without what only this gateway tells of them. */
function withoutMetadata(result: unknown): unknown {
  if (Array.isArray(result)) return result.map((answer: unknown) => (isObject(answer) ? { ...answer, result: withoutMetadata(answer['result']) } : answer));
  if (!isObject(result) || !Array.isArray(result['tools'])) return result;
  return {
    ...result,
    tools: result['tools'].map((tool: unknown) => (isObject(tool) ? Object.fromEntries(Object.entries(tool).filter(([name]) => name !== '_meta')) : tool)),
  };
}

/** What was discovered, without the extensions that are offered. */
function withoutExtensions(result: unknown): unknown {
  if (!isObject(result) || !isObject(result['capabilities'])) return result;
  return { ...result, capabilities: Object.fromEntries(Object.entries(result['capabilities']).filter(([name]) => name !== 'extensions')) };
}

/** What a revision before 2026-07-28 answers over HTTP where the SDK insists on an event stream. */
const framing: readonly Difference[] = [
  {
    id: 'json-answers',
    revisions: LEGACY,
    aspects: ['contentType'],
    what: 'A request of a legacy revision is answered as `application/json` where the SDK opens an event stream for its one message.',
    why: 'Both are allowed (2025-11-25, transports, "Sending Messages to the Server" 5). A stream is opened when there is something to stream.',
    applies: (_sent, ours, theirs) => ours.contentType === 'application/json' && theirs.contentType === 'text/event-stream' && theirs.ahead.length === 0,
  },
  {
    id: 'accept-either',
    revisions: LEGACY,
    aspects: ANSWER,
    what: 'A legacy client that accepts only one of `application/json` and `text/event-stream`, or `*/*`, or sends no Accept, is served; the SDK answers 406.',
    why: 'Clients must list both, but many do not, and the answer they can read exists.',
    applies: (sent, ours, theirs) =>
      theirs.status === 406 &&
      ours.status !== 406 &&
      (headerOf(sent, 'Accept') === undefined ||
        mediaTypes(sent).some((type) => ['application/json', 'application/*', 'text/event-stream', 'text/*', '*/*'].includes(type))),
  },
  {
    id: 'accept-honoured',
    revisions: MODERN,
    aspects: ANSWER,
    what: 'A client that accepts neither `application/json` nor `text/event-stream` gets 406, and one that accepts only event streams gets one; the SDK ignores Accept in the modern revision.',
    why: 'RFC 9110, section 12.5.1: an answer that the client says it cannot read helps nobody.',
    applies: (sent, ours, theirs, aspect) =>
      (ours.status === 406 && theirs.status !== 406) ||
      (aspect === 'contentType' &&
        ours.contentType === 'text/event-stream' &&
        theirs.contentType === 'application/json' &&
        mediaTypes(sent).join() === 'text/event-stream'),
  },
];

/** How errors are described. */
const errors: readonly Difference[] = [
  {
    id: 'envelope-data',
    revisions: MODERN,
    aspects: ['data'],
    what: '`data` of a broken `_meta` names `missing` members or the malformed `key`; the SDK nests the same below `envelope`.',
    why: 'The protocol leaves the shape open. Every error of this gateway is flat.',
    applies: (_sent, ours, theirs) =>
      ours.code === -32602 && theirs.code === -32602 && theirs.data.join() === 'envelope' && ['key', 'missing'].includes(ours.data.join()),
  },
  {
    id: 'mismatch-data',
    revisions: MODERN,
    aspects: ['data'],
    what: '`data` of a header mismatch names the `header`; the SDK repeats header and body below `mismatch`.',
    why: "The values are the client's own; repeating them only makes logs of clients hold more.",
    applies: (_sent, ours, theirs) => ours.code === -32020 && theirs.code === -32020 && ours.data.join() === 'header' && theirs.data.join() === 'mismatch',
  },
  {
    id: 'http-refusals',
    revisions: REVISIONS,
    aspects: ['code', 'data'],
    what: '405, 406 and 415 carry −32600, where the SDK writes −32000; 405 repeats the Allow header in `data`.',
    why: '−32000 means nothing; −32600 says that the request as such is at fault.',
    applies: (_sent, ours, theirs) => [405, 406, 415].includes(ours.status) && ours.status === theirs.status && ours.code === -32600 && theirs.code === -32000,
  },
  {
    id: 'version-header-code',
    revisions: LEGACY,
    aspects: ['code', 'id', 'data'],
    what: 'An unknown MCP-Protocol-Version carries −32022, the id of the request, and in `data` what is served; the SDK answers −32000 without either.',
    why: 'The status is the same (400). A client can learn from the answer.',
    applies: (_sent, ours, theirs) => ours.status === 400 && theirs.status === 400 && ours.code === -32022 && theirs.code === -32000,
  },
  {
    id: 'params-code',
    revisions: REVISIONS,
    aspects: ['code'],
    what: 'Params of the wrong shape are −32602, where the SDK answers −32603 with the raw text of its validator.',
    why: "The fault is the client's: JSON-RPC 2.0, section 5.1.",
    applies: (_sent, ours, theirs) => ours.code === -32602 && theirs.code === -32603,
  },
  {
    id: 'resource-not-found',
    revisions: LEGACY,
    aspects: ['code'],
    what: 'An unknown resource is −32002 in legacy revisions; the SDK answers −32602 in all.',
    why: '2025-11-25, server/resources, "Error Handling", says −32002.',
    applies: (sent, ours, theirs) => sent.method === 'resources/read' && ours.code === -32002 && theirs.code === -32602,
  },
];

/** Where one of the two looks at something that the other does not. */
const checks: readonly Difference[] = [
  {
    id: 'bad-cursor',
    revisions: REVISIONS,
    aspects: ['kind', 'code', 'result'],
    what: "A cursor that was never given out is −32602; the SDK's server has no pages and ignores cursors.",
    why: 'server/utilities/pagination, "Error Handling": invalid cursors should result in −32602.',
    applies: (sent, ours, theirs) =>
      sent.method.endsWith('/list') && typeof paramsOf(sent)['cursor'] === 'string' && ours.code === -32602 && theirs.kind === 'result',
  },
  {
    id: 'unknown-argument',
    revisions: REVISIONS,
    aspects: ['kind', 'code', 'result'],
    what: 'Completing an argument that the prompt or template does not have is −32602; the SDK answers with no values.',
    why: 'A misspelt name would look like an argument without suggestions.',
    applies: (sent, ours, theirs) =>
      sent.method === 'completion/complete' && ours.code === -32602 && theirs.kind === 'result' && isEmptyCompletion(theirs.result),
  },
  {
    id: 'progress-token',
    revisions: REVISIONS,
    aspects: ['status', 'kind', 'code', 'data', 'result'],
    what: 'A progressToken that is neither text nor integer is −32602 for methods that can report progress and ignored by the others; the SDK refuses the whole message as −32600.',
    why: 'The message is a valid request with a wrong parameter.',
    applies: (sent, ours, theirs) => isBadToken(sent) && theirs.code === -32600 && (ours.kind === 'error' || OWN_ANSWERS.has(sent.method)),
  },
  {
    id: 'meta-shape',
    revisions: REVISIONS,
    aspects: ['status', 'kind', 'code', 'data', 'result'],
    what: 'A `_meta` that is no object is −32602 in the modern revision and ignored in legacy ones, which need nothing of it; the SDK refuses the whole message as −32600.',
    why: 'As for progress-token.',
    applies: (sent, _ours, theirs) => metaOf(sent) !== undefined && !isObject(metaOf(sent)) && theirs.code === -32600,
  },
  {
    id: 'handshake-details',
    revisions: LEGACY,
    aspects: ['kind', 'code', 'result'],
    what: '`initialize` does not look into single capabilities or at the optional members of clientInfo; the SDK answers −32603 when one has the wrong type.',
    why: 'Capabilities are looked at when they are needed, and what is malformed then counts as not declared.',
    applies: (sent, ours, theirs) => sent.method === 'initialize' && ours.kind === 'result' && theirs.code === -32603,
  },
  {
    id: 'decoded-variables',
    revisions: REVISIONS,
    aspects: ['result'],
    what: 'Variables that a resource template matches are percent-decoded; the SDK hands them on as they stand.',
    why: 'RFC 6570 encodes what it expands: what is matched must be decoded again.',
    applies: (sent) => sent.method === 'resources/read' && String(paramsOf(sent)['uri']).includes('%'),
  },
  {
    id: 'completion-total',
    revisions: REVISIONS,
    aspects: ['result'],
    what: 'A completion without values says `total: 0`; the SDK leaves it out where the argument has nothing to complete it.',
    why: 'One shape for all answers.',
    applies: (sent, ours, theirs) => sent.method === 'completion/complete' && isEmptyCompletion(ours.result) && isEmptyCompletion(theirs.result),
  },
  {
    id: 'uri-syntax',
    revisions: LEGACY,
    aspects: ['data'],
    what: 'A resource whose URI is none is unknown like any other; the SDK adds a `reason` to its data.',
    why: 'The code and the way out are the same.',
    applies: (sent, ours, theirs) => sent.method === 'resources/read' && ours.data.join() === 'uri' && theirs.data.join() === 'reason,uri',
  },
  {
    id: 'mirrored-number',
    revisions: MODERN,
    aspects: ANSWER,
    what: 'A mirrored parameter that holds a number beyond 2^53 is compared with its header; the SDK skips it.',
    why: 'No value may pass for which the header says something else.',
    applies: (sent, ours) => {
      const input = paramsOf(sent)['arguments'];
      return isObject(input) && typeof input['region'] === 'number' && !Number.isSafeInteger(input['region']) && ours.code === -32020;
    },
  },
  {
    id: 'tool-metadata',
    revisions: REVISIONS,
    aspects: ['result'],
    what: 'Tools are listed with `_meta["switchyard/metadata"]`: runtime, category, timeout and the like.',
    why: 'Clients that know it can use it; `_meta` is made for that.',
    applies: (sent, ours, theirs) => sent.method === 'tools/list' && isDeepStrictEqual(withoutMetadata(ours.result), withoutMetadata(theirs.result)),
  },
];

/** What the legacy leg of this gateway has and the SDK's stateless one has not, and the other way round. */
const sessions: readonly Difference[] = [
  {
    id: 'sessions',
    revisions: LEGACY,
    aspects: ['session'],
    what: "`initialize` opens a session and names it in Mcp-Session-Id; the SDK's handler is stateless.",
    why: 'Subscriptions and questions of the server need one.',
    applies: (sent, ours, theirs) => sent.method === 'initialize' && ours.kind === 'result' && ours.session === 'present' && theirs.session === '',
  },
  {
    id: 'allow',
    revisions: REVISIONS,
    aspects: ['allow'],
    what: 'Allow names GET, POST and DELETE for other HTTP methods; the SDK names POST.',
    why: 'GET and DELETE belong to sessions.',
    applies: (sent, ours, theirs) =>
      ours.status === 405 && ['PUT', 'PATCH'].includes(sent.httpMethod) && ours.allow === 'GET, POST, DELETE' && theirs.allow === 'POST',
  },
  {
    id: 'unknown-session',
    revisions: LEGACY,
    aspects: ANSWER,
    what: "A session id that is not known is 404; the SDK's stateless handler ignores it.",
    why: '2025-11-25, transports, "Session Management" 3. The client then initializes anew.',
    applies: (sent, ours) => headerOf(sent, 'Mcp-Session-Id') !== undefined && ours.status === 404 && ours.code === 40401,
  },
  {
    id: 'no-batches',
    revisions: ['2025-11-25', '2025-06-18'],
    aspects: ANSWER,
    what: 'Batches are refused as −32600; the SDK answers them in every legacy revision.',
    why: 'Revision 2025-06-18 removed them.',
    applies: (sent, ours) => sent.body.startsWith('[') && ours.status === 400 && ours.code === -32600,
  },
  {
    id: 'batched-handshake',
    revisions: ['2025-03-26'],
    aspects: ANSWER,
    what: 'A handshake inside a batch is refused as −32600; the SDK answers it.',
    why: '2025-03-26, lifecycle, "Initialization": it must not be part of a batch.',
    applies: (sent, ours) => sent.method === 'initialize' && sent.body.startsWith('[') && ours.status === 400 && ours.code === -32600,
  },
  {
    id: 'batched-errors',
    revisions: ['2025-03-26'],
    aspects: ['result'],
    what: 'In a batch, the single answers differ as they do alone (resource-not-found, unknown-argument, completion-total, decoded-variables).',
    why: 'They are the same answers.',
    applies: (sent, ours, theirs) =>
      ['resources/read', 'completion/complete'].includes(sent.method) && isDeepStrictEqual(idsOf(ours.result), idsOf(theirs.result)),
  },
  {
    id: 'no-2024-11-05',
    revisions: LEGACY,
    aspects: ANSWER,
    what: 'Revision 2024-11-05 is not served over HTTP: a handshake for it is offered 2025-11-25, the header is refused. The SDK serves it.',
    why: 'That revision has another transport over HTTP. Over stdio it is served.',
    applies: (sent, ours) =>
      (headerOf(sent, 'MCP-Protocol-Version') === '2024-11-05' && ours.code === -32022) ||
      (sent.method === 'initialize' && paramsOf(sent)['protocolVersion'] === '2024-11-05' && ours.kind === 'result'),
  },
];

/** An extension that the gateway serves and the fixture of the reference does not. */
const extensions: readonly Difference[] = [
  {
    id: 'tasks-offered',
    revisions: MODERN,
    aspects: ['result'],
    what: '`server/discover` offers the extension `io.modelcontextprotocol/tasks`; the SDK has no tasks.',
    why: 'Long calls may go on as tasks ([tasks.md](tasks.md)).',
    applies: (sent, ours, theirs) => sent.method === 'server/discover' && isDeepStrictEqual(withoutExtensions(ours.result), withoutExtensions(theirs.result)),
  },
  {
    id: 'tasks-undeclared',
    revisions: MODERN,
    aspects: ['status', 'code', 'data'],
    what: '`tasks/get`, `tasks/update` and `tasks/cancel` of a client that did not declare the extension are −32021 with `requiredCapabilities`; the SDK, which has no tasks, answers −32601.',
    why: 'The method exists; what is missing is the declaration, and the answer says so.',
    applies: (sent, ours, theirs) => taskMethodOf(sent) && ours.status === 400 && ours.code === -32021 && theirs.status === 404 && theirs.code === -32601,
  },
];

const taskMethodOf = ({ message }: Case): boolean => isObject(message) && String(message['method']).startsWith('tasks/');

const OWN_ANSWERS: ReadonlySet<string> = new Set(['ping', 'logging/setLevel', 'initialize', 'server/discover']);

const idsOf = (batch: unknown): unknown => (Array.isArray(batch) ? batch.map((answer: unknown) => (isObject(answer) ? answer['id'] : undefined)) : batch);

function isEmptyCompletion(result: unknown): boolean {
  const completion = isObject(result) ? result['completion'] : undefined;
  return isObject(completion) && Array.isArray(completion['values']) && completion['values'].length === 0;
}

/** The whole list; the first entry that applies explains. */
export const DIFFERENCES: readonly Difference[] = [...sessions, ...framing, ...errors, ...checks, ...extensions];
