/** Callers who try to get more than they may: limited keys, budgets, callers who leave, who are slow, who are stopped. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, listKeys, revokeKey } from '../../../src/app/tasks/keys.ts';
import { switchAllOn, switchOff } from '../../../src/app/tasks/kill.ts';
import { parseBudget } from '../../../src/contracts/budget-text.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { ask, judge, startModelGateway, type ModelGateway } from '../../helpers/model-gateway.ts';

let gateway: ModelGateway;
beforeAll(async () => {
  const times = { firstTokenMs: 20_000, idleMs: 20_000, answerMs: 20_000 };
  const prices = { 'oa/ok@n': { input: 1, output: 10 } };
  gateway = await startModelGateway(
    { fast: ['oa/ok'], other: ['an/ok'], default: ['an/ok'], haiku: ['an/ok'], sonnet: ['an/ok'], nowhere: ['none/m'] },
    { ...times, prices },
  );
});
afterAll(() => gateway.stop());

interface Caller {
  readonly key: string;
  readonly id: string;
}
const caller = async (models: readonly string[] | null, budgets: readonly string[] = [], roles: readonly string[] = ['developer']): Promise<Caller> => {
  const parsed = budgets.map((text) => parseBudget(text) ?? expect.fail(text));
  const { key, record } = await addKey({ home: gateway.home }, { name: 'k', kind: 'service', roles, models, budgets: parsed });
  return { key, id: record.id };
};
const usedBy = async ({ id }: Caller): Promise<readonly (readonly [used: number, reserved: number])[]> =>
  (await listKeys({ home: gateway.home })).find((key) => key.id === id)?.use.map(({ used, reserved }) => [used, reserved] as const) ?? [];
interface Told {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
}
const post = async ({ key }: Caller, path: string, body: JsonObject): Promise<Told> => {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const parsed: unknown = JSON.parse(text);
  const error = isObject(parsed) && isObject(parsed['error']) ? parsed['error'] : {};
  const code = [error['reason'], error['code'], error['message']].find((word) => typeof word === 'string');
  return { status: response.status, code, text };
};
const tool = (who: Caller, name: string, body: JsonObject): Promise<Told> => post(who, `/mcp/v1/tools/${name}`, body);
const SAID = { messages: [{ role: 'user', content: 'x' }], max_tokens: 9 };
const contents = { contents: [{ parts: [{ text: 'x' }] }] };
const asked = (): number => gateway.provider.requests.length;

/** Every way to a model: route or tool, with the model it names. */
const WAYS: readonly (readonly [name: string, go: (who: Caller, model: string) => Promise<Told>])[] = [
  ['chat', (who, model) => post(who, '/v1/chat/completions', { model, ...SAID })],
  ['messages', (who, model) => post(who, '/v1/messages', { model, ...SAID })],
  ['count_tokens', (who, model) => post(who, '/v1/messages/count_tokens', { model, messages: SAID.messages })],
  ['responses', (who, model) => post(who, '/v1/responses', { model, input: 'x' })],
  ['embeddings', (who, model) => post(who, '/v1/embeddings', { model, input: 'x' })],
  ['Gemini', (who, model) => post(who, `/v1beta/models/${model}:generateContent`, contents)],
  ['Gemini’s count', (who, model) => post(who, `/v1/models/${model}:countTokens`, contents)],
  ['llm_complete', (who, model) => tool(who, 'llm_complete', { model, prompt: 'x' })],
  ['llm_embed', (who, model) => tool(who, 'llm_embed', { model, input: 'x' })],
  ['llm_count_tokens', (who, model) => tool(who, 'llm_count_tokens', { model, prompt: 'x' })],
  ['orchestrator_execute', (who, model) => tool(who, 'orchestrator_execute', { model, prompt: 'x' })],
];

