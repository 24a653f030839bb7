import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { SpendEntry } from '../../../src/contracts/spend.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { makeUser, type User } from './run.ts';

let user: User;
beforeEach(() => {
  user = makeUser();
});
afterEach(() => user.remove());

const HOUR = 3_600_000;
const record = async (...entries: readonly Partial<SpendEntry>[]): Promise<void> => {
  const store = createSqliteStore({ path: join(user.home, 'state.db'), clock: systemClock, writes: 'direct' });
  for (const entry of entries)
    store.spend.record({
      at: Date.now(),
      principalId: 'key:0123456789ab',
      tenant: null,
      target: 'p/m',
      costMicroUsd: 1_250_000,
      inputTokens: 10,
      outputTokens: 20,
      isEstimated: false,
      ...entry,
    });
  await store.close();
};

// @requirement M7.b
it('keys are made with models and budgets, and listed with what is used of them', async () => {
  const made = await user.json(
    'keys',
    'create',
    'ci',
    '--models',
    'fast,openai/*',
    '--budget',
    '5usd/day',
    '100000tokens/day',
    '--budget',
    '1000requests/hour',
  );
  expect(made).toMatchObject({
    code: 0,
    value: {
      models: ['fast', 'openai/*'],
      budgets: [
        { unit: 'microUsd', limit: 5_000_000, window: 'day' },
        { unit: 'tokens', limit: 100_000, window: 'day' },
        { unit: 'requests', limit: 1_000, window: 'hour' },
      ],
    },
  });
  expect((await user.json('keys', 'ls')).value).toMatchObject([{ name: 'ci', budgets: [{ used: 0, reserved: 0 }, { used: 0 }, { used: 0 }] }]);
  expect((await user.run('keys', 'list')).stdout).toContain('0 of 5usd/day, 0 of 100000tokens/day, 0 of 1000requests/hour');
  const wrong = await user.run('keys', 'create', 'x', '--budget', '5eur/day');
  expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining('5usd/day')]);
});

it('cost says that there is nothing, and refuses what it does not know', async () => {
  expect((await user.run('cost')).stdout).toContain('No call of a model');
  expect((await user.json('cost')).value).toMatchObject({ by: 'day', lines: [], total: null });
  expect((await user.run('cost', '--by', 'planet')).code).toBe(64);
  expect((await user.run('cost', '--since', 'yesterday')).code).toBe(64);
});

it('cost adds up by day, key, team and model, names keys, and never writes 0 for what is not known', async () => {
  const { value } = await user.json('keys', 'create', 'ci');
  const principalId = `key:${(value as { id: string }).id}`;
  await record(
    { principalId },
    { principalId, costMicroUsd: null, target: 'p/unpriced' },
    { tenant: 'acme', inputTokens: null, outputTokens: null, costMicroUsd: null, target: 'p/silent' },
    { at: Date.now() - 30 * 24 * HOUR },
  );
  const { code, value: report } = await user.json('cost', '--by', 'model');
  expect(code).toBe(0);
  expect(report).toMatchObject({
    lines: [
      { group: 'p/m', requests: 1, inputTokens: 10, outputTokens: 20, costMicroUsd: 1_250_000 },
      { group: 'p/silent', requests: 1, inputTokens: null, outputTokens: null, costMicroUsd: null },
      { group: 'p/unpriced', inputTokens: 10, costMicroUsd: null },
    ],
    total: { requests: 3, inputTokens: 20, costMicroUsd: 1_250_000, unpricedRequests: 2, unmeasuredRequests: 1 },
  });
  const text = (await user.run('cost', '--by', 'key')).stdout;
  expect(text).toContain(`${principalId} ci`);
  expect(text).toContain('1.25 + unknown (1)');
  expect(text).toContain('models.prices');
  expect((await user.json('cost', '--since', '31d', '--by', 'team')).value).toMatchObject({ lines: [{ group: '', requests: 3 }, { group: 'acme' }] });
});
