import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../src/config/defaults.ts';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { redactConfig } from '../../../src/config/redact.ts';
import { providerEntry, WELL_KNOWN_ALIASES } from '../../../src/config/well-known-models.ts';
import type { ModelsConfig } from '../../../src/contracts/models-config.ts';
import { createModelRegistry } from '../../../src/models/registry/model-registry.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'well-known-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = async (env: Record<string, string> = {}, file?: string): Promise<LoadedConfig> => {
  if (file !== undefined) writeFileSync(join(cwd, 'switchyard.yaml'), file);
  return await loadConfig({ cwd, home: join(cwd, 'home'), env });
};
const models = async (env?: Record<string, string>, file?: string): Promise<ModelsConfig> => (await load(env, file)).config.models;
const lacking = (kind: 'anthropic' | 'openai' | 'gemini', variable: string): unknown =>
  providerEntry(kind, { missingVariables: [{ field: 'apiKey', variable }], isImplied: true });

// @requirement M1.c
describe.each([
  ['without a file', undefined],
  ['with an empty file', '{}\n'],
])('well-known providers, %s', (_name, file) => {
  it('are there; those that need a key know its variable', async () => {
    expect((await models({}, file)).providers).toEqual({
      anthropic: lacking('anthropic', 'ANTHROPIC_API_KEY'),
      openai: lacking('openai', 'OPENAI_API_KEY'),
      gemini: lacking('gemini', 'GEMINI_API_KEY'),
      ollama: providerEntry('ollama', { isImplied: true }),
    });
    expect((await load({}, file)).config).toEqual(DEFAULT_CONFIG);
  });

  it('take their keys from the environment', async () => {
    const { providers } = await models({ ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: ' o\n', GEMINI_API_KEY: 'g', GOOGLE_API_KEY: 'other' }, file);
    expect(providers).toMatchObject({
      anthropic: providerEntry('anthropic', { apiKey: 'a' }),
      openai: providerEntry('openai', { apiKey: 'o' }),
      gemini: providerEntry('gemini', { apiKey: 'g' }),
    });
    expect((await models({ GOOGLE_API_KEY: 'g2' }, file)).providers['gemini']).toEqual(providerEntry('gemini', { apiKey: 'g2' }));
  });

  it('take no key that is empty, or that no header can carry', async () => {
    for (const key of ['', '  ', 'two words', 'ä', 'a\nb', 'a\r\nx-header: b'])
      expect((await models({ OPENAI_API_KEY: key }, file)).providers['openai']).toEqual(lacking('openai', 'OPENAI_API_KEY'));
  });

  it('take their keys from the .env file, below the environment', async () => {
    writeFileSync(join(cwd, '.env'), 'OPENAI_API_KEY=from-file\nANTHROPIC_API_KEY=from-file\n');
    expect((await models({ OPENAI_API_KEY: 'own' }, file)).providers).toMatchObject({ openai: { apiKey: 'own' }, anthropic: { apiKey: 'from-file' } });
  });

  it('hide their keys wherever the configuration is shown', async () => {
    const { config } = await load({ ANTHROPIC_API_KEY: 'sk-hidden-1', GOOGLE_API_KEY: 'sk-hidden-2' }, file);
    const shown = redactConfig(config);
    expect(JSON.stringify(shown)).not.toContain('sk-hidden');
    expect(shown).toMatchObject({ models: { providers: { anthropic: { apiKey: '[redacted]' }, openai: { apiKey: null } } } });
  });
});

describe('well-known providers beside what an operator says', () => {
  it('an entry of the same name wins whole', async () => {
    const { providers } = await models({ OPENAI_API_KEY: 'k' }, 'models: { providers: { openai: { kind: openai-compatible, baseUrl: "http://x/v1" } } }\n');
    expect(providers['openai']).toEqual(providerEntry('openai-compatible', { baseUrl: 'http://x/v1' }));
    expect(Object.keys(providers).toSorted()).toEqual(['anthropic', 'gemini', 'ollama', 'openai']);
  });

  it('an alias of the same name wins, and so does a model that a provider lists', async () => {
    const file = 'models:\n  providers: { mine: { kind: ollama, models: [opus] } }\n  aliases: { sonnet: [ollama/llama] }\n';
    const { aliases } = await models({}, file);
    expect(aliases).toMatchObject({ sonnet: ['ollama/llama'], haiku: WELL_KNOWN_ALIASES['haiku'] });
    expect(aliases).not.toHaveProperty('opus');
  });

  it('can be switched off, with their aliases', async () => {
    expect(await models({ OPENAI_API_KEY: 'k' }, 'models: { wellKnownProviders: false }\n')).toMatchObject({ providers: {}, aliases: {} });
    expect((await models({ SWITCHYARD_MODELS__WELL_KNOWN_PROVIDERS: 'false' })).providers).toEqual({});
  });

  it("the orchestrator's own keys count, the environment below them", async () => {
    const file = 'anthropic_api_key: "${MY_KEY}"\ngemini_cli_path: ./gemini\n';
    const { config } = await load({ MY_KEY: 'sk-mine', ANTHROPIC_API_KEY: 'other' }, file);
    expect(config.models.providers).toMatchObject({
      anthropic: providerEntry('anthropic', { apiKey: 'sk-mine' }),
      'gemini-cli': providerEntry('gemini-cli', { command: join(cwd, 'gemini') }),
    });
    expect(JSON.stringify(redactConfig(config))).not.toContain('sk-mine');
    expect((await models({ ANTHROPIC_API_KEY: 'other' }, file)).providers['anthropic']).toMatchObject({ apiKey: 'other' });
  });
});

it('the names of the well-known aliases are current models of the registry', () => {
  const registry = createModelRegistry();
  for (const target of new Set(Object.values(WELL_KNOWN_ALIASES).flat())) {
    const [provider = '', model = ''] = target.split('/');
    if (provider !== 'ollama') expect(registry.find(provider, model)?.lifecycle.state, target).toBe('current');
  }
});