// @requirement M7.a
describe('a key limited to the models fast', () => {
  it.each(WAYS)('%s: leads to no other model under any of its names, and asks nobody', async (_name, go) => {
    const who = await caller(['fast']);
    const before = asked();
    for (const model of ['other', 'an/ok', 'oa2/ok', 'oa/ok2', 'default']) {
      const { status, text } = await go(who, model);
      expect(status, model).toBe(403);
      expect(text).toMatch(/limited to the models fast/);
    }
    expect(asked()).toBe(before);
    // The control: its own is not forbidden, whatever this provider makes of the operation.
    expect((await go(who, 'fast')).status).not.toBe(403);
  });

  it('is no way out by what means a model without naming it', async () => {
    const who = await caller(['fast']);
    const before = asked();
    const told = [
      await tool(who, 'llm_complete', { prompt: 'x' }),
      await tool(who, 'orchestrator_run', { task: 'x' }),
      await tool(who, 'orchestrator_validate', { task: 'x', output: 'y' }),
    ];
    expect(told.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(asked()).toBe(before);
  });

  it('names no other model, neither in lists nor in what it says of an unknown name', async () => {
    const who = await caller(['fast']);
    const all = { key: gateway.key, id: 'admin' };
    const told = async (asker: Caller): Promise<string> => {
      const headers = { authorization: `Bearer ${asker.key}` };
      const lists = await Promise.all(['/v1/models', '/v1beta/models'].map(async (path) => await (await fetch(gateway.url + path, { headers })).text()));
      const one = await (await fetch(`${gateway.url}/v1/models/other`, { headers })).text();
      const tools = [await tool(asker, 'llm_models', {}), await tool(asker, 'orchestrator_execute', { model: 'nosuch', prompt: 'x' })];
      return [...lists, one, ...tools.map(({ text }) => text)].join('\n');
    };
    expect(await told(who)).toContain('fast');
    expect(await told(who)).not.toMatch(/other|haiku|nowhere|default|an\/ok/);
    expect(await told(all)).toMatch(/other[\s\S]*Known: .*haiku.*nowhere/);
  });
});

// @requirement O3.b
it.each(['constructor', '__proto__', 'toString', 'x'.repeat(1000)])('%s is an unknown model to every tool', async (model) => {
  const who = { key: gateway.key, id: 'admin' };
  for (const name of ['llm_complete', 'llm_count_tokens', 'orchestrator_execute']) {
    const { status, text } = await tool(who, name, { model, prompt: 'x' });
    expect([404, 400], `${name} ${text}`).toContain(status);
  }
});

it('a caller without the scope models:use reaches a model by no tool', async () => {
  const guest = await caller(null, [], ['guest']);
  const before = asked();
  for (const [name, body] of [
    ['llm_complete', { prompt: 'x' }],
    ['llm_embed', { input: 'x' }],
    ['llm_count_tokens', { prompt: 'x' }],
    ['llm_models', {}],
    ['orchestrator_route', { task: 'x' }],
    ['orchestrator_execute', { model: 'fast', prompt: 'x' }],
    ['orchestrator_validate', { task: 'x', output: 'y' }],
    ['orchestrator_run', { task: 'x' }],
  ] as const)
    expect([name, (await tool(guest, name, body)).code]).toEqual([name, 'SCOPE_MISSING']);
  expect(asked()).toBe(before);
});

// @requirement M7.d
describe('a budget', () => {
  it.each(WAYS.filter(([name]) => !/count|embed|Gemini|responses/.test(name)))('of one request is one request through %s', async (_name, go) => {
    const who = await caller(null, ['1requests/total']);
    expect((await go(who, 'fast')).status).toBe(200);
    expect((await go(who, 'fast')).status).toBe(429);
  });

  it('reserves every one of the answers that one request asks for', async () => {
    // 0.00009 USD for the most of one answer, and the size of the request besides.
    const body = { model: 'oa/ok@n', ...SAID };
    const room = ['0.0005usd/total'];
    expect((await post(await caller(null, room), '/v1/chat/completions', body)).status).toBe(200);
    const many = await post(await caller(null, room), '/v1/chat/completions', { ...body, n: 100 });
    expect([many.status, many.code]).toEqual([429, 'QUOTA_EXCEEDED']);
  });

  it('reserves the largest of several limits', async () => {
    const body = { model: 'oa/ok@n', ...SAID, max_tokens: 100_000, max_completion_tokens: 9 };
    expect((await post(await caller(null, ['0.0005usd/total']), '/v1/chat/completions', body)).code).toBe('QUOTA_EXCEEDED');
  });
});

describe('callers who leave', () => {
  it('three hundred streams that are left at any moment leave nothing behind', async () => {
    const who = await caller(null, ['100000requests/day', '100000000tokens/day']);
    const provider = gateway.provider.requests;
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const leaving = new AbortController();
        setTimeout(() => leaving.abort(), (index * 7) % 900);
        const dialect = index % 2 === 0 ? 'openai' : 'anthropic';
        const open = await ask(
          { ...gateway, key: who.key },
          dialect,
          { model: index % 2 === 0 ? 'oa/trickle@left' : 'an/trickle@left', stream: true },
          {},
          leaving.signal,
        ).catch(() => undefined);
        await open?.text().catch(() => undefined);
      }),
    );
    const open = (): number => provider.filter(({ model, leftAt }) => model === 'trickle@left' && leftAt === undefined).length;
    await expect.poll(async () => [open(), ...(await usedBy(who)).map(([, reserved]) => reserved)], { timeout: 5000 }).toEqual([0, 0, 0]);
    const running = async (): Promise<string | undefined> => {
      const metrics = await (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${gateway.key}` } })).text();
      return /^switchyard_calls_running (\d+)$/m.exec(metrics)?.[1];
    };
    // The one that reads the metrics.
    await expect.poll(running, { timeout: 5000 }).toBe('1');
    // The slots are free again: as many at once as one caller may have.
    const again = await Promise.all(
      Array.from({ length: 8 }, async () => await judge(await ask({ ...gateway, key: who.key }, 'openai', { model: 'fast' }), 'openai', false)),
    );
    expect(again).toEqual(Array.from({ length: 8 }, () => 'complete'));
  });

  it('bodies that do not come keep nobody from being served', async () => {
    const { hostname, port } = new URL(gateway.url);
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${gateway.key}\r\nContent-Length: 100000\r\n\r\n{"model":`;
    const slow = Array.from({ length: 100 }, () =>
      connect({ host: hostname, port: Number(port) }, function write(this: ReturnType<typeof connect>) {
        this.write(head);
      }),
    );
    for (const socket of slow) socket.on('error', () => undefined);
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await judge(await ask(gateway, 'openai', { model: 'fast' }), 'openai', false)).toBe('complete');
    for (const socket of slow) socket.destroy();
  });
});

