/** The cache of answers over real sockets, before providers that count what they are asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import { parseBudget } from '../../../src/contracts/budget-text.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, judge, startModelGateway, type Dialect, type ModelGateway } from '../../helpers/model-gateway.ts';

const DIALECTS = ['openai', 'anthropic'] as const;
const FORMS = [false, true] as const;
const PROVIDER_OF: Readonly<Record<Dialect, string>> = { openai: 'oa', anthropic: 'an' };

let gateway: ModelGateway;
let names = 0;
/** A model of the fault provider that nobody asked yet. */
const fresh = (fault = 'ok'): string => `${fault}@cache${(names += 1)}`;
const asked = (model: string): number => gateway.provider.requests.filter((request) => request.model === model).length;

interface Seen {
  readonly status: number;
  readonly cache: string | null;
  readonly text: string;
  readonly headers: Headers;
}
const see = async (response: Response): Promise<Seen> => ({
  status: response.status,
  cache: response.headers.get('x-switchyard-cache'),
  text: await response.text(),
  headers: response.headers,
});
const withKey = async (more: JsonObject = {}): Promise<ModelGateway & { readonly id: string }> => {
  const { key, record } = await addKey({ home: gateway.home }, { name: 'k', kind: 'service', roles: ['developer'], models: null, budgets: [], ...more });
  return { ...gateway, key, id: record.id };
};

beforeAll(async () => {
  gateway = await startModelGateway(
    { fast: ['oa/ok@fast'], moved: ['oa/ok@moved'] },
    { cache: { mode: 'exact', models: ['oa/*', 'an/*', 'fast'], maxEntryBytes: 20_000 }, prices: { 'oa/ok@priced': { input: 1, output: 10 } } },
  );
});
afterAll(() => gateway.stop());

describe('M9.a the same request again', () => {
  describe.each(DIALECTS)('%s', (dialect) => {
    it.each(FORMS)('is answered without asking anybody, byte for byte (stream: %s)', async (isStream) => {
      const model = fresh();
      const body = { model: `${PROVIDER_OF[dialect]}/${model}`, stream: isStream };
      const first = await see(await ask(gateway, dialect, body));
      const response = await ask(gateway, dialect, body);
      const copy = response.clone();
      const second = await see(response);
      expect([first.status, first.cache, second.status]).toEqual([200, 'miss', 200]);
      expect(second.cache).toMatch(/^hit; mode=exact; age=\d+$/);
      expect(second.text).toBe(first.text);
      expect(await judge(copy, dialect, isStream)).toBe('complete');
      expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(second.headers.get('x-switchyard-served-by')).toBe(body.model);
      expect(asked(model)).toBe(1);
    });

    it('as a stream is another request than as a whole', async () => {
      const model = fresh();
      const body = { model: `${PROVIDER_OF[dialect]}/${model}` };
      const seen = [];
      for (const stream of [false, true, false, true]) seen.push((await see(await ask(gateway, dialect, { ...body, stream }))).cache?.split(';')[0]);
      expect(seen).toEqual(['miss', 'miss', 'hit', 'hit']);
      expect(asked(model)).toBe(2);
    });
  });

  it('counts as the same with other white space, and as another with anything else', async () => {
    const model = fresh();
    const name = `oa/${model}`;
    const same = [
      `{"model":"${name}","messages":[{"role":"user","content":"a b"}]}`,
      `{ "model": "${name}",\n\t"messages": [ {"role": "user", "content": "a b"} ] }\n`,
    ];
    const others = [
      `{"model":"${name}","messages":[{"role":"user","content":"a  b"}]}`,
      `{"model":"${name}","messages":[{"role":"user","content":"a b"}],"temperature":0.5}`,
      `{"model":"${name}","messages":[{"role":"user","content":"a b"}],"seed":12345678901234567890}`,
      `{"model":"${name}","messages":[{"role":"user","content":"a b"}],"seed":12345678901234567891}`,
      `{"model":"${name}","messages":[{"role":"user","content":"c","content":"a b"}]}`,
      `{"model":"${name}","messages":[{"role":"user","content":"a b","content":"c"}]}`,
    ];
    expect((await see(await ask(gateway, 'openai', same[0] ?? ''))).cache).toBe('miss');
    expect((await see(await ask(gateway, 'openai', same[1] ?? ''))).cache).toContain('hit');
    for (const other of others) expect((await see(await ask(gateway, 'openai', other))).cache, other).toBe('miss');
    expect(asked(model)).toBe(1 + others.length);
  });

  it.each(FORMS)('is given again as it was converted, with what could not be carried (stream: %s)', async (stream) => {
    const model = fresh();
    const body = { model: `oa/${model}`, stream, top_k: 5 };
    const [first, second] = [await see(await ask(gateway, 'anthropic', body)), await see(await ask(gateway, 'anthropic', body))];
    expect([first.status, first.cache, second.text]).toEqual([200, 'miss', first.text]);
    expect(second.cache).toContain('hit');
    expect(first.headers.get('x-switchyard-not-carried')).toContain('top_k');
    expect(second.headers.get('x-switchyard-not-carried')).toBe(first.headers.get('x-switchyard-not-carried'));
    expect(asked(model)).toBe(1);
  });

  it('under another header of the dialect is another request', async () => {
    const body = { model: `an/${fresh()}` };
    await see(await ask(gateway, 'anthropic', body));
    expect((await see(await ask(gateway, 'anthropic', body, { 'anthropic-beta': 'other-2026' }))).cache).toBe('miss');
    expect((await see(await ask(gateway, 'anthropic', body))).cache).toContain('hit');
  });
});

