import { describe, expect, it } from 'vitest';
import { providerEntry } from '../../../src/config/well-known-models.ts';
import { assembleText } from './assemble-text.ts';

const PROVIDER = 'models:\n  providers:\n    main: { kind: openai, apiKey: "${KEY}" }\n';
const entry = (own: string): string => `models:\n  providers:\n    main: { ${own} }\n`;

// @requirement M1.b
describe('the section models', () => {
  it('takes a credential from a variable; an unset one leaves the provider not configured', async () => {
    expect((await assembleText(PROVIDER, { KEY: 'k' })).config.models.providers['main']).toEqual(providerEntry('openai', { apiKey: 'k' }));
    const { config, missingCredentials } = await assembleText(PROVIDER);
    expect(config.models.providers['main']).toEqual(providerEntry('openai', { missingVariables: [{ field: 'apiKey', variable: 'KEY' }] }));
    expect(missingCredentials).toMatchObject([{ pointer: '/models/providers/main/apiKey', variable: 'KEY' }]);
  });

  it.each([
    ['kind: bedrock, region: eu-central-1, accessKeyId: "${A}", secretAccessKey: "${B}"', ['accessKeyId', 'secretAccessKey']],
    ['kind: vertex, project: "${A}", region: "${B}", credentialsFile: "${C}"', ['project', 'region', 'credentialsFile']],
    ['kind: openai-compatible, baseUrl: "http://x/v1", apiKey: "${A}"', ['apiKey']],
  ])('%s: every credential may be unset', async (own, fields) => {
    expect((await assembleText(entry(own))).config.models.providers['main']?.missingVariables?.map(({ field }) => field)).toEqual(fields);
  });

  it('a session token that is not set is no gap: most credentials have none', async () => {
    const { config } = await assembleText(entry('kind: bedrock, region: eu-central-1, accessKeyId: a, secretAccessKey: b, sessionToken: "${T}"'));
    expect(config.models.providers['main']).toEqual(providerEntry('bedrock', { region: 'eu-central-1', accessKeyId: 'a', secretAccessKey: 'b' }));
  });

  it('an address or a program whose variable is not set is an error: nothing else is called in its place', async () => {
    await expect(assembleText(entry('kind: openai, apiKey: k, baseUrl: "${PROXY}"'))).rejects.toMatchObject({ code: 'CONFIG_UNSET_VARIABLE' });
    await expect(assembleText(entry('kind: gemini-cli, command: "${CLI}"'))).rejects.toMatchObject({ code: 'CONFIG_UNSET_VARIABLE' });
  });

  it('paths start at the file; a bare name of a program stays one', async () => {
    expect(
      (await assembleText(entry('kind: vertex, project: p, region: r, credentialsFile: keys/g.json'))).config.models.providers['main']?.credentialsFile,
    ).toBe('/x/keys/g.json');
    expect((await assembleText(entry('kind: gemini-cli, command: bin/gemini'))).config.models.providers['main']?.command).toBe('/x/bin/gemini');
    expect((await assembleText(entry('kind: gemini-cli, command: gemini-next'))).config.models.providers['main']?.command).toBe('gemini-next');
  });

  it.each([
    [`${PROVIDER}  aliases: { fast: [mian/gpt] }\n`, 'There is no provider mian.'],
    [`${PROVIDER}  aliases: { fast: [gpt] }\n`, 'must be provider/model'],
    [`${PROVIDER}  aliases: { fast: [{ target: main/gpt, weight: 0 }] }\n`, 'a whole number from 1 to 1000'],
    [`${PROVIDER}  aliases: { fast: [{ target: mian/gpt, weight: 2 }] }\n`, 'There is no provider mian.'],
    [entry('kind: openai-compatible'), 'has no baseUrl'],
    [entry('kind: azure, apiKey: k'), 'has no baseUrl'],
    [entry('kind: openai, baseUrl: "ftp://x"'), 'a base URL'],
    [entry('kind: openai, baseUrl: "https://u:p@x/"'), 'a base URL'],
    [entry('kind: gpt'), 'one of openai, anthropic, azure, gemini, ollama, openai-compatible, bedrock, vertex, gemini-cli'],
    [entry('kind: openai, apiKey: "two words"'), 'a key (one word, no spaces)'],
    ['models:\n  providers:\n    "a/b": { kind: openai }\n', 'a name'],
    ['models:\n  wellKnownProviders: false\n  aliases: { fast: [openai/gpt] }\n', 'There is no provider openai.'],
  ])('%s is refused', async (text, message) => {
    await expect(assembleText(text, { KEY: 'k' })).rejects.toThrow(message);
  });

  it.each([
    ['kind: openai, region: x', 'region', 'A provider of kind openai has no region.'],
    ['kind: anthropic, apiVersion: "1"', 'apiVersion', 'A provider of kind anthropic has no apiVersion.'],
    ['kind: vertex, project: p, region: x, accessKeyId: k', 'accessKeyId', 'A provider of kind vertex has no accessKeyId.'],
    ['kind: gemini-cli, baseUrl: "http://x"', 'baseUrl', 'A provider of kind gemini-cli has no baseUrl.'],
    ['kind: ollama, command: x', 'command', 'A provider of kind ollama has no command.'],
    ['kind: gemini, project: x', 'project', 'A provider of kind gemini has no project.'],
  ])('%s: a key of another kind is refused at its place', async (own, key, message) => {
    await expect(assembleText(entry(own))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      data: { problems: [{ source: 'switchyard.yaml', line: 3, pointer: `/models/providers/main/${key}`, message }] },
    });
  });
});
