/** Clients that leave or read slowly, answers that would fill the memory, and what other gateways are reported to do wrong. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../../src/core/json.ts';
import { ANSWER, type ProviderRequest } from '../../helpers/fault-provider.ts';
import { ask, judge, startModelGateway, statusTextOf, type ModelGateway } from '../../helpers/model-gateway.ts';

const DIALECTS = ['openai', 'anthropic'] as const;
const MAIN = { openai: 'oa', anthropic: 'an' } as const;
const MEGABYTE = 1_000_000;

let gateway: ModelGateway;
beforeAll(async () => {
  gateway = await startModelGateway(
    {
      ...Object.fromEntries(
        DIALECTS.flatMap((dialect) => {
          const [one, other] = [MAIN[dialect], `${MAIN[dialect]}2`];
          return [
            [`leaving-${dialect}`, [`${one}/silent@leaving-${dialect}`, `${other}/ok@leaving-${dialect}`]],
            [`leak-${dialect}`, [`${one}/down@leak-${dialect}`, `${other}/in-band-first@leak-${dialect}`, `${one}/ok@leak-${dialect}`]],
            [`all-leak-${dialect}`, [`${one}/in-band-first@all-leak-${dialect}`, `${other}/start-twice@all-leak-${dialect}`]],
          ];
        }),
      ),
      'responses-rescued': ['op/responses-failed@rescued', 'op2/responses-ok@rescued'],
      'responses-lost': ['op/responses-failed@lost', 'op2/responses-failed@lost'],
      stale: ['oa/stale@kept', 'oa2/ok@kept'],
      flaky: ['oa/down@flaky', 'oa2/ok@flaky'],
      shared: [
        { target: 'oa/ok@shared', weight: 1 },
        { target: 'oa2/ok@shared', weight: 1 },
      ],
    },
    { breaker: { failures: 3, openMs: 60_000 }, firstTokenMs: 2000, idleMs: 2000, answerMs: 2000 },
  );
  // The first call loads what models are made of; what is measured below is not that.
  for (const dialect of DIALECTS) await (await ask(gateway, dialect, { model: `${MAIN[dialect]}/ok@warm` })).text();
});
afterAll(() => gateway.stop());

const requestsOf = (model: string): readonly ProviderRequest[] => gateway.provider.requests.filter((request) => request.model === model);
const last = (model: string): ProviderRequest | undefined => requestsOf(model).at(-1);

/** Milliseconds from a client's leaving to the provider's seeing it; a stream that has content is left after its first piece. */
async function leave(dialect: (typeof DIALECTS)[number], model: string, isStream: boolean): Promise<number> {
  const leaving = new AbortController();
  const asked = ask(gateway, dialect, { model: `${MAIN[dialect]}/${model}`, stream: isStream }, {}, leaving.signal).catch(() => undefined);
  if (model.startsWith('trickle')) await (await asked)?.body?.getReader().read();
  else await expect.poll(() => last(model), { timeout: 2000, interval: 2 }).toBeDefined();
  const leftAt = performance.now();
  leaving.abort();
  await asked;
  await expect.poll(() => last(model)?.leftAt, { timeout: 2000, interval: 2 }).toBeDefined();
  return (last(model)?.leftAt ?? Infinity) - leftAt;
}