describe('M9.b what is never kept', () => {
  it.each(['down', 'filter', 'bad-key', 'context'])('an error (%s)', async (fault) => {
    const model = fresh(fault);
    for (let time = 0; time < 2; time += 1) expect((await see(await ask(gateway, 'openai', { model: `oa/${model}` }))).status).not.toBe(200);
    expect(asked(model)).toBeGreaterThan(1);
  });

  it.each(DIALECTS)('a stream that broke off (%s)', async (dialect) => {
    const model = fresh('cut');
    const body = { model: `${PROVIDER_OF[dialect]}/${model}`, stream: true };
    for (let time = 0; time < 2; time += 1) expect(await judge(await ask(gateway, dialect, body), dialect, true)).toBe('error');
    expect(asked(model)).toBe(2);
  });

  it('a stream that its client left', async () => {
    const left = fresh('trickle');
    const leaving = new AbortController();
    const response = await ask(gateway, 'openai', { model: `oa/${left}`, stream: true }, {}, leaving.signal);
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(() => gateway.provider.requests.find(({ model }) => model === left)?.leftAt, { timeout: 3000 }).toBeDefined();
    const again = new AbortController();
    const second = await ask(gateway, 'openai', { model: `oa/${left}`, stream: true }, {}, again.signal);
    expect(second.headers.get('x-switchyard-cache')).toBe('miss');
    again.abort();
  });

  it('an answer that is larger than allowed', async () => {
    for (const [maxEntryBytes, calls] of [
      [1024, 2],
      [65_536, 1],
    ] as const) {
      const limited = await startModelGateway({}, { cache: { mode: 'exact', maxEntryBytes } });
      for (let time = 0; time < 2; time += 1) await see(await ask(limited, 'openai', { model: 'oa/ok', stream: true }));
      expect(limited.provider.requests, String(maxEntryBytes)).toHaveLength(calls);
      await limited.stop();
    }
  });

  it.each([
    ['what the provider stores', { store: true }, 'stored-by-provider'],
    ['what the provider looks up', { web_search_options: {} }, 'state-of-provider'],
    ['tools that the provider runs', { tools: [{ type: 'web_search' }] }, 'tools-of-provider'],
  ])('%s', async (_what, members, reason) => {
    const model = fresh();
    for (let time = 0; time < 2; time += 1)
      expect((await see(await ask(gateway, 'openai', { model: `oa/${model}`, ...members }))).cache).toBe(`bypass; reason=${reason}`);
    expect(asked(model)).toBe(2);
    // The control: tools that the client runs are no reason.
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
    await see(await ask(gateway, 'openai', { model: `oa/${model}`, tools }));
    expect((await see(await ask(gateway, 'openai', { model: `oa/${model}`, tools }))).cache).toContain('hit');
  });

  it('the answers of models that are not listed, or of a gateway that was told nothing', async () => {
    for (let time = 0; time < 2; time += 1) expect((await see(await ask(gateway, 'openai', { model: 'moved' }))).cache).toBeNull();
    expect(asked('ok@moved')).toBe(2);
    const plain = await startModelGateway();
    for (let time = 0; time < 2; time += 1)
      expect((await see(await ask(plain, 'openai', { model: 'oa/ok@off' }, { 'x-switchyard-cache': 'use' }))).cache).toBeNull();
    expect(plain.provider.requests).toHaveLength(2);
    await plain.stop();
  });
});