describe('a stream under way', () => {
  const begin = async (key: string): Promise<() => Promise<string>> => {
    const response = await ask({ ...gateway, key }, 'openai', { model: 'oa/trickle@stopped', stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail();
    let text = (await reader.read()).value ?? '';
    return async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
      return text;
    };
  };

  it('goes on when another provider is switched off (control), and ends with an error when its own is', async () => {
    const rest = await begin(gateway.key);
    const place = { home: gateway.home };
    await switchOff(place, { scope: 'provider', name: 'an', reason: 'test' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    const last = (): number | undefined => gateway.provider.requests.findLast(({ model }) => model === 'trickle@stopped')?.leftAt;
    expect(last()).toBeUndefined();
    await switchOff(place, { scope: 'provider', name: 'oa', reason: 'test' });
    expect(await rest()).toMatch(/TARGET_DISABLED|CANCELLED/);
    await expect.poll(last, { timeout: 1000 }).toBeDefined();
    await switchAllOn(place);
    await expect.poll(async () => (await ask(gateway, 'openai', { model: 'oa/ok' })).status, { timeout: 2000 }).toBe(200);
  });

  it('ends with an error when its key is revoked', async () => {
    const who = await caller(null);
    const rest = await begin(who.key);
    await revokeKey({ home: gateway.home }, who.id);
    expect(await rest()).toContain('AUTHENTICATION_FAILED');
  });
});
