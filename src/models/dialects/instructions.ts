/** @module models/dialects/instructions: instructions in the middle of a conversation, for vendors that take them in front only. */
import type { LossReport, Turn } from './conversation.ts';

/**
 * The turn as the user would say it, marked as what it is: it may count for less, never for more. Claude Code
 * gives such instructions. Reported, since their rank is not carried.
 */
export function asWordsOfUser({ parts }: Turn, loss: LossReport): Turn {
  loss.note('turns.system');
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  return { role: 'user', parts: [{ type: 'text', text: `<system>\n${text}\n</system>` }] };
}
