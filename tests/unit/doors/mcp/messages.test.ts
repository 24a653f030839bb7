import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope, servedRevision } from '../../../../src/doors/mcp/envelope.ts';
import { parseJson } from '../../../../src/doors/mcp/json-text.ts';
import { echoableId, isRequest, isResponse, readMessage } from '../../../../src/doors/mcp/message.ts';
import { methodIn, nameMemberOf } from '../../../../src/doors/mcp/methods.ts';
import { META, REVISIONS } from '../../../../src/doors/mcp/revisions.ts';
import { readTrace } from '../../../../src/doors/mcp/trace.ts';
import { startCpuWatch } from '../../../helpers/cpu-watch.ts';
import { codeOf, failureOf } from '../../../helpers/failure-of.ts';

describe('bytes', () => {
  it('that JSON.parse reads, mean the same here', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('that are anything else, are a parse error and nothing worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const code = codeOf(() => parseJson(Buffer.from(bytes)));
        expect(['none', 'PARSE_ERROR']).toContain(code);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a byte-order mark', '\ufeff{"a":1}', 'none'],
    ['128 levels', `${'['.repeat(128)}${']'.repeat(128)}`, 'none'],
    ['129 levels', `${'['.repeat(129)}${']'.repeat(129)}`, 'PARSE_ERROR'],
    ['129 levels of objects', `${'{"a":'.repeat(129)}1${'}'.repeat(129)}`, 'PARSE_ERROR'],
    ['a thousand brackets in a text', JSON.stringify('['.repeat(1000)), 'none'],
    ['quotes and backslashes before brackets', JSON.stringify({ a: `\\"${'[{'.repeat(500)}\\`, b: '\\' }), 'none'],
    ['a thousand objects side by side', JSON.stringify(Array.from({ length: 1000 }, () => ({}))), 'none'],
    ['a text that never ends', `"${'\\"'.repeat(1000)}`, 'PARSE_ERROR'],
  ])('with %s: %s', (_name, text, code) => {
    expect(codeOf(() => parseJson(Buffer.from(text)))).toBe(code);
  });

  it('nested five million levels deep are refused without parsing them', () => {
    const cpuMs = startCpuWatch();
    expect(codeOf(() => parseJson(Buffer.from('['.repeat(5_000_000) + ']'.repeat(5_000_000))))).toBe('PARSE_ERROR');
    expect(cpuMs()).toBeLessThan(1000);
  });
});

describe('messages', () => {
  it('are told apart', () => {
    expect(isRequest(readMessage({ jsonrpc: '2.0', id: 0, method: 'ping' }))).toBe(true);
    expect(isRequest(readMessage({ jsonrpc: '2.0', method: 'ping' }))).toBe(false);
    expect(isResponse(readMessage({ jsonrpc: '2.0', id: 'a', result: {} }))).toBe(true);
    expect(isResponse(readMessage({ jsonrpc: '2.0', id: 'a', error: { code: 1 } }))).toBe(true);
  });

  it('of any other shape are INVALID_REQUEST', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(codeOf(() => readMessage(value))).toBe('INVALID_REQUEST');
      }),
    );
  });

  it.each([2 ** 53, 1.5, Number.NaN, null, {}, true])('cannot have the id %j', (id) => {
    expect(codeOf(() => readMessage({ jsonrpc: '2.0', id, method: 'ping' }))).toBe('INVALID_REQUEST');
    // A number is repeated all the same: the client finds its request by it.
    expect(echoableId({ id, method: 'ping' })).toBe(Number.isFinite(id) ? id : null);
  });
});

describe('envelopes', () => {
  const whole = { [META.version]: '2026-07-28', [META.capabilities]: {} };
  it.each([
    [undefined, ['_meta']],
    [{}, ['_meta']],
    [{ _meta: {} }, [META.version, META.capabilities]],
    [{ _meta: { [META.version]: '2026-07-28' } }, [META.capabilities]],
    [{ _meta: { [META.capabilities]: {} } }, [META.version]],
  ])('%j lack %j', (params, missing) => {
    const error = failureOf(() => readEnvelope(params as never));
    expect(error?.code).toBe('ENVELOPE_INVALID');
    expect(error?.data).toEqual({ missing });
  });

  it.each([
    [META.version, 7],
    [META.capabilities, []],
    [META.clientInfo, {}],
    [META.clientInfo, { name: 'a' }],
    [META.logLevel, 'loud'],
    [META.logLevel, 'constructor'],
  ])('cannot have %s = %j', (key, value) => {
    expect(failureOf(() => readEnvelope({ _meta: { ...whole, [key]: value } }))).toMatchObject({ code: 'ENVELOPE_INVALID', data: { key } });
  });

  it('cut the names of clients short', () => {
    const { clientInfo } = readEnvelope({ _meta: { ...whole, [META.clientInfo]: { name: 'n'.repeat(5000), version: '1' } } });
    expect(clientInfo.name).toHaveLength(128);
  });

  it('name versions that are served or not', () => {
    expect(servedRevision('2026-07-28')).toBe('2026-07-28');
    expect(failureOf(() => servedRevision('2025-11-25'))).toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      data: { supported: ['2026-07-28'], requested: '2025-11-25' },
    });
  });
});

describe('the table of methods', () => {
  const BOTH = [
    'tools/list',
    'tools/call',
    'resources/list',
    'resources/read',
    'resources/templates/list',
    'prompts/list',
    'prompts/get',
    'completion/complete',
  ];
  const LEGACY = ['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'];
  const MODERN = ['server/discover', 'subscriptions/listen'];
  const exists = (revision: (typeof REVISIONS)[number], method: string): boolean => codeOf(() => methodIn(revision, method)) === 'none';

  it.each(REVISIONS)('has for %s what that revision has', (revision) => {
    const isModern = revision === '2026-07-28';
    for (const method of BOTH) expect(exists(revision, method)).toBe(true);
    for (const method of LEGACY) expect(exists(revision, method)).toBe(!isModern);
    for (const method of MODERN) expect(exists(revision, method)).toBe(isModern);
  });

  it('has nothing else', () => {
    for (const method of ['', 'constructor', '__proto__', 'toString', 'tools/Call', 'initialize', 'notifications/initialized']) {
      expect(codeOf(() => methodIn('2026-07-28', method))).toBe('METHOD_NOT_FOUND');
      expect(nameMemberOf(method)).toBeUndefined();
    }
  });
});

describe('traces', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  it('come from the header first, then from _meta', () => {
    expect(readTrace({ 'x-correlation-id': 'a', traceparent }, { 'x-correlation-id': 'b', traceparent: 'nonsense' })).toMatchObject({
      correlationId: 'a',
      traceparent,
    });
    expect(readTrace({ 'x-correlation-id': 'not valid' }, { correlationId: 'b', traceparent, tracestate: 'a=1', baggage: 'k=v' })).toEqual({
      correlationId: 'b',
      traceparent,
      tracestate: 'a=1',
      baggage: 'k=v',
    });
  });

  it.each([
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    'x',
  ])('are minted when %s comes, and then carry no state', (sent) => {
    const trace = readTrace({ traceparent: sent, tracestate: 'a=1' }, undefined);
    expect(trace.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(trace.traceparent).toContain(trace.correlationId);
    expect(trace.tracestate).toBeUndefined();
  });
});
