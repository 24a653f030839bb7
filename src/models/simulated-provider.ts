/**
 * @module models/simulated-provider: a provider that makes everything up, for
 * `switchyard demo`. No configuration can name it; it is handed to a gateway by the program. Everything
 * it says says that it is simulated.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../contracts/model.ts';
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import { estimateTokensOfBytes } from './tokens.ts';
import { classifyFailure } from './wire/failure.ts';
import { objectIn, readObject } from './wire/json.ts';

/** How a simulated model behaves: it is the model's name. */
export const SIMULATED_MODELS = ['steady', 'slow', 'failing', 'cut'] as const;
type Behaviour = (typeof SIMULATED_MODELS)[number];

const TEXT =
  '[simulated] Nobody thought about this: switchyard demo makes it up, word by word, so that you see a stream pass through policy, limits, failover, cost and audit. Configure a provider to hear a real model.';
const WORDS = TEXT.split(/(?<= )/);
const WORD_MS = 25;
const SLOW_MS = 1500;

/** A provider of the dialect `openai-chat`, in this process. */
export function createSimulatedProvider(name: string): ModelProvider {
  return {
    name,
    kind: 'simulated',
    missing: undefined,
    isSimulated: true,
    dialects: (operation) => (operation === 'generate' ? ['openai-chat'] : []),
    send: async (request) => await answer(behaviourOf(request.model), request),
    classify: (status, headers, body) => classifyFailure({ status, headers, error: objectIn(readObject(body), 'error') }),
    listModels: () => Promise.resolve(SIMULATED_MODELS),
  };
}

/** @throws AppError PROVIDER_REJECTED for a name it does not know */
function behaviourOf(model: string): Behaviour {
  const known = SIMULATED_MODELS.find((name) => name === model);
  if (known === undefined)
    throw new AppError('PROVIDER_REJECTED', { message: `The simulation knows ${SIMULATED_MODELS.join(', ')}, not ${model.slice(0, 64)}.` });
  return known;
}

async function answer(behaviour: Behaviour, { isStream, body, scope }: ProviderRequest): Promise<ProviderResponse> {
  if (behaviour === 'failing')
    return reply(503, [Buffer.from(JSON.stringify({ error: { message: '[simulated] This model fails on purpose.', type: 'server_error' } }))]);
  if (behaviour === 'slow') await wait(SLOW_MS, scope);
  const usage = { prompt_tokens: estimateTokensOfBytes(body), completion_tokens: WORDS.length, total_tokens: estimateTokensOfBytes(body) + WORDS.length };
  if (isStream) return reply(200, streamed(behaviour, usage, scope));
  await wait(WORD_MS, scope);
  const whole = {
    ...facts('chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: behaviour === 'cut' ? null : 'stop' }],
    usage,
  };
  return reply(200, [Buffer.from(JSON.stringify(whole))]);
}

async function* streamed(behaviour: Behaviour, usage: object, scope: Scope): AsyncGenerator<Uint8Array, void, undefined> {
  const event = (rest: object): Buffer => Buffer.from(`data: ${JSON.stringify({ ...facts('chat.completion.chunk'), ...rest })}\n\n`);
  const choice = (delta: object, reason: string | null): object => ({ choices: [{ index: 0, delta, finish_reason: reason }] });
  yield event(choice({ role: 'assistant', content: '' }, null));
  for (const [index, content] of WORDS.entries()) {
    if (behaviour === 'cut' && index === Math.floor(WORDS.length / 2))
      throw new AppError('PROVIDER_UNREACHABLE', { message: '[simulated] The connection broke on purpose.' });
    await wait(WORD_MS, scope);
    yield event(choice({ content }, null));
  }
  yield event(choice({}, 'stop'));
  yield event({ choices: [], usage });
  yield Buffer.from('data: [DONE]\n\n');
}

function facts(object: string): object {
  return { id: 'simulated', object, created: 0, model: 'simulated', system_fingerprint: 'simulated' };
}

function reply(status: number, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): ProviderResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: (async function* () {
      yield* pieces;
    })(),
  };
}

/** @throws AppError the scope's reason when it is cancelled meanwhile */
async function wait(ms: number, scope: Scope): Promise<void> {
  await scope.race(pause(ms, undefined, { ref: false }));
  scope.throwIfCancelled();
}
