import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from '../../../../src/core/errors.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { parseAnswer } from '../../../../src/doors/mcp/answers.ts';
import { requireCapabilities } from '../../../../src/doors/mcp/capabilities.ts';
import { errorText, failureHeaders, httpStatusOf } from '../../../../src/doors/mcp/errors.ts';
import { pushRate } from '../../../../src/doors/mcp/http-answer.ts';
import { pageText, parseCursor } from '../../../../src/doors/mcp/pages.ts';
import { createResultWriter } from '../../../../src/doors/mcp/results.ts';
import { codeOf } from '../../../helpers/failure-of.ts';

const write = createResultWriter({ serverInfo: { name: 's', version: '1' }, instructions: undefined, ttlMs: 5, discoverTtlMs: 6, pageSize: 2 });
const IDENTITY = { 'io.modelcontextprotocol/serverInfo': { name: 's', version: '1' } };

describe('results', () => {
  it('say in the modern era that they are complete and who made them', () => {
    expect(JSON.parse(write.complete({ content: [] }, true))).toEqual({ resultType: 'complete', _meta: IDENTITY, content: [] });
    expect(JSON.parse(write.complete({}, true))).toEqual({ resultType: 'complete', _meta: IDENTITY });
    expect(JSON.parse(write.complete({ content: [] }, false))).toEqual({ content: [] });
  });

  it('cannot be made to say otherwise by what a tool answers', () => {
    const hostile = JSON.parse(
      '{"resultType":"input_required","inputRequests":{},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"x"},"own":1}}',
    ) as JsonObject;
    expect(JSON.parse(write.complete(hostile, true))).toMatchObject({ resultType: 'complete', _meta: { ...IDENTITY, own: 1 } });
    expect(JSON.parse(write.cacheable({ contents: [], ttlMs: 99, cacheScope: 'public' }, true))).toMatchObject({ ttlMs: 5, cacheScope: 'private' });
  });

  it.each([undefined, null, 7, 'text', [], () => 1])('cannot be %j', (value) => {
    expect(codeOf(() => write.complete(value, true))).toBe('OUTPUT_INVALID');
    expect(codeOf(() => write.complete(value, false))).toBe('OUTPUT_INVALID');
  });
});

describe('pages', () => {
  const tools = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
  const page = (cursor?: unknown, list: readonly JsonObject[] = tools): { tools: { name: string }[]; nextCursor?: string } =>
    JSON.parse(`{${pageText('tools', list, cursor, 2)}}`) as never;
  it('follow one another to the end', () => {
    const first = page();
    const second = page(first.nextCursor);
    const third = page(second.nextCursor);
    expect([first, second, third].map((one) => one.tools.map(({ name }) => name))).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third.nextCursor).toBeUndefined();
  });

  it('lose and repeat nothing when the list changes in between', () => {
    const { nextCursor } = page();
    expect(
      page(
        nextCursor,
        tools.filter(({ name }) => name !== 'b'),
      ).tools.map(({ name }) => name),
    ).toEqual(['c', 'd']);
    expect(page(nextCursor, [{ name: '0' }, ...tools]).tools.map(({ name }) => name)).toEqual(['c', 'd']);
    expect(page(nextCursor, [{ name: 'a' }])).toEqual({ tools: [] });
  });

  it('are written once, and kept only where a client that turns them comes by', () => {
    let written = 0;
    const counted = tools.map((tool) => ({
      ...tool,
      toJSON: () => {
        written += 1;
        return tool;
      },
    }));
    const cursors = [undefined, ...tools.map(({ name }) => Buffer.from(`tools\n${name}`).toString('base64url'))];
    const costs = cursors.map((cursor) => {
      pageText('tools', counted, cursor, 2);
      const before = written;
      pageText('tools', counted, cursor, 2);
      return written - before;
    });
    // Behind nothing, a, b, c, d, e: pages begin behind nothing, b and d.
    expect(costs).toEqual([0, 2, 0, 2, 0, 0]);
  });

  it.each(['', 'x', '====', 7, null, {}, Buffer.from('prompts\na').toString('base64url')])('do not follow the cursor %j', (cursor) => {
    expect(codeOf(() => parseCursor('tools', cursor))).toBe('INVALID_PARAMS');
  });
});

