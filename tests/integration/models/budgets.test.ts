/** Budgets and limited keys over the real HTTP model API, with a provider behind it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, listKeys, replaceKey, type ListedKey } from '../../../src/app/tasks/keys.ts';
import { costOfHome } from '../../../src/app/tasks/cost.ts';
import { explainTool } from '../../../src/app/tasks/tools.ts';
import { parseBudget } from '../../../src/contracts/budget-text.ts';
import type { Budget } from '../../../src/contracts/spend.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { ask, judge, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';

let gateway: ModelGateway;
beforeAll(async () => {
  gateway = await startModelGateway(
    { fast: ['oa/ok@fast'], slow: ['an/ok@slow'] },
    {
      firstTokenMs: 20_000,
      idleMs: 20_000,
      answerMs: 20_000,
      prices: {
        'oa/ok@fast': { input: 1, output: 10 },
        'oa/ok@priced': { input: 1, output: 10 },
        'oa/trickle@priced': { input: 1, output: 10 },
        'oa/silent@priced': { input: 1, output: 10 },
      },
    },
  );
});
afterAll(() => gateway.stop());

const budget = (text: string): Budget => parseBudget(text) ?? expect.fail(text);
/** A gateway as a new key sees it. */
const withKey = async (budgets: readonly string[], models: readonly string[] | null = null): Promise<ModelGateway & { readonly id: string }> => {
  const { key, record } = await addKey({ home: gateway.home }, { name: 'k', kind: 'service', roles: ['developer'], models, budgets: budgets.map(budget) });
  return { ...gateway, key, id: record.id };
};
const keyOf = async (id: string): Promise<ListedKey> => (await listKeys({ home: gateway.home })).find((key) => key.id === id) ?? expect.fail(id);
const errorOf = async (response: Response): Promise<JsonObject> => {
  const body: unknown = await response.json();
  return isObject(body) && isObject(body['error']) ? body['error'] : {};
};
const PRICED = 'oa/ok@priced';

