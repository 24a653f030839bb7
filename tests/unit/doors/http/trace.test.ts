import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../../src/doors/http/trace.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('correlation id', () => {
  it.each(['a', 'req-1.2:3_4', 'x'.repeat(128)])('takes %s from the client', (id) => {
    expect(readTrace({ 'x-correlation-id': id }).correlationId).toBe(id);
  });
  it.each(['', ' ', 'a b', 'x'.repeat(129), 'ä', '<b>', 'a\tb', 'a"b', 'a,b'])('mints one in place of %j', (id) => {
    expect(readTrace({ 'x-correlation-id': id }).correlationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});

describe('trace context', () => {
  it('is taken as it is', () => {
    expect(readTrace({ 'x-correlation-id': 'c', traceparent: PARENT, tracestate: 'a=1', baggage: 'b=2' })).toEqual({ correlationId: 'c', traceparent: PARENT, tracestate: 'a=1', baggage: 'b=2' });
  });
  it.each([
    '', 'x', PARENT.toUpperCase(), PARENT.replace('00-4', 'ff-4'), PARENT.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)), PARENT.replace('00f067aa0ba902b7', '0'.repeat(16)), `${PARENT}-x`, PARENT.slice(1),
  ])('is dropped when it is %j', (traceparent) => {
    expect(readTrace({ 'x-correlation-id': 'c', traceparent, tracestate: 'a=1' })).toEqual({ correlationId: 'c' });
  });
  it('is bounded', () => {
    expect(readTrace({ 'x-correlation-id': 'c', traceparent: PARENT, tracestate: 'a'.repeat(513), baggage: 'b'.repeat(8193) })).toEqual({ correlationId: 'c', traceparent: PARENT });
  });
});