describe.each(DIALECTS)('a client of %s', (dialect) => {
  // @requirement M5.c
  it.each([
    ['in the middle of a stream', 'trickle', true],
    ['before the first token', 'silent', true],
    ['while it waits for a plain answer', 'silent', false],
  ])('M5.c: that leaves %s: the provider sees it within 100 ms, and no other is asked', async (_name, fault, isStream) => {
    // A machine that is busy with something else only adds to the time: of three clients the fastest counts.
    const times: number[] = [];
    for (const client of [1, 2, 3]) times.push(await leave(dialect, `${fault}@leaves-${dialect}-${isStream}-${client}`, isStream));
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it('M5.c: that leaves does not make the next target answer', async () => {
    const leaving = new AbortController();
    const asked = ask(gateway, dialect, { model: `leaving-${dialect}`, stream: true }, {}, leaving.signal).catch(() => undefined);
    await expect.poll(() => last(`silent@leaving-${dialect}`), { timeout: 2000, interval: 2 }).toBeDefined();
    leaving.abort();
    await asked;
    await pause(100);
    expect(requestsOf(`ok@leaving-${dialect}`)).toEqual([]);
  });

  // @requirement M5.d
  it('M5.d: that does not read stops the provider: what lies in between is bounded', async () => {
    const leaving = new AbortController();
    const [memory, sent] = [process.memoryUsage().rss, gateway.provider.bytesSent()];
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/flood@slow`, stream: true }, {}, leaving.signal);
    await pause(300);
    const afterStart = gateway.provider.bytesSent() - sent;
    await pause(500);
    const afterWaiting = gateway.provider.bytesSent() - sent;
    // Buffers of sockets and of the client itself are all there is; then nothing moves.
    expect(response.status).toBe(200);
    expect(afterStart).toBeLessThan(15 * MEGABYTE);
    expect(afterWaiting - afterStart).toBeLessThan(MEGABYTE);
    expect(process.memoryUsage().rss - memory).toBeLessThan(150 * MEGABYTE);
    leaving.abort();
  });

  it('M5.d: that reads slowly gets everything in order, and its time is not taken for the silence of the provider', async () => {
    const leaving = new AbortController();
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/flood@sips`, stream: true }, {}, leaving.signal);
    const reader = response.body?.getReader();
    let text = '';
    for (let sip = 0; sip < 4; sip += 1) {
      text += Buffer.from((await reader?.read())?.value ?? []).toString();
      await pause(700);
    }
    leaving.abort();
    expect(text).not.toContain('"error"');
    expect(text.length).toBeGreaterThan(10_000);
  });

  it.each([false, true])('an answer of 100 MB (stream %s) is cut off at the limit, with the memory bounded', async (isStream) => {
    const before = process.memoryUsage().rss;
    const sent = gateway.provider.bytesSent();
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/flood-100mb@${dialect}-${isStream}`, stream: isStream });
    let size = 0;
    let end = '';
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      end = Buffer.from(piece).toString().slice(-600);
    }
    expect(end).toMatch(/RESPONSE_TOO_LARGE/i);
    expect(size).toBeLessThan(21 * MEGABYTE);
    expect(gateway.provider.bytesSent() - sent).toBeLessThan(60 * MEGABYTE);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MEGABYTE);
  });
});

describe('chunks that come twice', () => {
  it('OpenAI numbers nothing: repeated text passes on as it was sent', async () => {
    const text = await (await ask(gateway, 'openai', { model: 'oa/twice', stream: true })).text();
    expect(text.match(/"content":"The "/g)).toHaveLength(2);
    expect(text).toContain('data: [DONE]');
  });

  it('Anthropic numbers blocks, not deltas: repeated text passes on, a repeated beginning is an error', async () => {
    expect(await (await ask(gateway, 'anthropic', { model: 'an/twice', stream: true })).text()).toContain('message_stop');
    const response = await ask(gateway, 'anthropic', { model: 'an/start-twice', stream: true });
    expect([response.status, await judge(response, 'anthropic', true)]).toEqual([502, 'error']);
  });
});

// @requirement M5.a
describe('what other gateways are reported to do', () => {
  it.each(DIALECTS)('litellm#38610: a fallback that fails after it began a message leaks nothing of it (%s)', async (dialect) => {
    const text = await (await ask(gateway, dialect, { model: `leak-${dialect}`, stream: true })).text();
    expect(text.split(dialect === 'openai' ? '"role":"assistant"' : '"type":"message_start"')).toHaveLength(2);
    expect(text).not.toContain('error');
    const failed = await ask(gateway, 'anthropic', { model: 'all-leak-anthropic', stream: true });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(await failed.text()).toMatch(/^\{"type":"error"/);
  });

  it.each(DIALECTS)('litellm#36768: a failure that the provider tells inside the stream is never an empty success (%s)', async (dialect) => {
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/in-band-first@36768`, stream: true });
    expect([response.status, await judge(response, dialect, true)]).toEqual([503, 'error']);
  });

  it('litellm#36768: response.failed makes the next target answer, and is an error where there is none', async () => {
    const respond = async (model: string): Promise<{ status: number; text: string }> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}` };
      const response = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', headers, body: JSON.stringify({ model, input: 'hi', stream: true }) });
      return { status: response.status, text: await response.text() };
    };
    const rescued = await respond('responses-rescued');
    expect(rescued.text).toContain('response.completed');
    expect(rescued.text.match(/event: response.created/g)).toHaveLength(1);
    const lost = await respond('responses-lost');
    expect(lost.status).toBe(502);
    expect(lost.text).toMatch(/provider_failed/i);
    expect(lost.text).not.toContain('secret words');
  });

  it.each(DIALECTS)('litellm#19077: who names provider/model is never routed elsewhere, also not in the middle of a stream (%s)', async (dialect) => {
    const before = gateway.provider.requests.length;
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/cut@19077`, stream: true });
    expect(await judge(response, dialect, true)).toBe('error');
    const held = await ask(gateway, dialect, { model: `${MAIN[dialect]}/cut@19077`, stream: true }, { 'x-switchyard-hold-back': 'complete' });
    expect(await judge(held, dialect, true)).toBe('error');
    expect(gateway.provider.requests.slice(before).filter(({ model }) => model !== 'cut@19077')).toEqual([]);
  });
});

