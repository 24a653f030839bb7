import { afterEach, describe, expect, it } from 'vitest';
import { examineModels } from '../../../src/app/doctor/models.ts';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { providerEntry } from '../../../src/config/well-known-models.ts';
import type { ModelsConfig, ProviderConfig } from '../../../src/contracts/models-config.ts';
import { startVendor, type Vendor, type VendorAnswer } from '../../helpers/vendors/vendor.ts';

const vendors: Vendor[] = [];
async function running(answer: VendorAnswer): Promise<string> {
  const vendor = await startVendor(() => answer);
  vendors.push(vendor);
  return vendor.url;
}
afterEach(async () => {
  for (const vendor of vendors.splice(0)) await vendor.stop();
});

const withProviders = (providers: Readonly<Record<string, ProviderConfig>>): ModelsConfig => ({ ...DEFAULT_CONFIG.models, providers });
const UNSET = providerEntry('openai', { missingVariables: [{ field: 'apiKey', variable: 'OPENAI_API_KEY' }], isImplied: true });

describe('doctor and the models', () => {
  it('finds an Ollama on its port although nobody configured it', async () => {
    const ollama = providerEntry('ollama', { baseUrl: await running({ body: '{"models":[{"name":"qwen3"}]}' }), isImplied: true });
    expect(await examineModels(withProviders({ openai: UNSET, ollama }))).toEqual([
      { id: 'models.openai', level: 'ok', message: expect.stringContaining('OPENAI_API_KEY') as unknown, fix: null },
      { id: 'models.ollama', level: 'ok', message: 'The provider ollama lists 1 models.', fix: null },
    ]);
  });

  it('without any provider nothing is wrong, and the ways to one are told', async () => {
    const vendor = await startVendor(() => ({}));
    await vendor.stop();
    const findings = await examineModels(withProviders({ openai: UNSET, ollama: providerEntry('ollama', { baseUrl: vendor.url, isImplied: true }) }));
    expect(findings).toMatchObject([{ id: 'models', level: 'ok', message: expect.stringMatching(/OPENAI_API_KEY.*Start Ollama/) as unknown }]);
    expect(await examineModels(withProviders({}))).toMatchObject([{ id: 'models', level: 'ok' }]);
  });

  it('warns of a key that is refused, without showing it', async () => {
    const baseUrl = await running({ status: 401, body: '{"error":{"message":"Incorrect key sk-abc"}}' });
    const findings = await examineModels(withProviders({ main: providerEntry('openai', { baseUrl, apiKey: 'sk-abc' }) }));
    expect(findings).toMatchObject([{ id: 'models.main', level: 'warn', message: expect.stringContaining('PROVIDER_KEY_REFUSED') as unknown }]);
    expect(JSON.stringify(findings)).not.toContain('sk-abc');
  });
});
