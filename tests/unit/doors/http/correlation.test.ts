import { describe, expect, it } from 'vitest';
import { readCorrelationId } from '../../../../src/doors/http/correlation.ts';

describe('correlation id', () => {
  it.each(['a', 'req-1.2:3_4', 'x'.repeat(128)])('takes %s from the client', (id) => {
    expect(readCorrelationId({ 'x-correlation-id': id })).toBe(id);
  });
  it.each(['', ' ', 'a b', 'x'.repeat(129), 'ä', '<b>', 'a\tb', 'a"b', 'a,b', 'a, a'])('mints one in place of %j', (id) => {
    expect(readCorrelationId({ 'x-correlation-id': id })).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});
