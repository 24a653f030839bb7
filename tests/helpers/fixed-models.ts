/** Models that answer without anybody behind them, for tools that call models. */
import type { Completion, ModelClient } from '../../src/contracts/model-client.ts';

const USAGE = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };

/** Says `answer` in two pieces. */
export function fixedModels(answer = 'Hello world', more: Partial<ModelClient> = {}): ModelClient {
  const completion: Completion = {
    content: answer,
    model: 'm-1',
    provider: 'scripted',
    usage: USAGE,
    costMicroUsd: 12,
    finishReason: 'stop',
    latencyMs: 1,
    isSimulated: false,
  };
  const complete = (): Promise<Completion> => Promise.resolve(completion);
  return {
    complete,
    completeWithFallback: complete,
    async *stream() {
      yield answer.slice(0, 5);
      yield answer.slice(5);
      return await complete();
    },
    embed: ({ input }) => Promise.resolve({ embeddings: input.map(() => [0.5, -0.5]), model: 'e-1', provider: 'scripted', usage: USAGE, costMicroUsd: null }),
    countTokens: () => Promise.resolve({ inputTokens: 3, model: 'm-1', isEstimated: true }),
    list: () =>
      Promise.resolve([
        { name: 'fast', targets: ['scripted/m-1'], kind: 'chat', contextTokens: 1000, price: { input: 2_500_000, output: 10_000_000, isEstimated: false } },
        { name: 'new', targets: ['scripted/m-2'], kind: null, contextTokens: null, price: null },
      ]),
    health: () =>
      Promise.resolve({
        status: 'degraded',
        providers: [{ name: 'scripted', kind: 'openai', state: 'down', detail: 'PROVIDER_SILENT', latencyMs: null }],
        deployments: [],
      }),
    ...more,
  };
}
