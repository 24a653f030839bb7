/** @module models/guardrails/body-guard: applies rules to a body that is there as a whole. */
import { estimateTokens } from '../tokens.ts';
import { editTexts, type TextEdit, type TokenEdits } from '../wire/json-strings.ts';
import type { Actions } from './actions.ts';
import { injectionSignals, scoreOf } from './injection.ts';
import type { Markers } from './markers.ts';
import { blocked, type RuleSet, type TextRule } from './rules.ts';
import { scanWhole, type Finding } from './scanner.ts';
import type { BodyText } from './texts.ts';

/** What one call keeps while rules are applied. */
export interface GuardState {
  readonly actions: Actions;
  readonly markers: Markers;
}

/**
 * The body with everything replaced that a rule takes out; the same bytes where there is nothing.
 *
 * @throws AppError GUARDRAIL_BLOCKED, GUARDRAIL_BLOCKED_ANSWER
 */
export function guardBody(rules: RuleSet, bytes: Uint8Array, texts: readonly BodyText[], state: GuardState): Uint8Array {
  rules.clock.reset();
  checkSizes(
    rules,
    texts.filter(({ kind }) => kind === 'text').map(({ text }) => text),
    state.actions,
  );
  const edited: TokenEdits[] = [];
  for (const found of texts) {
    if (found.kind === 'text') checkInjection(rules, injectionSignalsOf(rules, found.text), state.actions);
    const edits = guardText(rules, found, state);
    if (edits.length > 0) edited.push({ kind: found.kind, start: found.start, end: found.end, edits });
  }
  return edited.length === 0 ? bytes : editTexts(bytes, edited);
}

/** The edits of one whole text. @param isCounted false = what is found was counted elsewhere @throws AppError GUARDRAIL_BLOCKED* */
export function guardText(
  rules: RuleSet,
  { text, isJson }: Pick<BodyText, 'text' | 'isJson'>,
  { actions, markers }: GuardState,
  isCounted: boolean = true,
): readonly TextEdit[] {
  const [blocking] = scanWhole(rules.blocking, text);
  if (blocking) {
    actions.note(blocking.rule, 'block', rules.direction);
    throw blocked(blocking.rule, rules.direction);
  }
  for (const detectors of rules.tagging) for (const { rule } of scanWhole(detectors, text)) if (isCounted) actions.note(rule, 'tag', rules.direction);
  return scanWhole(rules.redacting, text).map((finding) => {
    if (isCounted) actions.note(finding.rule, 'redact', rules.direction);
    return { from: finding.from, to: finding.to, text: markerOf(finding, markers, isJson) };
  });
}

/** In JSON, a number becomes a text. */
export function markerOf({ label, value, isQuoted }: Finding, markers: Markers, isJson: boolean): string {
  const marker = markers.of(label, value);
  return isJson && !isQuoted ? JSON.stringify(marker) : marker;
}

/** Nothing is computed where no rule asks for it. */
export function injectionSignalsOf(rules: RuleSet, text: string): ReadonlyMap<string, number> {
  return rules.injections.length > 0 ? injectionSignals(text) : new Map<string, number>();
}

/** @throws AppError GUARDRAIL_BLOCKED* */
export function checkInjection(rules: RuleSet, signals: ReadonlyMap<string, number>, actions: Actions): void {
  if (signals.size === 0) return;
  const score = scoreOf(signals);
  for (const rule of rules.injections) if (score >= rule.threshold) act(rule, rules, actions);
}

/** @throws AppError GUARDRAIL_BLOCKED* */
export function checkSizes(rules: RuleSet, texts: readonly string[], actions: Actions): void {
  if (rules.sizes.length === 0) return;
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const isCountingTokens = rules.sizes.some(({ maxTokens }) => maxTokens < Infinity);
  const tokens = isCountingTokens ? texts.reduce((sum, text) => sum + estimateTokens(text), 0) : 0;
  for (const rule of rules.sizes) if (characters > rule.maxCharacters || tokens > rule.maxTokens) act(rule, rules, actions);
}

/** @throws AppError GUARDRAIL_BLOCKED* where the rule blocks */
export function act({ rule, action }: TextRule, { direction }: RuleSet, actions: Actions): void {
  actions.note(rule, action, direction);
  if (action === 'block') throw blocked(rule, direction);
}
