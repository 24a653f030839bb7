/** @module models/dialects/openai-chat/model-rules: what the vendor's models take, by name. */

const OWN_NAME = /^(?:[\w.-]+\/)?(?:o\d|gpt-(?:[5-9]|\d{2})|codex-)/i;
const OPEN_WEIGHTS = /gpt-oss/i;

/**
 * Whether the model thinks and takes `reasoning_effort`. Other vendors' models behind this dialect are
 * asked in ways of their own, and some servers refuse the member.
 *
 * @see https://platform.openai.com/docs/guides/reasoning
 */
export function takesEffort(model: string): boolean {
  return OWN_NAME.test(model) || OPEN_WEIGHTS.test(model);
}

/** Models that think refuse `max_tokens`; many compatible servers know no other name. */
export function takesMaxCompletionTokens(model: string): boolean {
  return OWN_NAME.test(model);
}
