import { expect, it } from 'vitest';
import { hideSecrets } from '../../../src/core/secret-text.ts';
import { startCpuWatch } from '../../helpers/cpu-watch.ts';

it.each([
  ['a JWT', 'got eyJhbGciOi.eyJzdWIi.c2ln-x back', 'got [redacted] back'],
  ['a JWT without signature', 'eyJhbGciOi.eyJzdWIi.', '[redacted]'],
  ['a JWT behind a hyphen', 'id-eyJhbGciOi.eyJzdWIi.c2ln', 'id-[redacted]'],
  ['a JWT behind a dot', 'x.eyJhbGciOi.eyJzdWIi.c2ln', 'x.[redacted]'],
  ['a JWT that a bearer header brings', 'Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln', 'Authorization: [redacted]'],
  ['a key', 'sk-abcdefghijklmnop', '[redacted]'],
  ['the token of a link', 'http://x/?token=abc&page=2', 'http://x/?token=[redacted]&page=2'],
  ['no secret', 'eyJ alone, keyJar.a.b and 1.2.3 stay', 'eyJ alone, keyJar.a.b and 1.2.3 stay'],
])('%s', (_name, text, hidden) => {
  expect(hideSecrets(text)).toBe(hidden);
});

it.each([
  ['beginnings of a JWT', 'eyJ-'],
  ['words with dots', 'eyJ.'],
  ['beginnings of a JWT in words with dots', '-eyJa.'],
  ['headers', 'bearer '],
  ['keys', 'sk-'],
])('twice as many %s take about twice as long', (_name, piece) => {
  const cost = (count: number): number => {
    const text = piece.repeat(count);
    const spent = startCpuWatch();
    hideSecrets(text);
    return spent();
  };
  cost(1000);
  // Four times the length: 16 times as long where every place is compared with every other one.
  expect(cost(80_000)).toBeLessThan(100 + 8 * cost(20_000));
});
