import { describe, expect, it } from 'vitest';
import { assemble, type Assembled } from '../../../src/config/assemble.ts';

const read = async (text: string, env: Record<string, string> = {}): Promise<Assembled> =>
  await assemble({
    found: { path: '/x/switchyard.yaml', label: 'switchyard.yaml', bytes: Buffer.from(text), isWritableByAll: false },
    env,
    overrides: {},
    cwd: '/x',
  });

const PROVIDER = 'models:\n  providers:\n    main: { kind: openai, apiKey: "${KEY}" }\n';

describe('the section models', () => {
  it('takes a credential from a variable; an unset one leaves the provider not configured', async () => {
    expect((await read(PROVIDER, { KEY: 'k' })).config.models.providers['main']).toEqual({ kind: 'openai', baseUrl: null, apiKey: 'k', models: [] });
    const { config, missingCredentials } = await read(PROVIDER);
    expect(config.models.providers['main']?.apiKey).toBeNull();
    expect(missingCredentials).toMatchObject([{ pointer: '/models/providers/main/apiKey', variable: 'KEY' }]);
  });

  it.each([
    [`${PROVIDER}  aliases: { fast: [mian/gpt] }\n`, 'There is no provider mian.'],
    [`${PROVIDER}  aliases: { fast: [gpt] }\n`, 'must be provider/model'],
    ['models:\n  providers:\n    local: { kind: openai-compatible }\n', 'has no baseUrl'],
    ['models:\n  providers:\n    local: { kind: openai, baseUrl: "ftp://x" }\n', 'a base URL'],
    ['models:\n  providers:\n    local: { kind: openai, baseUrl: "https://u:p@x/" }\n', 'a base URL'],
    ['models:\n  providers:\n    local: { kind: gpt }\n', 'one of openai, anthropic, openai-compatible'],
    ['models:\n  providers:\n    "a/b": { kind: openai }\n', 'a name'],
  ])('%s is refused', async (text, message) => {
    await expect(read(text, { KEY: 'k' })).rejects.toThrow(message);
  });
});
