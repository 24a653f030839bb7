/** @module models/guardrails/webhook: asks somebody outside what to do with texts. */
import { createHash } from 'node:crypto';
import type { Egress } from '../../contracts/egress.ts';
import type { TextDirection } from '../../contracts/guardrails-config.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { Scope } from '../../core/scope.ts';
import { readWhole } from '../../core/read-bytes.ts';
import type { Detector } from './detector.ts';
import { fold } from './fold.ts';
import type { WebhookRule } from './rules.ts';
import type { ArmedDetector } from './scanner.ts';

/** What the webhook is told. */
export interface WebhookQuestion {
  readonly direction: TextDirection;
  readonly texts: readonly string[];
  readonly principalId: string;
  readonly correlationId: string;
}

/** A text and what shall stand in its place, wherever it occurs. */
export interface Replacement {
  readonly find: string;
  readonly replace: string;
}

/** What it says. */
export type WebhookAnswer =
  | { readonly action: 'allow' }
  | { readonly action: 'block' }
  | { readonly action: 'redact'; readonly replacements: readonly Replacement[] };

const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_REPLACEMENTS = 1000;

/**
 * Posts the texts, the SHA-256 of the principal's id and the correlation id.
 *
 * @throws AppError GUARDRAIL_UNAVAILABLE when it does not answer in time, or not as agreed, and the rule fails closed; the scope's reason
 */
export async function askWebhook(rule: WebhookRule, egress: Egress, question: WebhookQuestion, parent: Scope): Promise<WebhookAnswer> {
  const scope = new Scope({ parent, timeoutMs: rule.timeoutMs });
  try {
    return await post(rule, egress, question, scope);
  } catch (cause) {
    parent.throwIfCancelled();
    if (rule.onFailure === 'allow') return { action: 'allow' };
    throw new AppError('GUARDRAIL_UNAVAILABLE', {
      message: `The webhook of the guardrail ${rule.rule} did not answer as agreed.`,
      data: { guardrail: rule.rule },
      cause,
    });
  } finally {
    scope.end();
  }
}

async function post({ url, apiKey, timeoutMs }: WebhookRule, egress: Egress, question: WebhookQuestion, scope: Scope): Promise<WebhookAnswer> {
  const { direction, texts, principalId, correlationId } = question;
  const body = JSON.stringify({
    direction,
    parts: texts.map((text, index) => ({ index, text })),
    principal: createHash('sha256').update(principalId).digest('hex'),
    correlationId,
  });
  const headers = { 'content-type': 'application/json', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) };
  const response = await egress.send({
    method: 'POST',
    url,
    headers,
    body: Buffer.from(body),
    scope,
    firstByteMs: timeoutMs,
    idleMs: timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
  });
  const bytes = await readWhole(response.body);
  if (response.status !== 200) throw new AppError('INTERNAL', { message: `The webhook answered ${response.status}.` });
  return readAnswer(JSON.parse(bytes.toString('utf8')));
}

/** @throws AppError INTERNAL for anything else than what was agreed */
function readAnswer(value: unknown): WebhookAnswer {
  const { action, replacements } = isObject(value) ? value : {};
  if (action === 'allow' || action === 'block') return { action };
  if (action !== 'redact' || !Array.isArray(replacements) || replacements.length > MAX_REPLACEMENTS || !replacements.every(isReplacement))
    throw new AppError('INTERNAL', { message: 'The webhook answers something else.' });
  return { action, replacements: replacements.map(({ find, replace }) => ({ find, replace })) };
}

function isReplacement(value: unknown): value is Replacement {
  return isObject(value) && typeof value['find'] === 'string' && value['find'] !== '' && typeof value['replace'] === 'string';
}

/** Finds the texts that a webhook named; the label is what it wants there. */
export function replacementDetectors(rule: string, replacements: readonly Replacement[]): readonly ArmedDetector[] {
  return replacements.map(({ find, replace }) => ({ rule, detector: literalDetector(fold(find).text, replace) }));
}

function literalDetector(text: string, label: string): Detector {
  return {
    find(searched, from) {
      const start = text === '' ? -1 : searched.text.indexOf(text, from);
      return start < 0 ? undefined : { start, end: start + text.length, label };
    },
    openFrom: (searched, from) => Math.max(from, searched.text.length - text.length + 1),
  };
}
