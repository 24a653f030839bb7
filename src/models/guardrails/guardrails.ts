/** @module models/guardrails/guardrails: the rules about the text of one model call, both ways. Loaded at the first call where there are any. */
import type { CallContext, StreamPart } from '../../contracts/call.ts';
import type { Egress } from '../../contracts/egress.ts';
import type { GuardrailsConfig } from '../../contracts/guardrails-config.ts';
import { isModelChunk, WireBody, type ModelCallInput, type ModelChunk, type ModelResult } from '../../contracts/model.ts';
import type { Counter } from '../../contracts/telemetry.ts';
import { AppError } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/json.ts';
import { createEventSplitter, joinPieces } from '../wire/event-stream.ts';
import { walkTexts } from '../wire/json-strings.ts';
import type { Answering } from '../answering.ts';
import { createActions } from './actions.ts';
import { guardBody, type GuardState } from './body-guard.ts';
import { createMarkers } from './markers.ts';
import { blocked, rulesFor, type RuleSet, type WebhookRule } from './rules.ts';
import { readEvent } from './stream-events.ts';
import { createStreamGuard, type StreamGuard } from './stream-guard.ts';
import { answerTexts, requestTexts, type BodyText } from './texts.ts';
import { askWebhook, replacementDetectors, type Replacement } from './webhook.ts';

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

interface GuardedCall {
  readonly input: ModelCallInput;
  readonly context: CallContext;
  /** Where pieces of the answer go. */
  readonly emit: CallContext['emit'];
  readonly state: GuardState;
  readonly egress: Egress;
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

async function askAboutBody(rules: RuleSet, bytes: Uint8Array, textsOf: (bytes: Uint8Array) => readonly BodyText[], call: GuardedCall): Promise<Uint8Array> {
  let current = bytes;
  for (const webhook of rules.webhooks) {
    const texts = textsOf(current);
    const replacements = await ask(webhook, rules, texts.map(({ text }) => text), call);
    if (replacements.length > 0) current = guardBody(replacing(rules, webhook, replacements), current, texts, named(call.state));
  }
  return current;
}

async function askAboutStream(rules: RuleSet, bytes: Uint8Array, call: GuardedCall): Promise<Uint8Array> {
  const { dialect } = call.input;
  let current = bytes;
  for (const webhook of rules.webhooks) {
    const replacements = await ask(webhook, rules, streamTexts(dialect, current), call);
    if (replacements.length === 0) continue;
    const guard: StreamGuard = createStreamGuard(replacing(rules, webhook, replacements), dialect, named(call.state));
    current = joinPieces([guard.push(current), guard.end()]);
  }
  return current;
}

/** @throws AppError GUARDRAIL_BLOCKED*, GUARDRAIL_UNAVAILABLE */
async function ask(webhook: WebhookRule, { direction }: RuleSet, texts: readonly string[], { context, state, egress }: GuardedCall): Promise<readonly Replacement[]> {
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

/** Names of members that ask for the tokens of an answer with their probabilities. */
const OTHER_FORMS = /^(?:logprobs|top_logprobs|responseLogprobs|response_logprobs)$/;

/** Token by token, everything could be read that was taken out of the text. @throws AppError INVALID_REQUEST */
function refuseOtherForms(bytes: Uint8Array): void {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!body.includes('ogprobs') && !body.includes('\\u')) return;
  let asked: string | undefined;
  walkTexts(bytes, ({ kind, path, start, end }) => {
    const name = path.at(-1);
    const isAsked = kind === 'name' && typeof name === 'string' && path.length <= 2 && OTHER_FORMS.test(name) && !/^"\s*:\s*(?:false|null|0)\s*[,}]/.test(body.toString('utf8', end, end + 40));
    if (isAsked) asked = name;
    else if (kind === 'text' && path[0] === 'include' && body.toString('utf8', start, end).includes('logprobs')) asked = 'include';
  });
  if (asked !== undefined)
    throw new AppError('INVALID_REQUEST', { message: `The guardrails of the gateway cannot judge what ${asked} asks for.`, fix: `Leave ${asked} out.`, data: { pointer: `/${asked}` } });
}
