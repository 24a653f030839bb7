import { expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { shareOf } from '../../../src/limits/insurance.ts';

const CONFIG = {
  ...DEFAULT_CONFIG.limits,
  roles: { user: 300, guest: 1 },
  principals: { 'key:batch': 9000 },
  classes: { model: 10 },
  sourcePerMinute: 500,
  burst: 20,
};

it('divides every rate there is among the nodes: those of roles, of single principals, of classes and of sources', () => {
  expect(shareOf(CONFIG, 3)).toMatchObject({
    roles: { user: 100, guest: 1 },
    principals: { 'key:batch': 3000 },
    classes: { model: 3 },
    sourcePerMinute: 166,
    burst: 6,
  });
});

it('leaves to a node what is its own, and everything to one that is alone', () => {
  const { concurrency, queue, budgets } = shareOf(CONFIG, 3);
  expect({ concurrency, queue, budgets }).toEqual({ concurrency: CONFIG.concurrency, queue: CONFIG.queue, budgets: CONFIG.budgets });
  expect(shareOf(CONFIG, 1)).toBe(CONFIG);
});
