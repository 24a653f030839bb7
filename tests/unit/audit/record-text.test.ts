import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint, encodeEvent, GENESIS, hashOfLine, MAX_FIELD_LENGTH } from '../../../src/audit/record-text.ts';
import type { AuditEvent } from '../../../src/contracts/audit.ts';
import { canonicalJson } from '../../../src/core/json.ts';
import { makeEvent, NOON, parseLine } from './audit-home.ts';

const LINK = { writer: 'w1', seq: 7, prev: GENESIS };
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\u2028', '\ud800', 'é\u0000', '=1+1'));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const anyEvent: fc.Arbitrary<AuditEvent> = fc.record({
  event: fc.constantFrom('tool_executed' as const, 'auth_failed' as const, 'file_written' as const),
  phase: fc.constantFrom('intent' as const, 'outcome' as const, 'notice' as const),
  at: fc.integer({ min: 0, max: 4e12 }),
  callId: maybe(text),
  parentId: maybe(text),
  correlationId: maybe(text),
  traceparent: maybe(text),
  door: maybe(text),
  source: maybe(text),
  principal: maybe(text),
  method: maybe(text),
  client: maybe(text),
  target: maybe(text),
  decision: maybe(fc.constantFrom('allow' as const, 'deny' as const)),
  rule: maybe(text),
  outcome: maybe(text),
  durationMs: maybe(fc.double()),
  detail: maybe(fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null)))),
});

describe('the line of a record', () => {
  it('U1.a: is canonical JSON without its hash, whatever the event holds', () => {
    fc.assert(
      fc.property(anyEvent, maybe(fc.constant('a'.repeat(64))), (event, inputHmac) => {
        const { line, hash: told } = encodeEvent(event, inputHmac, LINK);
        const { hash: stored, ...body } = parseLine(line);
        expect(line).toBe(`${canonicalJson(body).slice(0, -1)},"hash":"${told}"}\n`);
        expect(stored).toBe(hash('sha256', canonicalJson(body)));
        expect(hashOfLine(line)).toBe(told);
      }),
      { numRuns: 300 },
    );
  });

  it('holds every field of the event, the time as RFC 3339 and the input only as HMAC', () => {
    const event = makeEvent(1, { parentId: 'p', traceparent: 't', client: 'c', detail: { tries: 3, note: 'x', isLate: true, gone: null } });
    const { at: _at, input: _input, ...plain } = event;
    expect(parseLine(encodeEvent(event, 'f'.repeat(64), LINK).line)).toEqual({
      ...plain,
      inputHmac: 'f'.repeat(64),
      time: '2026-07-28T12:00:00.001Z',
      ...LINK,
      hash: expect.any(String) as string,
    });
  });

  it('cuts long texts, so that callers do not choose the size of the log', () => {
    const { target, detail } = parseLine(encodeEvent(makeEvent(1, { target: 'x'.repeat(1e6), detail: { path: 'y'.repeat(1e6) } }), undefined, LINK).line);
    expect(target).toBe(`${'x'.repeat(MAX_FIELD_LENGTH - 1)}…`);
    expect(detail).toEqual({ path: `${'y'.repeat(MAX_FIELD_LENGTH - 1)}…` });
  });

  it('turns facts of a shape that JSON has not into null, and leaves a duration that is no number out', () => {
    const detail = { a: Number.NaN, b: { c: 1 }, d: undefined } as unknown as NonNullable<AuditEvent['detail']>;
    const record = parseLine(encodeEvent(makeEvent(1, { detail, durationMs: Infinity }), undefined, LINK).line);
    expect(record['detail']).toEqual({ a: null, b: null });
    expect(record).not.toHaveProperty('durationMs');
  });

  it('writes only names of facts that need no escape', () => {
    const detail = { '"\\\n\u0000é': 1, ['k'.repeat(100)]: 2, plain_name: 3 };
    expect(parseLine(encodeEvent(makeEvent(1, { detail }), undefined, LINK).line)['detail']).toEqual({ '?????': 1, ['k'.repeat(64)]: 2, plain_name: 3 });
  });

  it('refuses a time that is none', () => {
    expect(() => encodeEvent(makeEvent(1, { at: Number.NaN }), undefined, LINK)).toThrow(RangeError);
  });

  it('is canonical for checkpoints too', () => {
    const { line } = encodeCheckpoint('{"a":1}', NOON, LINK);
    const { hash: stored, ...body } = parseLine(line);
    expect(line).toBe(`${canonicalJson(body).slice(0, -1)},"hash":"${String(stored)}"}\n`);
    expect(stored).toBe(hash('sha256', canonicalJson(body)));
  });
});
