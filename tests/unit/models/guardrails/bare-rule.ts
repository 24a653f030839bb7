import type { GuardrailRule } from '../../../../src/contracts/guardrails-config.ts';

/** Redacts every kind of data in both directions; what a rule may say beside that, it does not say. */
export const BARE_RULE: GuardrailRule = {
  kind: 'data',
  direction: 'both',
  action: 'redact',
  detect: null,
  pattern: null,
  phrases: null,
  threshold: null,
  maxCharacters: null,
  maxTokens: null,
  url: null,
  apiKey: null,
  timeoutMs: null,
  onFailure: null,
};
