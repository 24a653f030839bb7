/** Tokens of Google's cloud: where the credentials are found, who asks for a token, and how often. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Egress } from '../../../../src/contracts/egress.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createEgress } from '../../../../src/egress/dialer.ts';
import { findCredentials } from '../../../../src/models/providers/vertex/credentials.ts';
import { createTokenSource, type TokenSource } from '../../../../src/models/providers/vertex/token.ts';
import { baseOf, publishedModel } from '../../../../src/models/providers/vertex/address.ts';
import { startVendor, type Vendor } from '../../../helpers/vendors/vendor.ts';
import { GOOGLE_TOKEN, serveToken, serviceAccount } from '../../../helpers/vendors/vertex.ts';

let folder: string;
let vendor: Vendor;
let egress: Egress;
let now: number;
let scope: Scope;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sy-token-'));
  vendor = await startVendor(serveToken);
  egress = createEgress([vendor.url]);
  now = Date.now();
  scope = new Scope();
});
afterEach(async () => {
  scope.end();
  egress.close();
  await vendor.stop();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(content: string, name = 'credentials.json'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function sourceOf(file: string | null, env: Record<string, string> = {}): TokenSource {
  const found = findCredentials(file, env);
  if ('problem' in found) throw new TypeError(found.problem);
  return createTokenSource(found.credentials, { egress, now: () => now });
}

const person = (): string =>
  JSON.stringify({ type: 'authorized_user', client_id: 'client', client_secret: 'client-secret', refresh_token: 'refresh', token_uri: `${vendor.url}/token` });
const account = (): string => serviceAccount(`${vendor.url}/token`);

// @requirement M1.d
describe('a token of Google', () => {
  it('comes for a service account, a person, and the machine', async () => {
    const host = new URL(vendor.url).host;
    for (const source of [sourceOf(fileOf(account())), sourceOf(fileOf(person())), sourceOf(null, { GCE_METADATA_HOST: host })])
      expect(await source.token(scope)).toBe(GOOGLE_TOKEN);
  });

  it('is found where the variable says, then where gcloud keeps it, then on the machine', () => {
    const named = fileOf(account(), 'named.json');
    mkdirSync(join(folder, '.config', 'gcloud'), { recursive: true });
    fileOf(person(), '.config/gcloud/application_default_credentials.json');
    const typeOf = (file: string | null, env: Record<string, string>): string => {
      const found = findCredentials(file, env);
      return 'problem' in found ? found.problem : found.credentials.type;
    };
    expect(typeOf(null, { HOME: folder, GOOGLE_APPLICATION_CREDENTIALS: named })).toBe('service_account');
    expect(typeOf(null, { HOME: folder })).toBe('authorized_user');
    expect(typeOf(named, { HOME: folder })).toBe('service_account');
    expect(typeOf(null, { HOME: join(folder, 'nobody') })).toBe('machine');
    expect(typeOf(null, { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'none') })).toMatch(/does not exist/);
  });

  it.each([
    ['not JSON', '{', /not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['of a type that is not known', '{"type":"external_account"}', /neither of a service account/],
    ['without its key', '{"type":"service_account","client_email":"a"}', /lack a member/],
    [
      'with a token address that is not safe',
      '{"type":"service_account","client_email":"a","private_key":"b","token_uri":"http://evil.example/"}',
      /not an https URL/,
    ],
  ])('a file that is %s is a problem without its content', (_name, content, problem) => {
    expect(findCredentials(fileOf(content), {})).toEqual({ problem: expect.stringMatching(problem) as unknown });
  });

  it('is fetched once for all who wait, and again shortly before its end', async () => {
    const source = sourceOf(fileOf(account()));
    expect(await Promise.all(Array.from({ length: 20 }, () => source.token(scope)))).toEqual(Array.from({ length: 20 }, () => GOOGLE_TOKEN));
    now += 3_599_000 - 226_000;
    await source.token(scope);
    expect(vendor.requests).toHaveLength(1);
    now += 2000;
    // The vendor looks at its own clock: only what is asked for again matters here.
    await source.token(scope).catch(() => undefined);
    expect(vendor.requests).toHaveLength(2);
  });

  it('is not taken from the others by one who leaves', async () => {
    const source = sourceOf(fileOf(account()));
    const leaving = new Scope({ parent: scope });
    const [left, stayed] = [source.token(leaving), source.token(scope)];
    leaving.cancel();
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await stayed).toBe(GOOGLE_TOKEN);
  });

  it('is asked for again after it was refused, and after no token came', async () => {
    const source = sourceOf(fileOf(account()));
    vendor.answerNext({ status: 503, body: '{}' });
    await expect(source.token(scope)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    vendor.answerNext({ body: '{"access_token":"a b","expires_in":1}' });
    await expect(source.token(scope)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    expect(await source.token(scope)).toBe(GOOGLE_TOKEN);
    source.forget();
    await source.token(scope);
    expect(vendor.requests).toHaveLength(4);
  });

  it('is not given for credentials that are wrong', async () => {
    const revoked = sourceOf(fileOf(person().replace('"refresh"', '"revoked"')));
    await expect(revoked.token(scope)).rejects.toMatchObject({ code: 'PROVIDER_KEY_REFUSED' });
    const keyless = sourceOf(fileOf(JSON.stringify({ ...(JSON.parse(account()) as object), private_key: 'none' })));
    await expect(keyless.token(scope)).rejects.toMatchObject({ code: 'PROVIDER_KEY_REFUSED' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('leaves by the guarded way only', async () => {
    const elsewhere = createEgress(['http://127.0.0.1:9']);
    const found = findCredentials(fileOf(account()), {});
    if ('problem' in found) throw new TypeError(found.problem);
    await expect(createTokenSource(found.credentials, { egress: elsewhere, now: () => now }).token(scope)).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    elsewhere.close();
    expect(vendor.requests).toEqual([]);
  });

  it('that no machine gives means that nothing is configured', async () => {
    const gone = createEgress(['http://127.0.0.1:9']);
    const source = createTokenSource({ type: 'machine', tokenUrl: 'http://127.0.0.1:9/' }, { egress: gone, now: () => now });
    await expect(source.token(scope)).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', fix: expect.stringContaining('gcloud auth') as unknown });
    gone.close();
  });
});

// @requirement M1.d
describe('addresses of Vertex AI', () => {
  it.each([
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com'],
    ['global', 'https://aiplatform.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['evil.example/x', undefined],
  ])('%s is %s', (region, base) => {
    expect(baseOf({ baseUrl: null, region })).toBe(base);
  });

  it('knows whose a model is', () => {
    expect(publishedModel('gemini-2.5-flash')).toEqual({ publisher: 'google', name: 'gemini-2.5-flash' });
    expect(publishedModel('claude-x@1')).toEqual({ publisher: 'anthropic', name: 'claude-x@1' });
    expect(publishedModel('meta/llama')).toEqual({ publisher: 'meta', name: 'llama' });
  });
});