describe('M9.c what a request says', () => {
  it('no-store keeps out of it, no-cache wants a fresh answer that is kept, other words are refused', async () => {
    const model = fresh();
    const body = { model: `oa/${model}` };
    const say = async (wish?: string): Promise<Seen> => await see(await ask(gateway, 'openai', body, wish === undefined ? {} : { 'x-switchyard-cache': wish }));
    expect((await say('no-store')).cache).toBe('bypass; reason=no-store');
    expect((await say()).cache).toBe('miss');
    expect((await say('no-store')).cache).toBe('bypass; reason=no-store');
    expect((await say()).cache).toContain('hit');
    expect((await say('no-cache')).cache).toBe('miss');
    expect((await say('use')).cache).toContain('hit');
    expect(asked(model)).toBe(4);
    const refused = await say('private');
    expect([refused.status, refused.text.includes('no-store')]).toEqual([400, true]);
  });

  it('where the operator leaves it to the request, only those that ask are answered', async () => {
    const asking = await startModelGateway({}, { cache: { mode: 'exact', requests: 'asking' } });
    const say = async (headers: Readonly<Record<string, string>>): Promise<string | null> =>
      (await see(await ask(asking, 'openai', { model: 'oa/ok' }, headers))).cache;
    expect([await say({}), await say({ 'x-switchyard-cache': 'use' }), await say({})]).toEqual([null, 'miss', null]);
    expect(await say({ 'x-switchyard-cache': 'use' })).toContain('hit');
    expect(asking.provider.requests).toHaveLength(3);
    await asking.stop();
  });
});

describe('M9.d a hit', () => {
  it('uses nothing: no attempt, no cost; it is recorded and counted as what it is', async () => {
    const caller = await withKey({ budgets: [parseBudget('1requests/day')] });
    const body = { model: 'oa/ok@priced', max_tokens: 20 };
    expect((await see(await ask(caller, 'openai', body))).cache).toBe('miss');
    // The budget is spent: a new question is refused, the old one is answered.
    expect((await see(await ask(caller, 'openai', { ...body, seed: 1 }))).status).toBe(429);
    expect((await see(await ask(caller, 'openai', body))).cache).toContain('hit');
    expect(asked('ok@priced')).toBe(1);
    const outcomes = gateway
      .records()
      .filter((record) => record['principal'] === `key:${caller.id}` && record['phase'] === 'outcome' && record['outcome'] === 'ok');
    const details = outcomes.map(({ detail, parentId }) => [parentId !== undefined, detail]);
    expect(details).toEqual([
      [true, { costMicroUsd: 117, inputTokens: 7, outputTokens: 11, isEstimated: false }],
      [false, undefined],
      [false, { cache: 'hit', cacheMode: 'exact', servedBy: 'oa/ok@priced' }],
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${gateway.key}` } })).text();
    expect(metrics).toMatch(/switchyard_model_cache_total\{mode="exact",result="hit"\} \d+/);
    expect(metrics).toMatch(/switchyard_model_cache_total\{mode="exact",result="miss"\} \d+/);
    expect(metrics).toMatch(/switchyard_model_cache_total\{mode="exact",result="bypass"\} \d+/);
  });
});
