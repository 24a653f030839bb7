import { expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/commands/keys.ts';
import { failureOf } from '../../helpers/failure-of.ts';

it.each([
  ['90', 90],
  ['15m', 900],
  ['12h', 43_200],
  ['36500d', 3_153_600_000],
])('%s is so many seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(['36501d', '999999999d', '', 'd', '-1d', '1.5h', '1w', '1e3', '９d'])('%j is none', (text) => {
  expect(failureOf(() => parseDuration(text))).toMatchObject({ code: 'USAGE' });
});
