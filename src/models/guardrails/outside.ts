/** @module models/guardrails/outside: what webhooks say is done to a body or a stream. */
import type { CallContext } from '../../contracts/call.ts';
import type { Egress } from '../../contracts/egress.ts';
import type { ModelCallInput } from '../../contracts/model.ts';
import { createEventSplitter, joinPieces } from '../wire/event-stream.ts';
import { guardBody, type GuardState } from './body-guard.ts';
import { blocked, type RuleSet, type WebhookRule } from './rules.ts';
import { readEvent } from './stream-events.ts';
import { createStreamGuard } from './stream-guard.ts';
import type { BodyText } from './texts.ts';
import { askWebhook, replacementDetectors, type Replacement } from './webhook.ts';

/** One call between its rules. */
export interface GuardedCall {
  readonly input: ModelCallInput;
  readonly context: CallContext;
  /** Where pieces of the answer go. */
  readonly emit: CallContext['emit'];
  readonly state: GuardState;
  readonly egress: Egress;
}

/** The bytes with what the webhooks replace. @throws AppError GUARDRAIL_BLOCKED*, GUARDRAIL_UNAVAILABLE */
export async function askAboutBody(
  rules: RuleSet,
  bytes: Uint8Array,
  textsOf: (bytes: Uint8Array) => readonly BodyText[],
  call: GuardedCall,
): Promise<Uint8Array> {
  let current = bytes;
  for (const webhook of rules.webhooks) {
    const texts = textsOf(current);
    const replacements = await ask(
      webhook,
      rules,
      texts.map(({ text }) => text),
      call,
    );
    if (replacements.length > 0) current = guardBody(replacing(rules, webhook, replacements), current, texts, named(call.state));
  }
  return current;
}

/** The same for a stream that is there as a whole. @throws AppError GUARDRAIL_BLOCKED*, GUARDRAIL_UNAVAILABLE */
export async function askAboutStream(rules: RuleSet, bytes: Uint8Array, call: GuardedCall): Promise<Uint8Array> {
  const { dialect } = call.input;
  let current = bytes;
  for (const webhook of rules.webhooks) {
    const replacements = await ask(webhook, rules, streamTexts(dialect, current), call);
    if (replacements.length === 0) continue;
    const guard = createStreamGuard(replacing(rules, webhook, replacements), dialect, named(call.state));
    current = joinPieces([guard.push(current), guard.end()]);
  }
  return current;
}

/** @throws AppError GUARDRAIL_BLOCKED*, GUARDRAIL_UNAVAILABLE */
async function ask(
  webhook: WebhookRule,
  { direction }: RuleSet,
  texts: readonly string[],
  { context, state, egress }: GuardedCall,
): Promise<readonly Replacement[]> {
  const { principal, trace, scope } = context;
  const answer = await askWebhook(webhook, egress, { direction, texts, principalId: principal.id, correlationId: trace.correlationId }, scope);
  if (answer.action === 'block') {
    state.actions.note(webhook.rule, 'block', direction);
    throw blocked(webhook.rule, direction);
  }
  return answer.action === 'redact' ? answer.replacements : [];
}

/** Rules that do nothing but what the webhook said. */
function replacing(rules: RuleSet, { rule }: WebhookRule, replacements: readonly Replacement[]): RuleSet {
  return { ...rules, blocking: [], tagging: [], injections: [], sizes: [], webhooks: [], redacting: replacementDetectors(rule, replacements) };
}

/** The webhook's words stand there as they are. */
function named({ actions }: GuardState): GuardState {
  return { actions, markers: { of: (label) => label } };
}

/** The texts of a stream, each in one piece. */
function streamTexts(dialect: ModelCallInput['dialect'], bytes: Uint8Array): readonly string[] {
  const whole: string[] = [];
  const channels = new Map<string, string>();
  for (const { data } of createEventSplitter().push(bytes)) {
    const { texts, isRepeat } = readEvent(dialect, data);
    for (const { channel, text } of isRepeat ? [] : texts) {
      if (channel === undefined) whole.push(text);
      else channels.set(channel, (channels.get(channel) ?? '') + text);
    }
  }
  return [...channels.values(), ...whole];
}
