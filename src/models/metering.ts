/** @module models/metering: what one attempt uses: at most before it, really after it. */
import type { CallContext } from '../contracts/call.ts';
import type { ModelCallInput, ModelUsage } from '../contracts/model.ts';
import { costOf, type ModelFacts, type ModelRegistry } from '../contracts/model-registry.ts';
import type { Spend } from '../contracts/spend.ts';
import { estimateTokensOfBytes, upperBoundTokens } from './tokens.ts';

/** The most a model answers where neither the request nor the registry says. */
const MAX_OUTPUT_TOKENS = 16_384;

/** What an attempt may use at most; undefined for what providers do not charge. */
export function estimateAttempt(registry: ModelRegistry, provider: string, model: string, input: ModelCallInput): Spend | undefined {
  if (input.attempt === 0 || input.operation === 'count') return undefined;
  const facts = registry.find(provider, model);
  // What does not fit into its window is refused by the model, and costs nothing.
  const inputTokens = Math.min(upperBoundTokens(input.bytes), facts?.contextTokens ?? Infinity);
  const outputTokens = input.operation === 'embed' ? 0 : (input.maxOutputTokens ?? facts?.maxOutputTokens ?? MAX_OUTPUT_TOKENS);
  return spendOf(facts, { inputTokens, outputTokens, cacheReadTokens: null, cacheWriteTokens: null }, true);
}

/** Follows one attempt. */
export interface AttemptMeter {
  /** The provider has begun to answer: from here on it may charge. */
  accepted(): void;
  /** One event with content. */
  content(): void;
  /** The answer is whole. Tells the call what was used; the cost, or null where it is not known. */
  finished(usage: ModelUsage): number | null;
  /** The attempt is over; without `finished` what was used is estimated. */
  ended(): void;
}

/** What the provider says is booked; what it does not say is estimated, and marked so. */
export function meterAttempt(registry: ModelRegistry, provider: string, model: string, input: ModelCallInput, context: Pick<CallContext, 'spend'>): AttemptMeter {
  let isAccepted = false;
  let isFinished = false;
  let contents = 0;

  const book = (usage: ModelUsage): number | null => {
    if (input.operation === 'count') return 0;
    const isTold = usage.inputTokens !== null && (usage.outputTokens !== null || input.operation === 'embed');
    const spend = spendOf(
      registry.find(provider, model),
      {
        ...usage,
        inputTokens: usage.inputTokens ?? estimateTokensOfBytes(input.body.bytes),
        // Most providers send one token with each event.
        outputTokens: usage.outputTokens ?? (input.operation === 'embed' ? 0 : contents),
      },
      !isTold,
    );
    context.spend(spend);
    return isTold ? spend.costMicroUsd : null;
  };

  return {
    accepted: () => {
      isAccepted = true;
    },
    content: () => {
      contents += 1;
    },
    finished(usage) {
      isFinished = true;
      return book(usage);
    },
    ended() {
      if (isAccepted && !isFinished) book({ inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null });
    },
  };
}

function spendOf(facts: ModelFacts | undefined, usage: ModelUsage, isEstimated: boolean): Spend {
  const price = facts?.price ?? null;
  return {
    costMicroUsd: costOf(price, usage),
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    isEstimated: isEstimated || price?.isEstimated === true,
  };
}
