/** @module models/metering: what one attempt uses: at most before it, really after it. */
import type { CallContext } from '../contracts/call.ts';
import type { ModelCallInput, ModelUsage } from '../contracts/model.ts';
import { costOf, type ModelFacts, type ModelRegistry } from '../contracts/model-registry.ts';
import type { Spend } from '../contracts/spend.ts';
import { UNKNOWN_USAGE } from './dialects/usage.ts';
import { estimateTokensOfBytes, upperBoundTokens } from './tokens.ts';

/** The most a model answers where neither the request nor the registry says. */
const MAX_OUTPUT_TOKENS = 16_384;

/** What an attempt may use at most; undefined for what providers do not charge. */
export function estimateAttempt(registry: ModelRegistry, provider: string, model: string, input: ModelCallInput): Spend | undefined {
  if (input.attempt === 0 || input.operation === 'count') return undefined;
  const facts = registry.find(provider, model);
  // What does not fit into its window is refused by the model, and costs nothing.
  const inputTokens = Math.min(upperBoundTokens(input.bytes), facts?.contextTokens ?? Infinity);
  const ofOneAnswer = input.maxOutputTokens ?? facts?.maxOutputTokens ?? MAX_OUTPUT_TOKENS;
  const outputTokens = input.operation === 'embed' ? 0 : ofOneAnswer * (input.answers ?? 1);
  return spendOf(facts, { inputTokens, outputTokens, cacheReadTokens: null, cacheWriteTokens: null }, true);
}

/** Follows one attempt. */
export interface AttemptMeter {
  /** The provider has begun to answer: from here on it may charge. */
  accepted(): void;
  /** One event with content. @param bytes its size */
  content(bytes: number): void;
  /** What the provider has told of a stream so far, also of one that does not come to its end. */
  told(usage: ModelUsage): void;
  /** The answer is whole. Tells the call what was used; the cost, or null where it is not known. @param answerBytes size of a plain answer */
  finished(usage: ModelUsage, answerBytes?: number): number | null;
  /**
   * The attempt is over; without `finished` what was used is estimated. @param isLeft whether the caller went, or its time was over: a
   * provider that has the whole of a plain request goes on, and nobody hears what it used
   */
  ended(isLeft: boolean): void;
}

/** What an event of a stream has around its text, at most, where nothing shorter was seen. */
const MAX_FRAME_BYTES = 400;
/** Of Latin text; other scripts have fewer, so that this is rather too few tokens than too many. */
const BYTES_PER_TOKEN = 4;

/** What the provider says is booked; what it does not say is estimated, and marked so. */
export function meterAttempt(
  registry: ModelRegistry,
  provider: string,
  model: string,
  input: ModelCallInput,
  context: Pick<CallContext, 'spend'>,
): AttemptMeter {
  const output = createOutputEstimate();
  let isAccepted = false;
  let isFinished = false;
  let soFar = UNKNOWN_USAGE;

  const book = (usage: ModelUsage, estimatedOutput: number, isWhole: boolean): number | null => {
    if (input.operation === 'count') return 0;
    const isEmbed = input.operation === 'embed';
    const isTold = isWhole && usage.inputTokens !== null && (usage.outputTokens !== null || isEmbed);
    // What a stream told before its end may be too little: the last words are missing in it.
    const outputTokens = isWhole ? (usage.outputTokens ?? estimatedOutput) : Math.max(usage.outputTokens ?? 0, estimatedOutput);
    const spend = spendOf(
      registry.find(provider, model),
      { ...usage, inputTokens: usage.inputTokens ?? estimateTokensOfBytes(input.body.bytes), outputTokens: isEmbed ? 0 : outputTokens },
      !isTold,
    );
    context.spend(spend);
    return isTold ? spend.costMicroUsd : null;
  };

  return {
    accepted: () => {
      isAccepted = true;
    },
    content: output.add,
    told: (usage) => {
      soFar = usage;
    },
    finished(usage, answerBytes) {
      isFinished = true;
      return book(usage, answerBytes === undefined ? output.tokens : Math.ceil(answerBytes / BYTES_PER_TOKEN), true);
    },
    ended(isLeft) {
      if (isFinished) return;
      const most = isLeft && !input.isStream ? estimateAttempt(registry, provider, model, input) : undefined;
      if (most) context.spend(most);
      else if (isAccepted) book(soFar, output.tokens, false);
    },
  };
}

/** One token for each event with content, and more where events are longer than the shortest of them. */
function createOutputEstimate(): { add(bytes: number): void; readonly tokens: number } {
  let events = 0;
  let total = 0;
  let frame = MAX_FRAME_BYTES;
  return {
    add(bytes) {
      events += 1;
      total += bytes;
      frame = Math.min(frame, bytes);
    },
    get tokens() {
      return events + Math.ceil((total - events * frame) / BYTES_PER_TOKEN);
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
