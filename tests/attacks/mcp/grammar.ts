/** Requests that are nearly right: a valid one of some method with one or two things done to it. */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';
import { MODERN_META, modernHeaders } from '../../helpers/mcp-http.ts';
import { anyChange, change } from './mutations.ts';

/** A request as it goes out. */
export interface Attack {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const METHODS: readonly (readonly [method: string, params: JsonObject])[] = [
  ['server/discover', {}],
  ['tools/list', {}],
  ['tools/list', { cursor: 'x' }],
  ['tools/call', { name: 'test_simple_text', arguments: {} }],
  ['tools/call', { name: 'test_header_param', arguments: { region: 'eu' } }],
  ['tools/call', { name: 'test_elicitation', arguments: { message: 'x' }, inputResponses: { user: { action: 'accept', content: {} } } }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'test://static-text' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'p' }, context: { arguments: {} } },
  ],
  ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } }],
  ['ping', {}],
  ['logging/setLevel', { level: 'info' }],
  ['resources/subscribe', { uri: 'test://static-text' }],
  ['resources/unsubscribe', { uri: 'test://static-text' }],
  ['notifications/cancelled', { requestId: 1 }],
  ['no/such', {}],
  ['constructor', {}],
];

const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '2026-07-28', '2025-11-25', '2099-01-01', 'tools/call', '=?base64?eA==?=', '=?base64?!?=', '1-1'),
);

const request = fc
  .tuple(fc.constantFrom(...METHODS), fc.boolean(), fc.oneof(fc.integer(), fc.string({ maxLength: 10 })))
  .map(([[method, params], isModern, id]) => ({
    isModern,
    method,
    params,
    message: {
      jsonrpc: '2.0',
      method,
      ...(method.startsWith('notifications/') ? {} : { id }),
      params: isModern ? { ...params, _meta: MODERN_META } : params,
    } as JsonObject,
  }));

/** A request with up to two members replaced, removed or added. */
const mutated = fc
  .tuple(request, fc.array(anyChange, { maxLength: 2 }))
  .map(([sent, changes]) => ({ ...sent, message: changes.reduce<unknown>(change, sent.message) }));

const headerNames = [
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
  'Accept',
  'X-Correlation-ID',
  'traceparent',
  'Mcp-Param-Region',
];

/** Headers that fit the message, but for those that were changed. */
const headersFor = (isModern: boolean, method: string, params: JsonObject, changes: readonly (readonly [string, string])[]): Record<string, string> => {
  const headers: Record<string, string> = { ...(isModern ? modernHeaders(method, params) : {}) };
  for (const [name, value] of changes) headers[name] = value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '');
  return headers;
};

/** Bad requests, some of which happen to be good. */
export const attack: fc.Arbitrary<Attack> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(mutated, fc.array(fc.tuple(fc.constantFrom(...headerNames), oddText), { maxLength: 2 }))
      .map(([{ isModern, method, params, message }, changes]) => ({
        body: JSON.stringify(message) ?? 'undefined',
        headers: headersFor(isModern, method, params, changes),
      })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(mutated, fc.nat(300)).map(([{ isModern, method, params, message }, at]) => ({
      body: (JSON.stringify(message) ?? '').slice(0, at),
      headers: headersFor(isModern, method, params, []),
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(
        mutated.map(({ message }) => message),
        { maxLength: 4 },
      )
      .map((messages) => ({ body: JSON.stringify(messages), headers: {} })),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ body: Buffer.from(bytes), headers: {} })) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 3000 })
      .map((depth) => ({ body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`, headers: {} })),
  },
);
