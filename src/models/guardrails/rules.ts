/** @module models/guardrails/rules: the rules of the configuration, made ready for one direction. */
import { goes, type DataKind, type GuardrailAction, type GuardrailRule, type GuardrailsConfig, type TextDirection } from '../../contracts/guardrails-config.ts';
import { AppError } from '../../core/errors.ts';
import type { Detector } from './detector.ts';
import { labelOf } from './markers.ts';
import { patternDetector, type PatternClock } from './pattern.ts';
import { cardDetector, emailDetector, ibanDetector, phoneDetector } from './personal.ts';
import type { ArmedDetector } from './scanner.ts';
import { keyBlockDetector, keyDetector, tokenDetector } from './secrets.ts';
import { topicsDetector } from './topics.ts';

/** A rule about a whole text, or all of them. */
export interface TextRule {
  readonly rule: string;
  readonly action: GuardrailAction;
}

/** The rules of one direction. */
export interface RuleSet {
  readonly direction: TextDirection;
  readonly blocking: readonly ArmedDetector[];
  readonly redacting: readonly ArmedDetector[];
  /** Each rule by itself: none hides what another one finds. */
  readonly tagging: readonly (readonly ArmedDetector[])[];
  readonly injections: readonly (TextRule & { readonly threshold: number })[];
  readonly sizes: readonly (TextRule & { readonly maxCharacters: number; readonly maxTokens: number })[];
  readonly webhooks: readonly WebhookRule[];
  /** Of the patterns of this direction; begins anew with each piece of work. */
  readonly clock: PatternClock & { reset(): void };
}

/** Somebody outside who decides. */
export interface WebhookRule {
  readonly rule: string;
  readonly url: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
  readonly onFailure: 'block' | 'allow';
}

/** The more certain a form is, the earlier it stands: at one place the first wins. */
const DETECTORS: Readonly<Record<DataKind, Detector>> = {
  'private-key': keyBlockDetector,
  jwt: tokenDetector,
  'api-key': keyDetector,
  email: emailDetector,
  iban: ibanDetector,
  card: cardDetector,
  phone: phoneDetector,
};
/** Every kind of data, in that order. */
const DATA_KINDS: readonly DataKind[] = ['private-key', 'jwt', 'api-key', 'email', 'iban', 'card', 'phone'];

const DEFAULT_THRESHOLD = 5;
const DEFAULT_TIMEOUT_MS = 2000;
const PATTERN_TIME_MS = 500;

/** @returns undefined where no rule goes this way */
export function rulesFor(config: GuardrailsConfig, direction: TextDirection, now: () => number = () => performance.now()): RuleSet | undefined {
  const rules = Object.entries(config.rules).filter(([, rule]) => goes(rule, direction));
  if (rules.length === 0) return undefined;
  const clock = createClock(direction, now);
  const armed = (action: GuardrailAction): readonly (readonly ArmedDetector[])[] =>
    rules.flatMap(([name, rule]) => {
      const detectors = rule.action === action ? detectorsOf(name, rule, clock) : [];
      return detectors.length > 0 ? [detectors.map((detector) => ({ rule: name, detector }))] : [];
    });
  return {
    direction,
    blocking: armed('block').flat(),
    redacting: armed('redact').flat(),
    tagging: armed('tag'),
    injections: rules.flatMap(([rule, { kind, action, threshold }]) =>
      kind === 'injection' ? [{ rule, action, threshold: threshold ?? DEFAULT_THRESHOLD }] : [],
    ),
    sizes: rules.flatMap(([rule, { kind, action, maxCharacters, maxTokens }]) =>
      kind === 'size' ? [{ rule, action, maxCharacters: maxCharacters ?? Infinity, maxTokens: maxTokens ?? Infinity }] : [],
    ),
    webhooks: rules.flatMap(([rule, { kind, url, apiKey, timeoutMs, onFailure }]) =>
      kind === 'webhook' && url !== null ? [{ rule, url, apiKey, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS, onFailure: onFailure ?? 'block' }] : [],
    ),
    clock,
  };
}

/** The failure of a call that a rule stops. Names the rule, never what was found. */
export function blocked(rule: string, direction: TextDirection, message?: string): AppError {
  const data = { guardrail: rule, direction };
  return direction === 'in'
    ? new AppError('GUARDRAIL_BLOCKED', { message: message ?? `The guardrail ${rule} refuses the request.`, data })
    : new AppError('GUARDRAIL_BLOCKED_ANSWER', { message: message ?? `The guardrail ${rule} stops the answer.`, data });
}

function detectorsOf(name: string, rule: GuardrailRule, clock: PatternClock): readonly Detector[] {
  const { kind, detect, pattern, phrases } = rule;
  if (kind === 'data') return DATA_KINDS.filter((data) => detect === null || detect.includes(data)).map((data) => DETECTORS[data]);
  if (kind === 'pattern' && pattern !== null) return [patternDetector(pattern, labelOf(name), clock)];
  return kind === 'topics' && phrases !== null ? [topicsDetector(phrases, labelOf(name))] : [];
}

function createClock(direction: TextDirection, now: () => number): RuleSet['clock'] {
  let spentMs = 0;
  let lookedAt = 0;
  return {
    reset() {
      spentMs = 0;
    },
    start() {
      lookedAt = now();
    },
    check() {
      const last = lookedAt;
      lookedAt = now();
      spentMs += lookedAt - last;
      if (spentMs > PATTERN_TIME_MS) throw blocked('pattern', direction, `The patterns of the guardrails took more than ${PATTERN_TIME_MS} ms.`);
    },
  };
}
