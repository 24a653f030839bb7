/** @module models/client/client: models for tools and programs: each method a call on the road. */
import type { Answer, CallContext } from '../../contracts/call.ts';
import { isModelResult, type ModelCallInput, type ModelResult } from '../../contracts/model.ts';
import type { Completion, CompletionRequest, ListedModel, ModelClient, ModelsHealth } from '../../contracts/model-client.ts';
import { AppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import { mayTryAnother } from '../failover.ts';
import { readTypedAnswer, readTypedEvents, typedBody } from '../dialects/typed/codec.ts';
import { callEmbed } from './embed.ts';
import { callCount } from './count.ts';
import { toCallInput } from './call-input.ts';
import { completionOf, DEFAULT_MODEL, toChatRequest } from './typed-request.ts';
import { createPieces } from './pieces.ts';

/** How the client makes calls: as children of a running one, or as calls of its own. */
export interface ModelCaller {
  readonly call: CallContext['call'];
  /** Ends everything the client has under way. */
  readonly scope: Scope;
}

/** Models for one caller. */
export function createModelClient({ call, scope }: ModelCaller): ModelClient {
  const ask = async (
    name: string,
    input: Partial<ModelCallInput>,
    body: Uint8Array,
    rest: Partial<Parameters<CallContext['call']>[0]> = {},
  ): Promise<ModelResult> => {
    const answer = await call({ ...rest, target: { kind: 'model', name }, input: toCallInput(input, body) });
    const value = resultOf(answer);
    if (!isModelResult(value)) throw new AppError('INTERNAL');
    return value;
  };

  const complete = async (request: CompletionRequest): Promise<Completion> => {
    const startedAt = performance.now();
    const chat = toChatRequest(request, false);
    const result = await ask(request.model ?? DEFAULT_MODEL, { maxOutputTokens: chat.maxTokens }, typedBody(chat), { timeoutMs: request.timeoutMs });
    if (!result.body) throw new AppError('INTERNAL');
    return completionOf(readTypedAnswer(result.body.bytes), result, performance.now() - startedAt);
  };

  async function* stream(request: CompletionRequest): AsyncGenerator<string, Completion, undefined> {
    const startedAt = performance.now();
    const chat = toChatRequest(request, true);
    const own = new Scope({ parent: scope });
    const pieces = createPieces();
    const run = ask(request.model ?? DEFAULT_MODEL, { isStream: true, maxOutputTokens: chat.maxTokens }, typedBody(chat), {
      timeoutMs: request.timeoutMs,
      signal: own,
      emit: pieces.emit,
    });
    // Its failure is told where the result is awaited; until then the loop below must only be woken.
    run.then(pieces.close, pieces.close);
    try {
      for await (const bytes of pieces.read()) {
        for (const delta of readTypedEvents(bytes)) {
          const text = pieces.note(delta);
          if (text !== '') yield text;
        }
      }
      const result = await run;
      return completionOf(pieces.answer(), result, performance.now() - startedAt);
    } finally {
      own.cancel(new AppError('CANCELLED'));
      own.end();
    }
  }

  return {
    complete,
    stream,
    async completeWithFallback(request, chain) {
      if (!chain || chain.length === 0) return await complete(request);
      const failures: AppError[] = [];
      for (const model of chain) {
        try {
          return await complete({ ...request, model });
        } catch (thrown) {
          if (!AppError.is(thrown) || !mayTryAnother(thrown)) throw thrown;
          failures.push(thrown);
        }
      }
      throw failures.findLast(({ code }) => code !== 'PROVIDER_NOT_CONFIGURED') ?? failures.at(-1) ?? new AppError('INTERNAL');
    },
    embed: (request) => callEmbed(request, ask),
    countTokens: (request) => callCount(request, ask),
    list: async ({ isWhole = false } = {}) =>
      resultOf(await call({ target: { kind: 'catalog', name: 'models' }, input: isWhole ? { isWhole } : {} })) as readonly ListedModel[],
    health: async () => resultOf(await call({ target: { kind: 'catalog', name: 'models-health' }, input: {} })) as ModelsHealth,
  };
}

/** @throws AppError as the call ended */
function resultOf({ terminal }: Answer): unknown {
  if (terminal.type === 'result') return terminal.value;
  throw terminal.type === 'error' ? terminal.error : new AppError('INTERNAL');
}
