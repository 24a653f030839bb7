/** The model API by fetch, as the vendors' clients use it on the wire; the clients themselves are not run here. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/app/tasks/keys.ts';
import { listSwitchedOff, switchOff, switchOn } from '../../../src/app/tasks/kill.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { ANSWER, plainAnswer } from '../../helpers/fault-provider.ts';
import { ask, judge, routeOf, startModelGateway, statusTextOf, type ModelGateway } from '../../helpers/model-gateway.ts';

const DIALECTS = ['openai', 'anthropic'] as const;
const MAIN = { openai: 'oa', anthropic: 'an' } as const;

let gateway: ModelGateway;
beforeAll(async () => {
  gateway = await startModelGateway({
    fast: ['none/ok', 'oa/ok@fast'],
    mixed: ['an/ok@mixed', 'oa/ok@mixed'],
    'only-none': ['none/ok'],
    patient: ['oa/long-wait', 'oa2/ok@patient'],
    spare: ['oa/ok@spare', 'oa2/ok@spare'],
  });
});
afterAll(() => gateway.stop());

const lastRequest = (model: string) => gateway.provider.requests.findLast((request) => request.model === model);
const codeOf = async (response: Response): Promise<unknown> => {
  const body: unknown = await response.json();
  return isObject(body) && isObject(body['error']) ? (body['error']['code'] ?? body['error']['message']) : undefined;
};

// @requirement D3.a M3.a
describe.each(DIALECTS)('%s, passed through', (dialect) => {
  it('keeps every byte of request and answer but the name of the model', async () => {
    const model = `${MAIN[dialect]}/ok@bytes`;
    const body = (name: string): string =>
      `{ "big": 12345678901234567890,\t"unknown":{"model":"x"}, "m\\u006fdel" : "${name}" ,"text":"\\u00e4ä", "stream":false}`;
    const response = await ask(gateway, dialect, body(model));
    expect(response.headers.get('x-switchyard-served-by')).toBe(model);
    expect(await response.text()).toBe(plainAnswer(dialect === 'anthropic'));
    expect(lastRequest('ok@bytes')?.body.toString()).toBe(body('ok@bytes'));
  });

  it('sends its own credential, and of the headers only those of the dialect', async () => {
    await ask(gateway, dialect, { model: `${MAIN[dialect]}/ok@headers` }, { 'x-other': 'secret', 'anthropic-beta': 'b-1' });
    const { headers = {} } = lastRequest('ok@headers') ?? {};
    expect(JSON.stringify(headers)).not.toContain(gateway.key);
    expect(headers['x-other']).toBeUndefined();
    if (dialect === 'openai') expect(headers).toMatchObject({ authorization: 'Bearer provider-key' });
    else expect(headers).toMatchObject({ 'x-api-key': 'provider-key', 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b-1' });
  });

  it('passes on a stream whose pieces split characters and lines', async () => {
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/bytewise`, stream: true });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await judge(response, dialect, true)).toBe('complete');
  });

  it('M5.c: sends the first token on before the stream ends, and cancels the provider within 100 ms of the client leaving', async () => {
    const leaving = new AbortController();
    const model = `trickle@${dialect}`;
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/${model}`, stream: true }, {}, leaving.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    const leftAt = performance.now();
    leaving.abort();
    await expect.poll(() => lastRequest(model)?.leftAt, { timeout: 2000, interval: 5 }).toBeDefined();
    expect((lastRequest(model)?.leftAt ?? Infinity) - leftAt).toBeLessThan(100);
  });

  it('M5.d: holds a provider back when the client does not read', async () => {
    const leaving = new AbortController();
    const before = process.memoryUsage().rss;
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/flood`, stream: true }, {}, leaving.signal);
    await pause(700);
    // A stream that nobody read would pass the limit on answers (20 MB) by now; and its waiting is not the provider's silence.
    expect(response.status).toBe(200);
    expect(lastRequest('flood')?.leftAt).toBeUndefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    leaving.abort();
  });

  it.each(['in-band', 'no-end'])('ends a stream with an error of the dialect after %s, without words of the provider', async (fault) => {
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/${fault}`, stream: true });
    const text = await response.text();
    expect(text).toContain(fault === 'no-end' ? 'ended before its end' : 'refuses more requests');
    expect(text).toMatch(dialect === 'openai' ? /data: \{"error":\{[^\n]+\n\n$/ : /event: error\ndata: \{"type":"error"[^\n]+\n\n$/);
    expect(text).not.toContain('secret words');
    expect(text).not.toContain('[DONE]');
  });

  it.each([
    ['bad-key', 502, /PROVIDER_KEY_REFUSED/i],
    ['overloaded', 503, /PROVIDER_BUSY/i],
    ['reset', 502, /PROVIDER_UNREACHABLE/i],
    ['silent', 504, /PROVIDER_SILENT/i],
    ['gzip', 502, /PROVIDER_FAILED/i],
    ['no-end', 502, /PROVIDER_INCOMPLETE/i],
    ['redirect', 502, /EGRESS_REFUSED/i],
    ['huge', 502, /RESPONSE_TOO_LARGE/i],
    ['filter', 400, /CONTENT_REFUSED|content_filter/i],
    ['context', 400, /CONTEXT_TOO_LONG|context_length_exceeded/i],
  ])('answers %s with %i', async (fault, status, code) => {
    const response = await ask(gateway, dialect, { model: `${MAIN[dialect]}/${fault}` });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toMatch(code);
  });

  it.each([
    ['no credential', {}, 401],
    ['a wrong key', { authorization: 'Bearer sy_wrong' }, 401],
    ['a wrong x-api-key', { 'x-api-key': 'wrong' }, 401],
  ])('refuses %s in its own form', async (_name, headers, status) => {
    const response = await fetch(`${gateway.url}${routeOf(dialect)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });
    const body = (await response.json()) as JsonObject;
    expect(response.status).toBe(status);
    expect(body['type']).toBe(dialect === 'openai' ? undefined : 'error');
    expect(body['error']).toMatchObject({ type: dialect === 'openai' ? 'invalid_request_error' : 'authentication_error' });
  });

  it.each([
    ['not JSON', '{', 400],
    ['no object', '[]', 400],
    ['no model', '{"messages":[]}', 400],
    ['a stream that is a text', '{"model":"oa/ok","stream":"yes"}', 400],
    ['a member twice', `{"model":"${MAIN[dialect]}/ok","stream":false,"model":"${MAIN[dialect]}/ok@2"}`, 400],
    ['an unknown model', '{"model":"nobody"}', 404],
    ['an unknown provider', '{"model":"nobody/ok"}', 404],
    ['a model of the other dialect', `{"model":"${dialect === 'openai' ? 'an' : 'oa'}/ok"}`, 400],
  ])('refuses %s', async (_name, body, status) => {
    expect((await ask(gateway, dialect, body)).status).toBe(status);
  });
});

describe('names and chains', () => {
  it('a provider without a key is passed over, and says so when there is no other', async () => {
    expect(await judge(await ask(gateway, 'openai', { model: 'fast' }), 'openai', false)).toBe('complete');
    const response = await ask(gateway, 'openai', { model: 'only-none' });
    expect([response.status, await codeOf(response)]).toEqual([503, 'PROVIDER_NOT_CONFIGURED'.toLowerCase()]);
  });

  it('a chain serves callers of every dialect from its first target, converting where it must', async () => {
    const served = DIALECTS.map(async (dialect) => {
      const response = await ask(gateway, dialect, { model: 'mixed', max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] });
      return [response.status, response.headers.get('x-switchyard-served-by'), (await response.text()).includes(JSON.stringify(ANSWER))];
    });
    const [first, ...others] = await Promise.all(served);
    expect(first).toEqual([200, expect.stringMatching(/ok@mixed$/), true]);
    expect(others).toEqual([first]);
  });

  it('a Retry-After above the cap is not waited for', async () => {
    const startedAt = performance.now();
    expect(await judge(await ask(gateway, 'openai', { model: 'patient' }), 'openai', false)).toBe('complete');
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect((await ask(gateway, 'openai', { model: 'oa/long-wait@direct' })).headers.get('retry-after')).toBe('3600');
  });

  it('GET /v1/models lists aliases and the models that providers list', async () => {
    const response = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.key } });
    const { data } = (await response.json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(['fast', 'listed', 'mixed', 'patient', 'spare']);
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/v1/models`, { method: 'POST' })).headers.get('allow')).toContain('GET');
  });
});

describe('on the road', () => {
  it('lists no model that a rule forbids to the caller', async () => {
    const { key } = await addKey({ home: gateway.home, env: {} }, { name: 'user', kind: 'user', roles: ['user'] });
    const { data } = (await (await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': key } })).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(['fast', 'listed', 'mixed', 'spare']);
    expect((await ask({ ...gateway, key }, 'openai', { model: 'patient' })).status).toBe(403);
  });

  it('a provider that is switched off is passed over; calling it by name is refused', async () => {
    const place = { home: gateway.home, env: {} };
    await switchOff(place, { scope: 'provider', name: 'oa', reason: 'test' });
    await pause(300);
    const [routed, direct] = await Promise.all([ask(gateway, 'openai', { model: 'spare' }), ask(gateway, 'openai', { model: 'oa/ok@spare' })]);
    expect([routed.headers.get('x-switchyard-served-by'), direct.status]).toEqual(['oa2/ok@spare', 403]);
    for (const { id } of listSwitchedOff(place)) await switchOn(place, id);
    await pause(300);
    expect((await ask(gateway, 'openai', { model: 'spare' })).headers.get('x-switchyard-served-by')).toBe('oa/ok@spare');
  });

  it('counts the tokens that providers report', async () => {
    const metrics = await (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${gateway.key}` } })).text();
    expect(metrics).toMatch(/switchyard_model_tokens_total\{provider="an",direction="output"\} [1-9]\d*/);
  });

  it('records the call and each attempt as its child, with intent and outcome, and no word of the content', async () => {
    await ask(gateway, 'openai', { model: 'fast', messages: [{ role: 'user', content: 'top-secret-prompt' }] }, { 'x-correlation-id': 'models-audit' });
    const records = gateway.records().filter(({ correlationId, correlation_id: other }) => correlationId === 'models-audit' || other === 'models-audit');
    expect(records.map(({ target, phase }) => `${String(phase)} ${String(target)}`)).toEqual([
      'intent model:fast',
      'intent model:none/ok',
      'outcome model:none/ok',
      'intent model:oa/ok@fast',
      'outcome model:oa/ok@fast',
      'outcome model:fast',
    ]);
    expect(JSON.stringify(gateway.records())).not.toContain('top-secret-prompt');
  });

  it('reports each provider as its last answer shows it', async () => {
    const text = await statusTextOf(gateway);
    expect(text).toContain('not_configured: Set models.providers.none.apiKey.');
  });

  it('a model cannot be called with an input that no door made', async () => {
    const admission = await gateway.app.runner.admit({ door: 'test', source: '127.0.0.1', credential: { kind: 'bearer', token: gateway.key } });
    const { terminal } = await gateway.app.runner.run({
      admission,
      target: { kind: 'model', name: 'oa/ok' },
      input: { attempt: 1, body: {} },
      trace: { correlationId: 'forged' },
    });
    expect(terminal).toMatchObject({ type: 'error', error: { code: 'INPUT_INVALID' } });
  });
});
