/** @module contracts/guardrails-config: rules about the text of model calls, as an operator writes them. */

/** What a rule looks at. */
export type GuardrailKind = 'data' | 'pattern' | 'topics' | 'injection' | 'size' | 'webhook';
/** Data that can be known by its form. */
export type DataKind = 'email' | 'phone' | 'card' | 'iban' | 'api-key' | 'jwt' | 'private-key';
/** What a rule does; a webhook answers it itself. */
export type GuardrailAction = 'block' | 'redact' | 'tag';
/** Which way the text goes: in = to the provider, out = to the client. */
export type TextDirection = 'in' | 'out';

/** One rule. Keys that its kind does not know are null. */
export interface GuardrailRule {
  readonly kind: GuardrailKind;
  readonly direction: TextDirection | 'both';
  readonly action: GuardrailAction;
  /** data: what is looked for; null = everything that is known. */
  readonly detect: readonly DataKind[] | null;
  /** pattern: a regular expression whose every repetition is bounded. */
  readonly pattern: string | null;
  /** topics: words and phrases. */
  readonly phrases: readonly string[] | null;
  /** injection: the score from which a text counts as one; null = 5. */
  readonly threshold: number | null;
  /** size: of all texts of a request, or of an answer. */
  readonly maxCharacters: number | null;
  /** size: as the gateway estimates them. */
  readonly maxTokens: number | null;
  /** webhook: who is asked. */
  readonly url: string | null;
  /** webhook: sent as bearer. */
  readonly apiKey: string | null;
  /** webhook: milliseconds until it must have answered; null = 2000. */
  readonly timeoutMs: number | null;
  /** webhook: what its silence or failure means; null = block. */
  readonly onFailure: 'block' | 'allow' | null;
}

/** All rules, by name, in the order in which they win over each other. */
export interface GuardrailsConfig {
  readonly rules: Readonly<Record<string, GuardrailRule>>;
  /** `plain` = `[EMAIL]`; `numbered` = `[EMAIL_1]`, the same value with the same number within one call. */
  readonly markers: 'plain' | 'numbered';
}

/** Keys of a rule besides `kind`, `direction` and `action`. */
export type GuardrailKey = Exclude<keyof GuardrailRule, 'kind' | 'direction' | 'action'>;

/** Keys by kind; the first is required, but for `data` and `injection`. Of a size, one is. */
export const GUARDRAIL_KEYS: Readonly<Record<GuardrailKind, readonly GuardrailKey[]>> = {
  data: ['detect'],
  pattern: ['pattern'],
  topics: ['phrases'],
  injection: ['threshold'],
  size: ['maxCharacters', 'maxTokens'],
  webhook: ['url', 'apiKey', 'timeoutMs', 'onFailure'],
};

/** Whether rules of the direction apply to this one. */
export function goes(rule: Pick<GuardrailRule, 'direction'>, direction: TextDirection): boolean {
  return rule.direction === 'both' || rule.direction === direction;
}
