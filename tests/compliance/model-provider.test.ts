/** What every kind of provider promises, each against its vendor's own wire. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../src/contracts/egress.ts';
import type { ModelProvider, ModelUsage, ProviderRequest } from '../../src/contracts/model.ts';
import type { ProviderConfig } from '../../src/contracts/models-config.ts';
import { Scope } from '../../src/core/scope.ts';
import { createEgress } from '../../src/egress/dialer.ts';
import { readCount } from '../../src/models/dialects/count-reader.ts';
import { readerOf } from '../../src/models/dialects/dialects.ts';
import { baseUrlsOf, createProvider } from '../../src/models/providers/create-provider.ts';
import { createEventSplitter } from '../../src/models/wire/event-stream.ts';
import { startVendor, type Vendor } from '../helpers/vendors/vendor.ts';
import { ASKED, entryOf, MODEL, SECRET, type ProviderCase, type ProviderFixture } from './model-provider-fixture.ts';
import { PROVIDER_FIXTURES } from './model-provider-fixtures.ts';

const NAME = 'mine';

const titleOf = ({ operation, dialect, isStream, title }: ProviderCase): string =>
  `${operation} ${dialect}${isStream ? ', stream' : ''}${title === undefined ? '' : `, ${title}`}`;

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function usageIn({ operation, dialect, isStream, answer }: ProviderCase): ModelUsage {
  if (operation === 'count') return readCount(dialect, Buffer.from(answer));
  if (!isStream) return readerOf(dialect).readAnswer(Buffer.from(answer));
  const reader = readerOf(dialect).createReader();
  for (const { data } of createEventSplitter().push(Buffer.from(answer))) reader.read(data);
  expect(reader.isComplete).toBe(true);
  return reader.usage;
}

// @requirement M1.a
describe.each(PROVIDER_FIXTURES.map((fixture) => [fixture.title, fixture] as const))('provider: %s', (_title, fixture: ProviderFixture) => {
  let vendor: Vendor;
  let egress: Egress;
  let scope: Scope;
  const build = (over: Partial<ProviderConfig> = {}): ModelProvider => {
    const entry = { ...entryOf(fixture, vendor.url), ...over };
    egress = createEgress(baseUrlsOf({ providers: { [NAME]: entry } }));
    return createProvider(NAME, entry, { egress });
  };
  const requestOf = ({ operation, dialect, isStream, wantsUsage = false, body }: ProviderCase, over: Partial<ProviderRequest> = {}): ProviderRequest => ({
    operation,
    dialect,
    isStream,
    wantsUsage,
    model: fixture.model ?? MODEL,
    headers: { 'x-of-the-dialect': 'kept' },
    body: Buffer.from(body),
    scope,
    firstByteMs: 5000,
    idleMs: 5000,
    maxBytes: 1_000_000,
    ...over,
  });
  const whole = fixture.cases.filter(({ isStream }) => !isStream);
  // A model that embeds generates nothing.
  const plain = whole.find(({ operation }) => operation === 'generate') ?? whole.find(({ operation }) => operation === 'embed');
  const stream = fixture.cases.find(({ isStream }) => isStream) ?? plain;
  if (!plain || !stream) throw new TypeError('A fixture needs a plain answer to a generate or an embed.');

  beforeEach(async () => {
    vendor = await (fixture.start?.() ?? startVendor((request) => fixture.serve(request)));
    scope = new Scope();
  });
  afterEach(async () => {
    scope.end();
    egress.close();
    await vendor.stop();
  });

  it('says what it can do, and nothing else', () => {
    const provider = build();
    for (const operation of ['generate', 'embed', 'count'] as const) {
      const known = new Set(fixture.cases.filter((one) => one.operation === operation).map(({ dialect }) => dialect));
      expect(new Set(provider.dialects(operation, fixture.model ?? MODEL)), operation).toEqual(known);
    }
    expect(provider).toMatchObject({ name: NAME, kind: fixture.kind, missing: undefined, isSimulated: false });
    expect(vendor.requests).toEqual([]);
  });

  it.each(fixture.cases.map((one) => [titleOf(one), one] as const))('%s: each byte of request and answer', async (_name, one) => {
    const response = await build().send(requestOf(one));
    expect(response.status).toBe(200);
    expect(await readAll(response.body)).toBe(one.answer);
    const [request] = vendor.requests;
    expect(vendor.requests).toHaveLength(1);
    expect(request).toMatchObject({ method: 'POST', path: one.path });
    if (typeof one.sent === 'string') expect(request?.body.toString()).toBe(one.sent);
    else expect(request?.body.toString()).toMatch(one.sent);
    expect(`${request?.path} ${request?.body.toString()}`).not.toContain(ASKED);
    if (fixture.isHttp !== false) expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'x-of-the-dialect': 'kept' });
  });

  it.each(fixture.cases.map((one) => [titleOf(one), one] as const))('%s: the usage', (_name, one) => {
    expect(usageIn(one)).toMatchObject(one.usage);
  });

  it('sends its credential in its header and nowhere else, and no other', async () => {
    const provider = build();
    await readAll((await provider.send(requestOf(plain, { headers: { authorization: 'Bearer of-the-client', 'x-api-key': 'of-the-client' } }))).body);
    await provider.listModels(scope);
    expect(vendor.requests.length).toBeGreaterThan(0);
    for (const { path, headers, body } of vendor.requests) {
      const { credential } = fixture;
      if (credential)
        expect(headers[credential.header]).toEqual(typeof credential.value === 'string' ? credential.value : expect.stringMatching(credential.value));
      const others = Object.entries(headers).filter(([header]) => header !== credential?.header);
      expect(JSON.stringify([path, others, body.toString()])).not.toContain(SECRET);
    }
  });

  it('lists the names of its models, asking only', async () => {
    expect(await build().listModels(scope)).toEqual(fixture.models);
    expect(vendor.requests.map(({ method }) => method)).toEqual(vendor.requests.map(() => 'GET'));
  });

  it.each(Object.entries(fixture.required))('without %s it is not configured, says the fix, and contacts nobody', async (key, fix) => {
    const provider = build({ [key]: null });
    expect(provider.missing).toMatch(fix);
    await expect(provider.send(requestOf(plain))).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', fix: expect.stringMatching(fix) as unknown });
    await expect(provider.listModels(scope)).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', fix: expect.stringMatching(fix) as unknown });
    expect(vendor.requests).toEqual([]);
  });

  it('names the variable of a key that comes from one which is not set', () => {
    if (!('apiKey' in fixture.required)) return;
    expect(build({ apiKey: null, missingVariables: [{ field: 'apiKey', variable: 'MY_KEY' }] }).missing).toContain('MY_KEY');
  });

  it('ends the connection when the caller goes, before the head and in the body', async () => {
    const provider = build();
    for (const withholds of ['head', 'end'] as const) {
      const call = new Scope({ parent: scope });
      vendor.answerNext({ body: 'data: {}\n\n', headers: { 'content-type': 'text/event-stream' }, withholds });
      const count = vendor.requests.length;
      const sent = provider.send(requestOf(stream, { scope: call })).then(async ({ body }) => await readAll(body));
      const ended = expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
      await expect.poll(() => vendor.requests.length, { interval: 2 }).toBe(count + 1);
      const cancelledAt = performance.now();
      call.cancel();
      await ended;
      await expect.poll(() => vendor.requests.at(-1)?.leftAt, { interval: 2 }).toBeDefined();
      expect((vendor.requests.at(-1)?.leftAt ?? Infinity) - cancelledAt).toBeLessThan(100);
    }
  });

  // What has no wire of HTTP has no tests of one: nothing is skipped.
  const overHttp = fixture.isHttp === false ? (): undefined => undefined : describe;
  overHttp('over HTTP', () => {
    it.each([
      [400, 'PROVIDER_REJECTED'],
      [401, 'PROVIDER_KEY_REFUSED'],
      [403, 'PROVIDER_KEY_REFUSED'],
      [404, 'PROVIDER_REJECTED'],
      [408, 'PROVIDER_SILENT'],
      [409, 'PROVIDER_FAILED'],
      [413, 'PROVIDER_REJECTED'],
      [429, 'PROVIDER_BUSY'],
      [500, 'PROVIDER_FAILED'],
      [503, 'PROVIDER_BUSY'],
      [529, 'PROVIDER_BUSY'],
    ])('%i is %s, in a call and in the list', async (status, code) => {
      const provider = build();
      const body = fixture.failure(status, `words of the vendor about ${SECRET}`);
      const failure = { status, headers: { 'content-type': 'application/json', 'retry-after': '7' }, body };
      vendor.answerNext(failure);
      const response = await provider.send(requestOf(plain));
      expect(response.status).toBe(status);
      const error = provider.classify(response.status, response.headers, Buffer.from(await readAll(response.body)));
      expect(error.code).toBe(code);
      expect(error.data).toMatchObject({ providerStatus: status, ...(code === 'PROVIDER_BUSY' ? { retryAfterSeconds: 7 } : {}) });
      // What is about the request helps its sender; what is about the gateway's key is none of its business.
      if (code === 'PROVIDER_REJECTED') expect(error.message).toContain('words of the vendor');
      else expect(error.message).not.toContain(SECRET);
      vendor.answerNext(failure);
      await expect(provider.listModels(scope)).rejects.toMatchObject({ code });
    });

    it.each(['', 'no json', '[]', '"text"', '{"error":null}', '{"error":["x"]}'])('understands the status of a failure whose body is %j', (body) => {
      expect(build().classify(500, {}, Buffer.from(body)).code).toBe('PROVIDER_FAILED');
    });

    it('follows no redirect, least of all with its credential', async () => {
      const elsewhere = await startVendor(() => ({ body: '{}' }));
      const provider = build();
      for (const attempt of [() => provider.send(requestOf(plain)), () => provider.listModels(scope)]) {
        vendor.answerNext({ status: 307, headers: { location: `${elsewhere.url}/` } });
        await expect(attempt()).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
      }
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.stop();
    });

    it.each(['', 'no json', '[]', '{"data":{}}', '{"models":"x"}'])('a list of models that is %j is a failure', async (body) => {
      const provider = build();
      vendor.answerNext({ body });
      await expect(provider.listModels(scope)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    });

    it('reads no list without end', async () => {
      const provider = build();
      vendor.answerNext({ body: Buffer.alloc(9_000_000, 0x20) });
      await expect(provider.listModels(scope)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    });
  });
});