describe('errors', () => {
  const context = { id: 1, correlationId: 'c', isModern: true };
  const parsed = (error: AppError, extra: object = {}): JsonObject => (JSON.parse(errorText(error, { ...context, ...extra })) as { error: JsonObject }).error;

  it('carry code, fix and correlation id, and never the cause', () => {
    const error = new AppError('INTERNAL', { cause: new Error('/home/secret'), data: { code: 'forged' } });
    expect(parsed(error)).toEqual({ code: -32603, message: ERRORS.INTERNAL.cause, data: { code: 'INTERNAL', fix: ERRORS.INTERNAL.fix, correlation_id: 'c' } });
  });

  it('of a resource that is not there have the code of the era, and name it', () => {
    const lost = new AppError('UNKNOWN_TARGET');
    expect(parsed(lost, { uri: 'test://x' })).toMatchObject({ code: -32602, data: { uri: 'test://x' } });
    expect(parsed(lost, { uri: 'test://x', isModern: false })).toMatchObject({ code: -32002 });
    expect(parsed(lost, { isModern: false })).toMatchObject({ code: -32602 });
  });

  it.each<[ErrorCode, number, number]>([
    ['METHOD_NOT_FOUND', 404, 200],
    ['CLIENT_CAPABILITY_MISSING', 400, 200],
    ['UNKNOWN_TARGET', 200, 200],
    ['INVALID_PARAMS', 200, 200],
    ['STATE_INVALID', 200, 200],
    ['INTERNAL', 200, 200],
    ['HEADER_MISMATCH', 400, 400],
    ['ENVELOPE_INVALID', 400, 400],
    ['UNSUPPORTED_VERSION', 400, 400],
    ['SESSION_UNKNOWN', 404, 404],
    ['SESSION_LIMIT', 503, 503],
    ['NOT_ACCEPTABLE', 406, 406],
    ['AUTHENTICATION_FAILED', 401, 401],
    ['PERMISSION_DENIED', 403, 403],
    ['RATE_LIMITED', 429, 429],
    ['AUDIT_UNAVAILABLE', 503, 503],
  ])('%s has status %i in the modern era and %i before', (code, modern, legacy) => {
    expect([httpStatusOf(new AppError(code), true, true), httpStatusOf(new AppError(code), false, true)]).toEqual([modern, legacy]);
  });

  it('of the door itself show that they are', () => {
    expect(httpStatusOf(new AppError('INTERNAL'), true, false)).toBe(500);
  });

  it('bring the headers that HTTP has for them', () => {
    const resource = { identifierOf: () => 'https://a', metadataUrl: () => 'https://a/b' };
    const request = new IncomingMessage(new Socket());
    expect(failureHeaders(new AppError('AUTHENTICATION_REQUIRED'), resource, request)).toEqual([
      'WWW-Authenticate',
      'Bearer realm="switchyard", scope="tools:read", resource_metadata="https://a/b"',
    ]);
    expect(failureHeaders(new AppError('SCOPE_MISSING', { data: { missingScopes: ['tools:write', 'bad"scope'] } }), undefined)).toEqual([
      'WWW-Authenticate',
      'Bearer realm="switchyard", error="insufficient_scope", scope="tools:write"',
    ]);
    expect(failureHeaders(new AppError('RATE_LIMITED', { data: { retryAfterSeconds: 2.1 } }), undefined)).toEqual(['Retry-After', '3']);
    expect(failureHeaders(new AppError('OVERLOADED'), undefined)).toEqual(['Retry-After', '1']);
    expect(failureHeaders(new AppError('PERMISSION_DENIED'), undefined)).toEqual([]);
  });

  it('and answers tell the state of the limit', () => {
    const headers: string[] = [];
    pushRate(headers, { policy: 'tools "x"', limit: 10, windowSeconds: 60, remaining: -1, resetSeconds: 0.2 });
    expect(headers).toEqual(['RateLimit-Policy', '"tools__x_";q=10;w=60', 'RateLimit', '"tools__x_";r=0;t=1']);
  });
});

describe('answers of clients', () => {
  it.each([
    ['elicitation/create', { action: 'accept', content: {} }, true],
    ['elicitation/create', { action: 'decline' }, true],
    ['elicitation/create', { action: 'yes' }, false],
    ['elicitation/create', { action: 'accept', content: [] }, false],
    ['sampling/createMessage', { role: 'assistant', model: 'm', content: { type: 'text', text: '' } }, true],
    ['sampling/createMessage', { role: 'assistant', model: 'm', content: [{ type: 'text' }] }, true],
    ['sampling/createMessage', { role: 'assistant', model: 'm', content: 'x' }, false],
    ['sampling/createMessage', {}, false],
    ['roots/list', { roots: [] }, true],
    ['roots/list', { roots: [{ uri: 'file:///a' }] }, true],
    ['roots/list', { roots: [{}] }, false],
    ['roots/list', { roots: 'x' }, false],
    ['roots/list', null, false],
  ] as const)('%s: %j is one: %s', (method, answer, isOne) => {
    expect(parseAnswer(method, answer) !== undefined).toBe(isOne);
  });

  it('are asked for only what they declared, tools in sampling included', () => {
    const sampling = { s: { method: 'sampling/createMessage' as const, params: { tools: [] } } };
    expect(codeOf(() => requireCapabilities({ sampling: {} }, sampling))).toBe('CLIENT_CAPABILITY_MISSING');
    expect(codeOf(() => requireCapabilities({ sampling: { tools: {} } }, sampling))).toBe('none');
    expect(codeOf(() => requireCapabilities(JSON.parse('{"__proto__":{"sampling":{"tools":{}}}}') as JsonObject, sampling))).toBe('CLIENT_CAPABILITY_MISSING');
  });
});
