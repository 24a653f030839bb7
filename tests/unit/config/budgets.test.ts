import { expect, it } from 'vitest';
import { diffConfig } from '../../../src/config/diff.ts';
import type { Config } from '../../../src/contracts/config.ts';
import { assembleText } from './assemble-text.ts';

const read = async (budgets: unknown): Promise<Config> => (await assembleText(JSON.stringify({ limits: { budgets } }), {}, 'switchyard.json')).config;

it('budgets are read as they are written, and a running gateway takes them over', async () => {
  const budgets = {
    gateway: ['200usd/month', '1000000tokens/day'],
    users: { 'key:0123456789ab': ['2usd/day'] },
    teams: { acme: ['50usd/week'] },
    roles: { guest: ['20000tokens/day'] },
    models: { 'openai/*': ['0.5usd/hour'] },
  };
  const config = await read(budgets);
  expect(config.limits.budgets).toEqual(budgets);
  const changes = diffConfig(await read({}), config);
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.filter(({ needsRestart }) => needsRestart)).toEqual([]);
});

it.each([
  [{ gateway: ['5 dollars'] }, '5usd/day'],
  [{ gateway: ['5usd'] }, '5usd/day'],
  [{ gateway: '5usd/day' }, 'a list'],
  [{ roles: { gust: ['5usd/day'] } }, 'no role gust'],
  [{ models: { 'openai/ *': ['5usd/day'] } }, 'openai/*'],
  [{ everybody: ['5usd/day'] }, 'everybody'],
])('refuses %j and says what to write', async (budgets, words) => {
  await expect(read(budgets)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) });
});
