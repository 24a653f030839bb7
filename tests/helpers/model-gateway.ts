/** A gateway in this process whose model providers are the fault provider, and a client that judges as a user would. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import type { ChainEntry } from '../../src/contracts/models-config.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { recordsOf } from './audit-files.ts';
import { memoryLogger } from './edge.ts';
import { ANSWER, startFaultProvider, type FaultProvider } from './fault-provider.ts';

export type Dialect = 'openai' | 'anthropic';

export interface ModelGateway {
  readonly app: App;
  readonly provider: FaultProvider;
  readonly url: string;
  readonly key: string;
  readonly home: string;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Every record of the audit log, oldest first. */
  records(): JsonObject[];
  stop(): Promise<void>;
}

/** Path of a dialect's route. */
export const routeOf = (dialect: Dialect): string => (dialect === 'openai' ? '/v1/chat/completions' : '/v1/messages');

/** Providers: `oa`, `oa2` and `an`, `an2` at the fault provider, `op` and `op2` as OpenAI itself, `none` without a key, and those in `own.providers`. Times are short. */
export async function startModelGateway(
  aliases: Readonly<Record<string, readonly ChainEntry[]>> = {},
  { providers: more = {}, ...own }: JsonObject = {},
): Promise<ModelGateway> {
  const provider = await startFaultProvider();
  const log: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'sy-models-'));
  const home = join(folder, 'home');
  const openai = { kind: 'openai-compatible', baseUrl: `${provider.url}/v1`, apiKey: 'provider-key', models: ['listed'] };
  const anthropic = { kind: 'anthropic', baseUrl: provider.url, apiKey: 'provider-key' };
  const app = createApp({
    home,
    cwd: folder,
    env: {},
    doors: ['http'],
    isWatching: false,
    logger: memoryLogger(log),
    config: {
      server: { port: 0 },
      limits: { roles: { admin: 1_000_000 }, classes: { model: 1_000_000 }, maxResponseBytes: 20_000_000 },
      policy: { rules: [{ id: 'no-patience', effect: 'deny', roles: ['user'], targets: ['model:patient'] }] },
      models: {
        wellKnownProviders: false,
        providers: {
          oa: openai,
          oa2: openai,
          an: anthropic,
          an2: anthropic,
          op: { ...openai, kind: 'openai', models: [] },
          op2: { ...openai, kind: 'openai', models: [] },
          none: { kind: 'openai' },
          ...(isObject(more) ? more : {}),
        },
        aliases,
        retryDelayMs: 10,
        maxRetryAfterMs: 2000,
        firstTokenMs: 400,
        idleMs: 400,
        answerMs: 400,
        ...own,
      },
    },
  });
  await app.start();
  return {
    app,
    provider,
    url: app.endpoints().url,
    key: readFileSync(join(home, 'admin.key'), 'utf8').trim(),
    home,
    log,
    records: () => recordsOf(home),
    async stop() {
      await app.stop();
      await provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sends the body to a route, with the key where clients of its dialect put it. */
export async function postTo({ url, key }: Pick<ModelGateway, 'url' | 'key'>, path: string, body: object): Promise<Response> {
  return await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [path.startsWith('/v1beta/') ? 'x-goog-api-key' : 'x-api-key']: key },
    body: JSON.stringify(body),
  });
}

/** All that platform_status says, as one text. */
export async function statusTextOf({ app: { runner }, key }: Pick<ModelGateway, 'app' | 'key'>): Promise<string> {
  const admission = await runner.admit({ door: 'test', source: '127.0.0.1', credential: { kind: 'bearer', token: key } });
  const target = { kind: 'tool', name: 'platform_status' } as const;
  const { terminal } = await runner.run({ admission, target, input: {}, trace: { correlationId: 'status' } });
  return JSON.stringify(terminal);
}

/** Sends a request as the official client of the dialect would. */
export async function ask(
  { url, key }: ModelGateway,
  dialect: Dialect,
  body: string | JsonObject,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const credential = dialect === 'openai' ? { authorization: `Bearer ${key}` } : { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  return await fetch(`${url}${routeOf(dialect)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], max_tokens: 99, ...body }),
    ...(signal ? { signal } : {}),
  });
}

/** What the user has in the end: the whole answer, an error that says so, or something that only looks like an answer. */
export type Verdict = 'complete' | 'error' | 'wrong';

/** Reads an answer to its end and judges it. */
export async function judge(response: Response, dialect: Dialect, isStream: boolean): Promise<Verdict> {
  const text = await response.text().catch(() => undefined);
  if (text === undefined || response.status !== 200) return 'error';
  if (!isStream) return text.includes(JSON.stringify(ANSWER)) && /"(?:stop|finish)_reason":"\w+"/.test(text) ? 'complete' : 'wrong';
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line): unknown => JSON.parse(line.slice(6)))
    .filter(isObject);
  if (events.some((event) => isObject(event['error']))) return 'error';
  const said = events.map((event) => wordsOf(event, dialect)).join('');
  const hasEnd = dialect === 'openai' ? text.includes('"finish_reason":"stop"') : text.includes('"message_stop"');
  return said === ANSWER && hasEnd ? 'complete' : 'wrong';
}

function wordsOf(event: JsonObject, dialect: Dialect): string {
  if (dialect === 'anthropic') return isObject(event['delta']) && typeof event['delta']['text'] === 'string' ? event['delta']['text'] : '';
  const choices = Array.isArray(event['choices']) ? event['choices'] : [];
  return choices.map((choice: { delta?: { content?: string } }) => choice.delta?.content ?? '').join('');
}
