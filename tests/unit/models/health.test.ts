import { afterEach, describe, expect, it } from 'vitest';
import { providerEntry } from '../../../src/config/well-known-models.ts';
import type { CallContext } from '../../../src/contracts/call.ts';
import type { ProviderConfig } from '../../../src/contracts/models-config.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';
import { createHealthTarget } from '../../../src/models/listing.ts';
import { baseUrlsOf, createProvider } from '../../../src/models/providers/create-provider.ts';
import { startVendor, type Vendor } from '../../helpers/vendors/vendor.ts';

const vendors: Vendor[] = [];
const running = async (...answer: Parameters<Vendor['answerNext']>): Promise<Vendor> => {
  const vendor = await startVendor(() => answer[0]);
  vendors.push(vendor);
  return vendor;
};
const gone = async (): Promise<string> => {
  const vendor = await startVendor(() => ({}));
  await vendor.stop();
  return vendor.url;
};
afterEach(async () => {
  for (const vendor of vendors.splice(0)) await vendor.stop();
});

async function health(entries: Readonly<Record<string, ProviderConfig>>): Promise<unknown> {
  const egress = createEgress(baseUrlsOf({ providers: entries }));
  const providers = new Map(Object.entries(entries).map(([name, entry]) => [name, createProvider(name, entry, { egress })]));
  const unasked = (): never => {
    throw new TypeError('no deployment was called');
  };
  const target = createHealthTarget({ providers, health: { list: () => [] }, toTarget: unasked, isVisible: unasked });
  using scope = new Scope();
  const { value } = await target.run({}, { scope, principal: {} } as CallContext);
  egress.close();
  return value;
}

const ofList = (...ids: string[]): { body: string } => ({ body: JSON.stringify({ data: ids.map((id) => ({ id })) }) });
const UNSET = providerEntry('openai', { missingVariables: [{ field: 'apiKey', variable: 'OPENAI_API_KEY' }], isImplied: true });

// @requirement M11.a
describe('the health of the models', () => {
  it('is healthy when every configured provider answers; what is not configured takes nothing away', async () => {
    const { url } = await running(ofList('a', 'b'));
    expect(await health({ main: providerEntry('openai', { baseUrl: `${url}/v1`, apiKey: 'k' }), other: UNSET })).toMatchObject({
      status: 'healthy',
      providers: [
        { name: 'main', kind: 'openai', state: 'up', detail: 'lists 2 models', latencyMs: expect.any(Number) as unknown },
        { name: 'other', state: 'not_configured', detail: expect.stringContaining('OPENAI_API_KEY') as unknown, latencyMs: null },
      ],
    });
  });

  it('is degraded when one of them refuses the key, or is not there', async () => {
    const good = await running(ofList('a'));
    const bad = await running({ status: 401, body: '{"error":{"message":"Incorrect key sk-abc"}}' });
    const answer = await health({
      good: providerEntry('openai', { baseUrl: good.url, apiKey: 'k' }),
      refused: providerEntry('anthropic', { baseUrl: bad.url, apiKey: 'k' }),
      gone: providerEntry('openai-compatible', { baseUrl: await gone() }),
    });
    expect(answer).toMatchObject({
      status: 'degraded',
      providers: [
        { name: 'good', state: 'up' },
        { name: 'refused', state: 'down', detail: expect.stringContaining('PROVIDER_KEY_REFUSED') as unknown, latencyMs: null },
        { name: 'gone', state: 'down', detail: expect.stringContaining('PROVIDER_UNREACHABLE') as unknown },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain('sk-abc');
  });

  it('is no_providers where nobody configured any, also when an Ollama could be there and is not', async () => {
    const ollama = providerEntry('ollama', { baseUrl: await gone(), isImplied: true });
    expect(await health({ openai: UNSET, ollama })).toMatchObject({
      status: 'no_providers',
      providers: [
        { name: 'openai', state: 'not_configured' },
        { name: 'ollama', state: 'not_configured', detail: expect.stringContaining('Start Ollama') as unknown },
      ],
    });
    expect(await health({})).toMatchObject({ status: 'no_providers', providers: [] });
  });

  it('counts an Ollama that is there, although nobody configured it', async () => {
    const { url } = await running({ body: '{"models":[{"name":"qwen3"}]}' });
    expect(await health({ openai: UNSET, ollama: providerEntry('ollama', { baseUrl: url, isImplied: true }) })).toMatchObject({ status: 'healthy' });
  });
});