describe('budgets of a key', () => {
  // @requirement M7.d
  it('M7.d of 200 concurrent requests against a budget for 50 exactly 50 are answered, 150 get 429, and the books are equal', async () => {
    const caller = await withKey(['50requests/day', '1000000usd/total']);
    const responses = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const isStream = index % 2 === 0;
        const response = await ask(caller, 'openai', { model: PRICED, stream: isStream, max_tokens: 20 });
        return { status: response.status, verdict: await judge(response, 'openai', isStream), retryAfter: response.headers.get('retry-after') };
      }),
    );
    const outcomesOf = Map.groupBy(responses, ({ status, verdict }) => `${status} ${verdict}`);
    expect([...outcomesOf].map(([outcome, { length }]) => `${outcome}: ${length}`).toSorted()).toEqual(['200 complete: 50', '429 error: 150']);
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
    expect(gateway.provider.requests.filter(({ model }) => model === 'ok@priced')).toHaveLength(50);

    // 7 input and 11 output tokens at 1 and 10 USD per million.
    const { use } = await keyOf(caller.id);
    expect(use.map(({ used, reserved }) => [used, reserved])).toEqual([
      [50, 0],
      [50 * 117, 0],
    ]);
    const principal = `key:${caller.id}`;
    const booked = async (): Promise<unknown> => (await costOfHome({ home: gateway.home }, 3_600, 'key')).lines.find(({ group }) => group === principal);
    await expect.poll(booked, { timeout: 3_000 }).toMatchObject({ requests: 50, costMicroUsd: 50 * 117 });
    const outcomes = gateway.records().filter((record) => record['principal'] === principal && record['phase'] === 'outcome' && isObject(record['detail']));
    expect(outcomes).toHaveLength(50);
    expect(outcomes[0]?.['detail']).toEqual({ costMicroUsd: 117, inputTokens: 7, outputTokens: 11, isEstimated: false });
  });

  it('refuses in the words of the dialect, with the account and when to come back', async () => {
    const caller = await withKey(['1requests/hour']);
    expect((await ask(caller, 'openai', { model: PRICED })).status).toBe(200);
    for (const dialect of ['openai', 'anthropic'] as const) {
      const response = await ask(caller, dialect, { model: PRICED });
      expect(response.status, dialect).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(3_600);
      expect((await errorOf(response))['message']).toContain(`1requests/hour of key:${caller.id}`);
    }
  });

  it('refuses a model whose price is not known under a budget of money; without one it is called', async () => {
    const response = await ask(await withKey(['5usd/day']), 'openai', { model: 'oa/ok@unpriced' });
    expect(response.status).toBe(503);
    expect((await errorOf(response))['message']).toContain('oa/ok@unpriced');
    expect((await ask(await withKey(['5000tokens/day']), 'openai', { model: 'oa/ok@unpriced' })).status).toBe(200);
  });

  it('a failed answer costs nothing; a stream that the client leaves costs what came', async () => {
    const failed = await withKey(['9requests/day', '100000tokens/day']);
    expect((await ask(failed, 'openai', { model: 'oa/context' })).status).toBe(400);
    expect((await keyOf(failed.id)).use.map(({ used, reserved }) => [used, reserved])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const left = await withKey(['9requests/day', '100000tokens/day', '5usd/day']);
    const leaving = new AbortController();
    const response = await ask(left, 'openai', { model: 'oa/trickle@priced', stream: true }, {}, leaving.signal);
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(async () => (await keyOf(left.id)).use.map(({ reserved }) => reserved), { timeout: 3_000 }).toEqual([0, 0, 0]);
    const [requests, tokens, cost] = (await keyOf(left.id)).use;
    expect(requests?.used).toBe(1);
    expect(tokens?.used).toBeGreaterThan(0);
    expect(cost?.used).toBeGreaterThan(0);
  });

  it('a stream that does not want to tell its usage is booked with it all the same, and its client does not see it', async () => {
    for (const options of [{ include_usage: false }, { include_usage: null }, {}, null, undefined]) {
      const caller = await withKey(['1000000usd/total']);
      const response = await ask(caller, 'openai', { model: PRICED, stream: true, max_tokens: 20, stream_options: options });
      expect(await response.text()).not.toMatch(/"prompt_tokens"/);
      await expect.poll(async () => (await keyOf(caller.id)).use.map(({ used, reserved }) => [used, reserved]), { timeout: 3_000 }).toEqual([[117, 0]]);
    }
    // The control: who asks sees it.
    const asking = await withKey(['1000000usd/total']);
    expect(await (await ask(asking, 'openai', { model: PRICED, stream: true, max_tokens: 20, stream_options: { include_usage: true } })).text()).toMatch(
      /"prompt_tokens"/,
    );
  });

  it('a plain request that the client leaves costs the most that it may have used; one that its provider fails costs nothing', async () => {
    const left = await withKey(['9requests/day', '100000tokens/day', '5usd/day']);
    const leaving = new AbortController();
    const asked = gateway.provider.requests.length;
    const response = ask(left, 'openai', { model: 'oa/silent@priced', max_tokens: 1000 }, {}, leaving.signal).catch(() => undefined);
    await expect.poll(() => gateway.provider.requests.length, { timeout: 3_000 }).toBe(asked + 1);
    leaving.abort();
    await response;
    await expect.poll(async () => (await keyOf(left.id)).use.map(({ reserved }) => reserved), { timeout: 3_000 }).toEqual([0, 0, 0]);
    const [requests, tokens, cost] = (await keyOf(left.id)).use;
    expect(requests?.used).toBe(1);
    expect(tokens?.used).toBeGreaterThan(1000);
    expect(cost?.used).toBeGreaterThan(10_000);
  });

  it('a rotated key has the same budgets, and what was used of them', async () => {
    const caller = await withKey(['1requests/total'], ['oa/*']);
    expect((await ask(caller, 'openai', { model: PRICED })).status).toBe(200);
    const { key, record } = await replaceKey({ home: gateway.home }, caller.id, 60);
    expect(record).toMatchObject({ models: ['oa/*'], budgets: [budget('1requests/total')] });
    expect((await ask({ ...gateway, key }, 'openai', { model: PRICED })).status).toBe(429);
    expect((await ask({ ...gateway, key }, 'openai', { model: 'an/ok@slow' })).status).toBe(403);
  });
});

