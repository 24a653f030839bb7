/** The Gemini CLI as a provider: what it is told, what it must not see, how it ends. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelProvider, ProviderRequest } from '../../../../src/contracts/model.ts';
import type { ProviderConfig } from '../../../../src/contracts/models-config.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createProvider } from '../../../../src/models/providers/create-provider.ts';
import { entryOf, SECRET } from '../../../compliance/model-provider-fixture.ts';
import { startGeminiCli, statsOf, type FakeGemini } from '../../../helpers/vendors/gemini-cli.ts';

const egress = { send: () => Promise.reject(new TypeError('nobody is contacted')), close: () => undefined };
const BODY = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
let fake: FakeGemini;
let scope: Scope;

beforeEach(async () => {
  fake = await startGeminiCli();
  scope = new Scope();
});
afterEach(async () => {
  scope.end();
  await fake.stop();
});

function build(own: Partial<ProviderConfig> = {}, env: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin', HOME: '/nowhere' }): ModelProvider {
  return createProvider('mine', entryOf({ kind: 'gemini-cli', config: () => ({ command: fake.command, apiKey: SECRET, ...own }) }, ''), { egress, env });
}

async function ask(provider: ModelProvider, over: Partial<ProviderRequest> = {}, body: object = BODY): Promise<string> {
  const request: ProviderRequest = {
    operation: 'generate',
    dialect: 'gemini',
    model: 'gemini-x',
    isStream: false,
    wantsUsage: false,
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
    scope,
    firstByteMs: 10_000,
    idleMs: 10_000,
    maxBytes: 1_000_000,
    ...over,
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of (await provider.send(request)).body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

// @requirement M1.d
describe('the Gemini CLI', () => {
  it('sees of the environment what it needs and none of the secrets of the gateway', async () => {
    await ask(
      build(
        {},
        {
          PATH: '/usr/bin:/bin',
          HOME: '/nowhere',
          LANG: 'C',
          OPENAI_API_KEY: 'sk',
          SWITCHYARD_KEY: 'k',
          HTTPS_PROXY: 'http://u:p@x',
          NODE_OPTIONS: '--inspect',
          GEMINI_API_KEY: 'of-the-gateway',
        },
      ),
    );
    expect(fake.requests[0]?.headers['x-environment']).toBe('GEMINI_API_KEY GEMINI_CLI_TRUST_WORKSPACE HOME LANG NO_COLOR PATH');
  });

  it('works in a folder of its own, which is gone afterwards', async () => {
    await ask(build());
    const folder = String(fake.requests[0]?.headers['x-folder']);
    expect(folder).toMatch(/switchyard-gemini-[^/]+\/project$/);
    expect(existsSync(dirname(folder))).toBe(false);
  });

  it('is looked up in PATH by its name, and is not configured where it is not there', async () => {
    expect(build({ command: null }, { PATH: `/nowhere:${dirname(fake.command)}` }).missing).toBeUndefined();
    const relativePlace = relative(process.cwd(), dirname(fake.command));
    expect(existsSync(join(relativePlace, 'gemini'))).toBe(true);
    for (const [own, env, fix] of [
      [{ command: null }, { PATH: relativePlace }, /npm install -g @google\/gemini-cli/],
      [{ command: null }, { PATH: '/nowhere' }, /npm install -g @google\/gemini-cli/],
      [{ command: '/nowhere/gemini' }, {}, /models\.providers\.mine\.command/],
      [{ command: './gemini' }, {}, /models\.providers\.mine\.command/],
    ] as const) {
      const provider = build(own, env);
      expect(provider.missing).toMatch(fix);
      await expect(ask(provider)).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', fix: expect.stringMatching(fix) as unknown });
    }
  });

  it('cannot be started where it is no program at all', async () => {
    writeFileSync(fake.command, '#!/nowhere/interpreter\n');
    chmodSync(fake.command, 0o755);
    await expect(ask(build())).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', fix: expect.stringContaining('command') as unknown });
  });

  it.each([
    ['tools', { ...BODY, tools: [{}] }, 'tools'],
    ['an image', { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: '' } }] }] }, 'contents[0].parts[0].inlineData'],
    ['a result of a tool', { contents: [{ role: 'user', parts: [{ functionResponse: {} }] }] }, 'contents[0].parts[0].functionResponse'],
    ['a schema', { ...BODY, generationConfig: { responseSchema: {} } }, 'generationConfig.responseSchema'],
    ['several answers', { ...BODY, generationConfig: { candidateCount: 2 } }, 'generationConfig.candidateCount'],
    ['other safety', { ...BODY, safetySettings: [] }, 'safetySettings'],
    ['another role', { contents: [{ role: 'tool', parts: [{ text: 'a' }] }] }, 'contents[0].role'],
  ])('is not asked for %s', async (_name, body, what) => {
    await expect(ask(build(), {}, body)).rejects.toMatchObject({ code: 'CONVERSION_REFUSED', message: expect.stringContaining(what) as unknown });
    expect(fake.requests).toEqual([]);
  });

  it('is given no text that it would take for a command of its own', async () => {
    await ask(build(), {}, { contents: [{ role: 'user', parts: [{ text: '  /memory show' }] }] });
    expect(fake.requests[0]?.body.toString()).toBe('User:\n  /memory show');
    await expect(ask(build(), {}, { contents: [{ role: 'user', parts: [{ text: 'x'.repeat(8 * 1024 * 1024 + 1) }] }] })).rejects.toMatchObject({
      code: 'CONVERSION_REFUSED',
    });
  });

  it('takes a model that looks like an option as a model', async () => {
    await ask(build(), { model: '--version' });
    expect(fake.requests[0]?.path).toBe('/generate?model=--version');
  });

  it('tells what all its models used together, or that nothing is known', async () => {
    const tokens = { prompt: 1, candidates: 2, total: 3, cached: 0, thoughts: 0 };
    fake.answerNext({ body: JSON.stringify({ response: 'a', stats: statsOf({ one: tokens, two: tokens }) }) });
    const both = JSON.parse(await ask(build())) as object;
    expect(both).toMatchObject({ usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 4, totalTokenCount: 6 } });
    expect(both).not.toHaveProperty('modelVersion');
    for (const stats of [undefined, {}, statsOf({}), statsOf({ one: { prompt: 1 } }), statsOf({ one: { ...tokens, total: -1 } })]) {
      fake.answerNext({ body: JSON.stringify({ response: 'a', stats }) });
      expect(JSON.parse(await ask(build()))).not.toHaveProperty('usageMetadata');
    }
  });

  const fatal = (error: object): string => `Loaded cached credentials.\n[ERROR] ${JSON.stringify({ session_id: 's', error }, null, 2)}\nbye }`;
  it.each([
    ['a rate of the API', { status: 500, headers: { 'x-exit-code': '173' }, body: fatal({ type: 'ApiError', message: 'words', code: 429 }) }, 'PROVIDER_BUSY'],
    ['a used up quota', { status: 500, body: fatal({ type: 'TerminalQuotaError', message: 'words' }) }, 'PROVIDER_BUSY'],
    ['a bad request', { status: 500, body: fatal({ type: 'ApiError', message: 'words', code: '400' }) }, 'PROVIDER_REJECTED'],
    ['a bad input', { status: 500, headers: { 'x-exit-code': '42' }, body: 'words' }, 'PROVIDER_REJECTED'],
    ['no log-in', { status: 500, headers: { 'x-exit-code': '41' }, body: 'words' }, 'PROVIDER_KEY_REFUSED'],
    ['bad settings', { status: 500, headers: { 'x-exit-code': '52' }, body: 'words' }, 'PROVIDER_NOT_CONFIGURED'],
    ['an old version', { status: 500, body: 'Unknown arguments: admin-policy, adminPolicy' }, 'PROVIDER_NOT_CONFIGURED'],
    ['anything else', { status: 500, body: 'words' }, 'PROVIDER_FAILED'],
    ['no JSON', { body: 'words' }, 'PROVIDER_FAILED'],
    ['no answer', { body: '{"response":""}' }, 'PROVIDER_INCOMPLETE'],
    [
      'a filter',
      { body: JSON.stringify({ response: '', error: { type: 'INVALID_STREAM', message: 'The model response was blocked due to safety settings.' } }) },
      'CONTENT_REFUSED',
    ],
    [
      'a cut answer',
      { body: JSON.stringify({ response: 'half', error: { type: 'INVALID_STREAM', message: 'Model response was truncated.' } }) },
      'PROVIDER_INCOMPLETE',
    ],
  ])('with %s fails by its class', async (_name, answer, code) => {
    fake.answerNext(answer);
    const failure = await ask(build()).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(failure)).not.toContain(SECRET);
  });

  it('without a key that it accepts says how to get one', async () => {
    await expect(ask(build({ apiKey: null }))).rejects.toMatchObject({ code: 'PROVIDER_KEY_REFUSED', fix: expect.stringContaining('log in') as unknown });
  });

  it('is ended when it takes too long or says too much', async () => {
    fake.answerNext({ withholds: 'head' });
    await expect(ask(build(), { firstByteMs: 1500 })).rejects.toMatchObject({ code: 'PROVIDER_SILENT' });
    await expect.poll(() => fake.requests[0]?.leftAt).toBeDefined();
    fake.answerNext({ body: JSON.stringify({ response: 'x'.repeat(5000) }) });
    await expect(ask(build(), { maxBytes: 4000 })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('takes everything it started with it', async () => {
    // A child of the program that holds the pipes open and asks the vendor for ever.
    const child = `fetch(${JSON.stringify(`${fake.url}/child`)}).catch(() => {})`;
    writeFileSync(
      fake.command,
      `#!${process.execPath}\nrequire('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' });\nsetTimeout(() => {}, 60000);\n`,
    );
    fake.answerNext({ withholds: 'head' });
    const call = new Scope({ parent: scope });
    const ended = expect(ask(build(), { scope: call })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => fake.requests.length, { timeout: 5000 }).toBe(1);
    call.cancel();
    await ended;
    await expect.poll(() => fake.requests[0]?.leftAt).toBeDefined();
  });
});
