/** @module approvals/question: what the person at a client is asked, and how the answer is read. */
import type { InputRequest } from '../contracts/ask.ts';
import type { KeptCall } from '../contracts/approvals.ts';
import { isObject } from '../core/json.ts';

/** Clients show a question in a small window; what does not fit is shown to an operator instead. */
const MAX_ARGUMENTS = 4000;

/** The form, or undefined where the arguments are too long to be shown in it. @see MCP 2026-07-28, client/elicitation */
export function questionOf({ target, rules, reason, arguments: shown }: KeptCall): InputRequest | undefined {
  if (shown.length > MAX_ARGUMENTS) return undefined;
  return {
    method: 'elicitation/create',
    params: {
      message: `${reason} (${rules.join(', ')})\n\n${target} would be called with:\n${shown}`,
      requestedSchema: {
        type: 'object',
        properties: { approve: { type: 'boolean', title: 'Approve this call', description: 'Exactly this call, as it is shown.', default: false } },
        required: ['approve'],
      },
    },
  };
}

/** Only an accepted form with `approve: true` is a yes. */
export function readAnswer(answer: unknown): boolean {
  return (
    isObject(answer) &&
    answer['action'] === 'accept' &&
    isObject(answer['content']) &&
    Object.hasOwn(answer['content'], 'approve') &&
    answer['content']['approve'] === true
  );
}
