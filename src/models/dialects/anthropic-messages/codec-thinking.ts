/** @module models/dialects/anthropic-messages/codec-thinking: how much a model shall think, in the words its version understands. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport } from '../conversation.ts';
import { unsealSignature } from '../signatures.ts';
import { budgetOfEffort } from '../thinking.ts';
import { rulesOf } from './model-rules.ts';

/** Members of the request. */
export interface WrittenThinking {
  /** `thinking`, or nothing. */
  readonly member: JsonObject;
  readonly isThinking: boolean;
  /** `effort` for `output_config`, or nothing. */
  readonly effort: JsonObject;
  /** A limit that leaves room for the answer; null = as the request says. */
  readonly maxTokens: number | null;
}

const MIN_BUDGET = 1024;
const ROOM_FOR_ANSWER = 4096;
const NOTHING: WrittenThinking = { member: {}, isThinking: false, effort: {}, maxTokens: null };

/** What the model could not do is left out and reported. */
export function writeThinking(request: ChatRequest, model: string, loss: LossReport): WrittenThinking {
  const { thinking, toolChoice } = request;
  if (thinking === null) return NOTHING;
  if (thinking.effort === 'none') return { ...NOTHING, member: { thinking: { type: 'disabled' } } };
  // A model that must call a tool may not think first.
  const isForced = toolChoice?.mode === 'required' || toolChoice?.mode === 'tool';
  if (!rulesOf(model).thinksAdaptively) return isForced ? drop(loss) : writeBudget(request, loss);
  const { budgetTokens, effort } = thinking;
  if (budgetTokens !== null) loss.note('thinking.budgetTokens');
  if (effort === 'minimal') loss.note('thinking.effort');
  const written = effort === null ? {} : { effort: effort === 'minimal' ? 'low' : effort };
  if (!isForced) return { member: { thinking: { type: 'adaptive' } }, isThinking: true, effort: written, maxTokens: null };
  loss.note('thinking');
  return { ...NOTHING, effort: written };
}

/** Budgets count towards the limit of the answer, and must be below it. */
function writeBudget({ thinking, maxTokens, turns }: ChatRequest, loss: LossReport): WrittenThinking {
  const { effort, budgetTokens } = thinking ?? { effort: null, budgetTokens: null };
  const wanted = budgetTokens ?? budgetOfEffort(effort ?? 'medium');
  const budget = maxTokens === null ? Math.max(MIN_BUDGET, wanted) : Math.min(Math.max(MIN_BUDGET, wanted), maxTokens - 1);
  // Without the signed thoughts before the last calls, the vendor refuses to think on.
  if (budget < MIN_BUDGET || !hasThoughtsOfLastCalls(turns)) return drop(loss);
  if (budget !== wanted) loss.note(budgetTokens === null ? 'thinking.effort' : 'thinking.budgetTokens');
  return { member: { thinking: { type: 'enabled', budget_tokens: budget } }, isThinking: true, effort: {}, maxTokens: maxTokens ?? budget + ROOM_FOR_ANSWER };
}

function drop(loss: LossReport): WrittenThinking {
  loss.note('thinking');
  return NOTHING;
}

function hasThoughtsOfLastCalls(turns: ChatRequest['turns']): boolean {
  const last = turns.findLast(({ role }) => role === 'assistant');
  if (!last?.parts.some(({ type }) => type === 'tool_call')) return true;
  const [first] = last.parts;
  return first?.type === 'redacted_thinking' || (first?.type === 'thinking' && unsealSignature('anthropic-messages', first.signature) !== undefined);
}
