/**
 * @module models/dialects/anthropic-messages/event-order: whether the events of a message come in an
 * order that a message can have. Blocks are numbered, so a lost, repeated or swapped beginning or end of
 * one shows; a repeated or swapped delta of one block does not.
 *
 * @see https://docs.anthropic.com/en/docs/build-with-claude/streaming
 */
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { wordOf } from '../reading.ts';

/** The order of one stream. */
export interface EventOrder {
  /** Takes the next event; types it does not know, pings and errors may come at any point. @throws AppError PROVIDER_FAILED */
  check(event: JsonObject): void;
}

/** Before the first event. */
export function createEventOrder(): EventOrder {
  let place: 'before' | 'within' | 'after' = 'before';
  let started = 0;
  const open = new Set<unknown>();

  const isInOrder = (event: JsonObject): boolean => {
    const { type, index } = event;
    switch (type) {
      case 'message_start':
        return place === 'before';
      case 'content_block_start':
        return place === 'within' && index === started;
      case 'content_block_delta':
      case 'content_block_stop':
        return place === 'within' && open.has(index);
      case 'message_delta':
        return place === 'within';
      case 'message_stop':
        return place === 'within' && open.size === 0;
      default:
        return true;
    }
  };

  return {
    check(event) {
      const { type, index } = event;
      if (!isInOrder(event)) throw new AppError('PROVIDER_FAILED', { message: `The events of the stream are out of order at ${wordOf(type)}.` });
      if (type === 'message_start') place = 'within';
      if (type === 'message_stop') place = 'after';
      if (type === 'content_block_stop') open.delete(index);
      if (type !== 'content_block_start') return;
      open.add(index);
      started += 1;
    },
  };
}
