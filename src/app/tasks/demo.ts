/**
 * @module app/tasks/demo: a gateway with simulated providers, in a home of its own that goes with it, and a
 * walk through what it does: a stream, a failover, a cut stream, what it cost, and the audit trail.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryAudit } from '../../audit/query.ts';
import { auditPathsOf, verifyAudit } from '../../audit/verify.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Logger } from '../../contracts/telemetry.ts';
import { createSimulatedProvider } from '../../models/simulated-provider.ts';
import { createApp } from '../app.ts';

/** How the first provider of the alias `demo` behaves; the second is always steady. */
export type DemoBehaviour = 'steady' | 'slow' | 'failing' | 'cut';

/** What a demo is made of. */
export interface DemoOptions {
  readonly behaviour: DemoBehaviour;
  /** 0 = any free one. */
  readonly port: number;
  readonly logger: Logger;
}

/** One attempt, as the audit trail has it. */
export interface DemoAttempt {
  readonly target: string;
  readonly outcome: string;
}

/** One call of a model. */
export interface DemoCall {
  readonly text: string;
  /** Code of the error that ended it; null = a whole answer. */
  readonly error: string | null;
  readonly servedBy: string | null;
  readonly attempts: readonly DemoAttempt[];
}

/** A running demo. */
export interface Demo {
  readonly url: string;
  readonly key: string;
  /** Calls the alias over HTTP as a client would. @param onPiece text as it comes @param isWhole whether the gateway keeps back the stream until it is whole */
  call(model: string, onPiece: (text: string) => void, isWhole?: boolean): Promise<DemoCall>;
  /** Simulated millionths of a US dollar by `provider/model`. */
  cost(): Promise<readonly { readonly target: string; readonly requests: number; readonly costMicroUsd: number | null }[]>;
  /** Whether the chain of the trail holds, and its records. */
  audit(): Promise<{ readonly isValid: boolean; readonly records: number }>;
  /** Stops the gateway and removes its home. */
  stop(): Promise<void>;
}

/** USD per million tokens, made up like the answers. */
const SIMULATED_PRICE = { input: 1, output: 4 };
const PRICED = ['simulated-a', 'simulated-b'].flatMap((provider) => ['steady', 'slow', 'failing', 'cut'].map((model) => `${provider}/${model}`));

/** @throws AppError ADDRESS_UNAVAILABLE, and as every start */
export async function startDemo({ behaviour, port, logger }: DemoOptions): Promise<Demo> {
  const home = mkdtempSync(join(tmpdir(), 'switchyard-demo-'));
  const app = createApp({
    home,
    cwd: home,
    env: {},
    doors: ['http'],
    isWatching: false,
    logger,
    models: {
      providers: [createSimulatedProvider('simulated-a'), createSimulatedProvider('simulated-b')],
      aliases: {
        demo: [`simulated-a/${behaviour}`, 'simulated-b/steady'],
        'demo-failover': ['simulated-a/failing', 'simulated-b/steady'],
        'demo-cut': ['simulated-a/cut', 'simulated-b/steady'],
      },
    },
    config: {
      server: { port },
      environment: 'demo',
      models: {
        wellKnownProviders: false,
        prices: Object.fromEntries(PRICED.map((target) => [target, SIMULATED_PRICE])),
        retries: 0,
      },
    },
  });
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  await app.start().catch((thrown: unknown) => {
    remove();
    throw thrown;
  });
  const { url, adminKeyFile } = app.endpoints();
  const key = readFileSync(adminKeyFile, 'utf8').trim();
  return {
    url,
    key,
    call: (model, onPiece, isWhole = false) => callModel({ url, key, home }, model, onPiece, isWhole),
    cost: () => costOf(url, key),
    audit: async () => {
      const { ok, records } = await verifyAudit({ ...auditPathsOf(home) });
      return { isValid: ok, records };
    },
    async stop() {
      await app.stop();
      remove();
    },
  };
}

interface Place {
  readonly url: string;
  readonly key: string;
  readonly home: string;
}

async function callModel({ url, key, home }: Place, model: string, onPiece: (text: string) => void, isWhole: boolean): Promise<DemoCall> {
  const correlation = `demo-${Date.now()}-${model}${isWhole ? '-whole' : ''}`;
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-correlation-id': correlation,
      ...(isWhole ? { 'x-switchyard-hold-back': 'complete' } : {}),
    },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Say something.' }] }),
  });
  let text = '';
  let error: string | null = null;
  for await (const event of eventsOf(response)) {
    error ??= codeIn(event);
    const piece = wordsIn(event);
    text += piece;
    if (piece !== '') onPiece(piece);
  }
  return { text, error, servedBy: response.headers.get('x-switchyard-served-by'), attempts: await attemptsOf(home, correlation) };
}

/** Objects in the `data` lines; an error answer counts as one. */
async function* eventsOf(response: Response): AsyncGenerator<JsonObject, void, undefined> {
  if (!response.body) throw new AppError('INTERNAL');
  let rest = '';
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    rest += piece;
    const lines = isStream ? rest.split('\n') : [];
    if (isStream) rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) yield toObject(line.slice('data: '.length));
  }
  if (!isStream) yield toObject(rest);
}

function toObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}

function wordsIn({ choices }: JsonObject): string {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const delta = isObject(first) ? first['delta'] : undefined;
  return isObject(delta) && typeof delta['content'] === 'string' ? delta['content'] : '';
}

function codeIn({ error }: JsonObject): string | null {
  return isObject(error) ? String(error['code'] ?? error['type']) : null;
}

async function attemptsOf(home: string, correlationId: string): Promise<readonly DemoAttempt[]> {
  const attempts: DemoAttempt[] = [];
  for await (const { phase, parentId, target, outcome } of queryAudit(auditPathsOf(home).directories, { correlationId }, 'oldest')) {
    if (phase === 'outcome' && parentId !== undefined) attempts.push({ target: String(target), outcome: String(outcome) });
  }
  return attempts;
}

async function costOf(url: string, key: string): ReturnType<Demo['cost']> {
  const response = await fetch(`${url}/admin/cost?by=model`, { headers: { authorization: `Bearer ${key}` } });
  const body = toObject(await response.text());
  const lines = Array.isArray(body['lines']) ? body['lines'].filter(isObject) : [];
  return lines.map((line) => ({
    target: String(line['group']),
    requests: Number(line['requests']),
    costMicroUsd: typeof line['costMicroUsd'] === 'number' ? line['costMicroUsd'] : null,
  }));
}
