import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { ANSWER, startFaultProvider, type FaultProvider } from '../../helpers/fault-provider.ts';
import { bin, cleanEnv } from '../../helpers/gateway.ts';
import { type Ended, runToEnd } from '../../helpers/run-to-end.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-library-'));
let provider: FaultProvider;

beforeAll(async () => {
  provider = await startFaultProvider();
  const oa = { kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, apiKey: 'k', models: ['listed'] };
  const models = { wellKnownProviders: false, providers: { oa, none: { kind: 'openai' } }, aliases: { default: ['oa/ok@default'] }, retries: 0 };
  writeFileSync(join(folder, 'switchyard.json'), JSON.stringify({ models, limits: { roles: { developer: 100_000 }, classes: { model: 100_000 } } }));
});
afterAll(async () => {
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own in the folder of the configuration. */
const run = (...args: readonly string[]): Promise<Ended> =>
  runToEnd(args, { cwd: folder, env: cleanEnv({ SWITCHYARD_HOME: join(folder, 'home'), HOME: folder }), timeoutMs: 50_000 });

/** A program that uses the library as shipped, and prints one JSON value. */
async function program(body: string): Promise<unknown> {
  const library = pathToFileURL(join(root, 'dist/lib/index.mjs')).href;
  const file = join(folder, 'program.mjs');
  writeFileSync(file, `import * as switchyard from ${JSON.stringify(library)};\nconst print = (value) => console.log(JSON.stringify(value));\n${body}\n`);
  const { code, stdout, stderr } = await run(file);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const HELLO = "{ messages: [{ role: 'user', content: 'Hello' }] }";
const WHOLE = { content: ANSWER, model: 'ok@default', provider: 'oa', finishReason: 'stop', costMicroUsd: null, isSimulated: false };

describe('M2.a the library', () => {
  it.each([
    ['complete', `print(await switchyard.complete(${HELLO}));`, WHOLE],
    ['completeSync', `print(switchyard.completeSync(${HELLO}));`, WHOLE],
    ['quickComplete', `print(await switchyard.quickComplete('Hello'));`, ANSWER],
    [
      'completeWithFallback over a chain of its own',
      `print(await switchyard.completeWithFallback(${HELLO}, ['none/x', 'oa/down', 'oa/ok@third']));`,
      { ...WHOLE, model: 'ok@third' },
    ],
    [
      'stream',
      `const pieces = []; const stream = switchyard.stream(${HELLO}); let next; while (!(next = await stream.next()).done) pieces.push(next.value); print({ count: pieces.length > 1, text: pieces.join(''), end: next.value });`,
      { count: true, text: ANSWER, end: WHOLE },
    ],
    ['health', `print(await switchyard.health());`, { providers: [{ name: 'oa' }, { name: 'none', state: 'not_configured' }] }],
  ])('%s', async (_name, body, expected) => {
    expect(typeof expected === 'string' ? await program(body) : { value: await program(body) }).toEqual(
      typeof expected === 'string' ? expected : { value: expect.objectContaining(toShape(expected)) as unknown },
    );
  });

  it.each([
    ['complete', `await switchyard.complete({ model: 'nobody', messages: [{ role: 'user', content: 'x' }] })`, 'UNKNOWN_TARGET'],
    ['completeSync', `switchyard.completeSync({ model: 'nobody', messages: [{ role: 'user', content: 'x' }] })`, 'UNKNOWN_TARGET'],
    ['a refused key, which nothing routes around', `await switchyard.completeWithFallback(${HELLO}, ['oa/bad-key', 'oa/ok'])`, 'PROVIDER_KEY_REFUSED'],
    ['no message', `await switchyard.complete({ messages: [] })`, 'INVALID_PARAMS'],
    ['a temperature out of range', `await switchyard.complete({ messages: [{ role: 'user', content: 'x' }], temperature: 3 })`, 'INVALID_PARAMS'],
  ])('throws AppError: %s', async (_name, call, code) => {
    expect(
      await program(`try { ${call}; print(null); } catch (error) { print([error instanceof switchyard.AppError, error.code, error.fix !== '']); }`),
    ).toEqual([true, code, true]);
  });

  it('embed and countTokens', async () => {
    expect(await program(`print(await switchyard.countTokens({ model: 'oa/ok', messages: [{ role: 'user', content: 'Hello you' }] }));`)).toMatchObject({
      inputTokens: expect.any(Number) as unknown,
      isEstimated: true,
    });
    expect(await program(`try { await switchyard.embed({ model: 'none/e', input: ['a'] }); } catch (error) { print(error.code); }`)).toBe(
      'PROVIDER_NOT_CONFIGURED',
    );
  });

  it('a program ends when it is done, with the trail written', async () => {
    const { code } = await run('-e', `import(${JSON.stringify(pathToFileURL(join(root, 'dist/lib/index.mjs')).href)}).then((s) => s.quickComplete('Hello'))`);
    expect(code).toBe(0);
    expect((await run(bin, 'audit', 'verify')).code).toBe(0);
  });
});

describe('M2.b switchyard complete', () => {
  it('writes the answer to stdout, and who gave it to stderr', async () => {
    const { code, stdout, stderr } = await run(bin, 'complete', 'Hello');
    expect([code, stdout]).toEqual([0, `${ANSWER}\n`]);
    expect(stderr).toMatch(/oa\/ok@default · 7 \+ 11 tokens · cost unknown · \d+ ms/);
  });

  it('with --json the completion, with --fallback the first that answers', async () => {
    const { stdout } = await run(bin, '--json', 'complete', 'Hello', '--fallback', 'none/x, oa/down, oa/ok@cli');
    expect(JSON.parse(stdout)).toMatchObject({ ...WHOLE, model: 'ok@cli' });
  });

  it.each([
    [['complete'], 'USAGE'],
    [['complete', 'x', '--temperature', 'warm'], 'USAGE'],
    [['complete', 'x', '--model', 'oa/cut'], 'PROVIDER_'],
    [['complete', 'x', '--model', 'none/x'], 'PROVIDER_NOT_CONFIGURED'],
  ])('%j fails with %s', async (args, code) => {
    const { code: exit, stderr } = await run(bin, ...args);
    expect(exit).not.toBe(0);
    expect(stderr).toContain(code);
    expect(stderr).toContain('fix: ');
  });
});

function toShape(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      Array.isArray(inner)
        ? inner.map((item: unknown) => expect.objectContaining(item as object) as unknown)
        : typeof inner === 'object' && inner !== null
          ? (expect.objectContaining(inner) as unknown)
          : inner,
    ]),
  );
}