describe('connections', () => {
  it('a pooled one that breaks when it is used again is retried: one success is recorded, one answer is counted', async () => {
    for (let time = 0; time < 4; time += 1) {
      const response = await ask(gateway, 'openai', { model: 'stale' }, { 'x-correlation-id': 'stale' });
      expect(await judge(response, 'openai', false)).toBe('complete');
      expect(response.headers.get('x-switchyard-served-by')).toBe('oa/stale@kept');
    }
    const attempts = gateway
      .records()
      .filter(({ correlationId, phase, parentId }) => correlationId === 'stale' && phase === 'outcome' && parentId !== undefined);
    const broken = attempts.filter(({ outcome }) => outcome === 'PROVIDER_UNREACHABLE');
    expect(attempts.filter(({ outcome }) => outcome === 'ok')).toHaveLength(4);
    expect(broken.length).toBeGreaterThan(0);
    // A connection that broke tells of no use: what it may have cost is not made up.
    for (const { detail } of broken) expect(JSON.stringify(detail ?? {})).not.toContain('"outputTokens":11');
    expect(requestsOf('stale@kept')).toHaveLength(attempts.length);
  });
});

// @requirement M4.b
describe('breakers and weights in the gateway', () => {
  const scrape = async (): Promise<string> => await (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${gateway.key}` } })).text();

  it('M4.b: a target that fails again and again is passed over; status, health and metrics tell it', async () => {
    for (let time = 0; time < 5; time += 1) expect(await judge(await ask(gateway, 'openai', { model: 'flaky' }), 'openai', false)).toBe('complete');
    expect(requestsOf('down@flaky')).toHaveLength(3);
    expect(await statusTextOf(gateway)).toContain('oa/down@flaky (open, PROVIDER_BUSY)');
    const { terminal } = await gateway.app.runner.run({
      admission: await gateway.app.runner.admit({ door: 'test', source: '127.0.0.1', credential: { kind: 'bearer', token: gateway.key } }),
      target: { kind: 'catalog', name: 'models-health' },
      input: {},
      trace: { correlationId: 'health' },
    });
    const value = terminal.type === 'result' && isObject(terminal.value) ? terminal.value['deployments'] : undefined;
    expect(value).toContainEqual(expect.objectContaining({ target: 'oa/down@flaky', state: 'open', reason: 'failures', lastOutcome: 'PROVIDER_BUSY' }));
    const metrics = await scrape();
    expect(metrics).toMatch(
      /switchyard_model_breaker_changes_total\{state="open",target="oa\/down@flaky"\} 1|switchyard_model_breaker_changes_total\{target="oa\/down@flaky",state="open"\} 1/,
    );
    expect(metrics).toMatch(/switchyard_model_breakers_open [1-9]/);
  });

  it('M4.b: a target named alone is asked although it is open: there is nobody else', async () => {
    const before = requestsOf('down@flaky').length;
    expect((await ask(gateway, 'openai', { model: 'oa/down@flaky' })).status).toBe(503);
    expect(requestsOf('down@flaky')).toHaveLength(before + 1);
  });

  it('M4.b: weighted targets share the calls', async () => {
    const served = new Set<string | null>();
    for (let time = 0; time < 40; time += 1) served.add((await ask(gateway, 'openai', { model: 'shared' })).headers.get('x-switchyard-served-by'));
    expect([...served].toSorted()).toEqual(['oa/ok@shared', 'oa2/ok@shared']);
  });

  it('the answer of the control says all of it', async () => {
    expect(await (await ask(gateway, 'openai', { model: 'oa/ok@control' })).text()).toContain(JSON.stringify(ANSWER));
  });
});
