import { expect, it } from 'vitest';
import { providerEntry } from '../../../../src/config/well-known-models.ts';
import type { ModelProvider, ProviderRequest } from '../../../../src/contracts/model.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createEgress } from '../../../../src/egress/dialer.ts';
import { createProvider } from '../../../../src/models/providers/create-provider.ts';
import { startVendor } from '../../../helpers/vendors/vendor.ts';

const REQUEST: Omit<ProviderRequest, 'scope'> = {
  operation: 'generate',
  dialect: 'openai-chat',
  model: 'm',
  isStream: false,
  wantsUsage: false,
  headers: {},
  body: Buffer.from('{"model":"m"}'),
  firstByteMs: 1000,
  idleMs: 1000,
  maxBytes: 1000,
};

/** A provider whose server has gone. */
async function withNobodyThere(isImplied: boolean): Promise<{ readonly provider: ModelProvider; readonly url: string }> {
  const vendor = await startVendor(() => ({}));
  await vendor.stop();
  const config = { ...providerEntry('ollama', { baseUrl: vendor.url }), ...(isImplied ? { isImplied } : {}) };
  return { provider: createProvider('ollama', config, { egress: createEgress([vendor.url]) }), url: vendor.url };
}

// @requirement M1.c
it('an Ollama that nobody configured and that does not run is not configured; the fix names both ways out', async () => {
  using scope = new Scope();
  const { provider, url } = await withNobodyThere(true);
  const expected = {
    code: 'PROVIDER_NOT_CONFIGURED',
    message: expect.stringContaining(url) as unknown,
    fix: expect.stringMatching(/Start Ollama.*ANTHROPIC_API_KEY/) as unknown,
  };
  await expect(provider.send({ ...REQUEST, scope })).rejects.toMatchObject(expected);
  await expect(provider.listModels(scope)).rejects.toMatchObject(expected);
});

it('one that an operator configured is unreachable', async () => {
  using scope = new Scope();
  const { provider } = await withNobodyThere(false);
  await expect(provider.send({ ...REQUEST, scope })).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  await expect(provider.listModels(scope)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
});