describe('keys limited to models', () => {
  const listed = async (caller: ModelGateway): Promise<unknown> => {
    const response = await fetch(`${caller.url}/v1/models`, { headers: { authorization: `Bearer ${caller.key}` } });
    const body = (await response.json()) as { data: { id: string }[] };
    return body.data.map(({ id }) => id);
  };

  // @requirement M7.a
  it('M7.a calls what its patterns name, by any name that leads there, and nothing else', async () => {
    const caller = await withKey([], ['fast', 'an/*']);
    const status = async (model: string): Promise<number> => (await ask(caller, 'openai', { model })).status;
    expect(await status('fast')).toBe(200);
    expect(await status('oa/ok@fast')).toBe(200);
    expect(await status('oa/ok@other')).toBe(403);
    expect(await status('an2/ok@slow')).toBe(403);
    expect((await ask(caller, 'anthropic', { model: 'an/ok@any' })).status).toBe(200);
    expect((await ask(caller, 'anthropic', { model: 'slow' })).status).toBe(403);
  });

  it('tools why names the list of the key', async () => {
    const place = { home: gateway.home, cwd: join(gateway.home, '..'), env: {}, configFile: join(gateway.home, 'switchyard.yaml') };
    writeFileSync(
      place.configFile,
      'models: { providers: { oa: { kind: openai-compatible, baseUrl: "http://127.0.0.1:9/v1" } }, aliases: { fast: [oa/a] } }\n',
    );
    const { id } = await withKey([], ['fast']);
    expect(await explainTool(place, { tool: 'oa/a', as: id })).toMatchObject({ isAllowed: true });
    const denied = await explainTool(place, { tool: 'oa/b', as: id });
    expect(denied).toMatchObject({ isAllowed: false, rule: 'key-models' });
    expect(denied.steps).toContainEqual({ step: 'models of the key', isPassed: false, detail: 'The credential is limited to fast.' });
  });

  it('does not see what it may not call', async () => {
    expect(await listed(gateway)).toEqual(expect.arrayContaining(['fast', 'slow', 'listed']));
    expect(await listed(await withKey([], ['fast']))).toEqual(['fast']);
  });
});

it('the report names keys and says what is not known', async () => {
  const caller = await withKey([]);
  await ask(caller, 'openai', { model: 'oa/ok@unpriced' });
  await expect
    .poll(async () => (await costOfHome({ home: gateway.home }, 3_600, 'key')).lines.find(({ group }) => group === `key:${caller.id}`), { timeout: 3_000 })
    .toMatchObject({ name: 'k', requests: 1, inputTokens: 7, outputTokens: 11, costMicroUsd: null, unpricedRequests: 1 });
  const byModel = await costOfHome({ home: gateway.home }, 3_600, 'model');
  expect(byModel.lines.find(({ group }) => group === PRICED)?.costMicroUsd).toBeGreaterThanOrEqual(50 * 117);
});

it('GET /admin/cost answers what the command line answers, to who may read the logs', async () => {
  const get = async (query: string, key = gateway.key): Promise<Response> =>
    await fetch(`${gateway.url}/admin/cost${query}`, { headers: { authorization: `Bearer ${key}` } });
  const answer = await get('?by=model&sinceSeconds=3600');
  const { lines, total } = await costOfHome({ home: gateway.home }, 3_600, 'model');
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ by: 'model', lines, total })]);
  expect((await get('')).status).toBe(200);
  for (const query of ['?by=planet', '?sinceSeconds=-1', '?sinceSeconds=x', '?sinceSeconds=1.5'])
    expect([query, (await get(query)).status]).toEqual([query, 400]);
  expect((await get('', (await withKey([])).key)).status).toBe(403);
});
