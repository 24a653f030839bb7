/** @module models/guardrails/guardrails: the rules about the text of one model call, both ways. Loaded at the first call where there are any. */
import type { CallContext, StreamPart } from '../../contracts/call.ts';
import type { Egress } from '../../contracts/egress.ts';
import type { GuardrailsConfig } from '../../contracts/guardrails-config.ts';
import { isModelChunk, WireBody, type ModelCallInput, type ModelChunk, type ModelResult } from '../../contracts/model.ts';
import type { Counter } from '../../contracts/telemetry.ts';
import type { MaybePromise } from '../../core/json.ts';
import { joinPieces } from '../wire/event-stream.ts';
import type { Answering } from '../answering.ts';
import { createActions } from './actions.ts';
import { guardBody, type GuardState } from './body-guard.ts';
import { createMarkers } from './markers.ts';
import { refuseOtherForms } from './other-forms.ts';
import { askAboutBody, askAboutStream, type GuardedCall } from './outside.ts';
import { rulesFor, type RuleSet } from './rules.ts';
import { createStreamGuard } from './stream-guard.ts';
import { answerTexts, requestTexts, type BodyText } from './texts.ts';

/** What the rules need. */
export interface GuardrailPorts {
  /** For webhooks. */
  readonly egress: Egress;
  /** Counts by {rule, action, direction}. */
  readonly actions: Counter;
}

/** The rules of one configuration. */
export interface Guardrails {
  /**
   * The step around `next`: the request passes the rules, `next` answers it, and the answer passes the
   * rules: whole, or event by event.
   *
   * @throws AppError GUARDRAIL_BLOCKED, GUARDRAIL_BLOCKED_ANSWER, GUARDRAIL_UNAVAILABLE; INVALID_REQUEST
   * where the request asks for another form of the text that no rule could change
   */
  around(context: CallContext, next: Answering): Answering;
}

/** @throws AppError CONFIG_INVALID for a pattern that the configuration should have refused */
export function createGuardrails(config: GuardrailsConfig, ports: GuardrailPorts): Guardrails {
  const [inward, outward] = [rulesFor(config, 'in'), rulesFor(config, 'out')];
  return {
    around: (context, next) => async (input, emit) => {
      const state: GuardState = { actions: createActions(ports.actions), markers: createMarkers(config.markers) };
      const call: GuardedCall = { input, context, emit, state, egress: ports.egress };
      try {
        const guarded = inward ? await guardRequest(inward, call) : input;
        const answer = outward && input.operation === 'generate' ? await guardAnswer(outward, { ...call, input: guarded }, next) : await next(guarded, emit);
        const { rules } = state.actions;
        return rules.length === 0 ? answer : { ...answer, guardrails: rules };
      } finally {
        const { summary } = state.actions;
        if (summary !== undefined) context.note({ guardrails: summary });
      }
    },
  };
}

async function guardRequest(rules: RuleSet, call: GuardedCall): Promise<ModelCallInput> {
  const { input, state } = call;
  const bytes = guardBody(rules, input.body.bytes, requestTexts(input.body.bytes), state);
  const asked = await askAboutBody(rules, bytes, requestTexts, call);
  return asked === input.body.bytes ? input : { ...input, body: new WireBody(asked), bytes: asked.byteLength };
}

async function guardAnswer(rules: RuleSet, call: GuardedCall, next: Answering): Promise<ModelResult> {
  const { input, emit, state } = call;
  if (rules.redacting.length + rules.blocking.length + rules.webhooks.length > 0) refuseOtherForms(input.body.bytes);
  if (input.isStream) return await guardStream(rules, call, next);
  const answer = await next(input, emit);
  if (!answer.body) return answer;
  const textsOf = (bytes: Uint8Array): readonly BodyText[] => answerTexts(input.dialect, bytes);
  const bytes = guardBody(rules, answer.body.bytes, textsOf(answer.body.bytes), state);
  const asked = await askAboutBody(rules, bytes, textsOf, call);
  return asked === answer.body.bytes ? answer : { ...answer, body: new WireBody(asked) };
}

async function guardStream(rules: RuleSet, call: GuardedCall, next: Answering): Promise<ModelResult> {
  const { input, state } = call;
  const { webhooks } = rules;
  const guard = createStreamGuard(rules, input.dialect, state);
  const held: Uint8Array[] = [];
  let last: ModelChunk | undefined;
  const pass = (bytes: Uint8Array): MaybePromise<void> => {
    if (!last || bytes.byteLength === 0) return undefined;
    const { rules: acted } = state.actions;
    const value: ModelChunk = { ...last, bytes, ...(acted.length > 0 ? { guardrails: acted } : {}) };
    return call.emit({ type: 'chunk', value });
  };
  const emit = (part: StreamPart): MaybePromise<void> => {
    if (part.type !== 'chunk' || !isModelChunk(part.value)) return call.emit(part);
    last = part.value;
    const bytes = guard.push(last.bytes);
    // Somebody outside judges the whole answer: nothing may go on before.
    if (webhooks.length === 0) return pass(bytes);
    held.push(bytes);
    return undefined;
  };
  const answer = await next(input, emit);
  held.push(guard.end());
  await pass(webhooks.length === 0 ? joinPieces(held) : await askAboutStream(rules, joinPieces(held), call));
  return answer;
}
