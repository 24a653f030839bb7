/** @module upstreams/connection/http/notices: hears what belongs to no request: over GET in the legacy era, by subscriptions/listen in the modern one. */
import type { UpstreamFacts } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import { changesOf } from '../changes.ts';
import type { Conversation } from '../conversation.ts';
import { pause } from '../pause.ts';
import type { HttpWire } from './http-wire.ts';
import { readEvents, type StreamState } from './server-events.ts';

const FIRST_DELAY_MS = 1000;
/** A server that wants to be asked again sooner, and ends each stream at once, would take the processor. */
const MIN_RETRY_MS = 500;
const MAX_DELAY_MS = 60_000;
const MAX_EVENT_BYTES = 4 * 1_048_576;

/** Runs until the connection is closed, or until the server says that it has no such stream. Never rejects. */
export async function hearNotices({ era, capabilities }: UpstreamFacts, conversation: Conversation, wire: HttpWire): Promise<void> {
  const wanted = changesOf(capabilities);
  // A legacy server may put its questions on this stream, and updates of resources that are watched, whatever it says about lists.
  if (era === 'modern' && Object.keys(wanted).length === 0) return;
  const state: StreamState = { lastEventId: undefined, retryMs: undefined };
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    const startedAt = performance.now();
    try {
      const isServed = era === 'modern' ? await subscribe(conversation, wire, wanted) : await listen(conversation, wire, state);
      if (!isServed) return;
    } catch {
      // Broken or refused for now: tried again.
    }
    if (wire.life.reason || conversation.ended) return;
    if (performance.now() - startedAt > MAX_DELAY_MS) delayMs = FIRST_DELAY_MS;
    try {
      await pause(state.retryMs === undefined ? delayMs * (0.5 + Math.random() / 2) : Math.max(state.retryMs, MIN_RETRY_MS), wire.life);
    } catch {
      return;
    }
  }
}

/** True when the stream was there and has ended. */
async function listen(conversation: Conversation, wire: HttpWire, state: StreamState): Promise<boolean> {
  const { status, headers, body } = await wire.listen(wire.life, state.lastEventId);
  const isStream = status === 200 && (headers['content-type'] ?? '').startsWith('text/event-stream');
  if (!isStream) {
    await body[Symbol.asyncIterator]().return?.();
    return status >= 500 || status === 429;
  }
  await readEvents(body, MAX_EVENT_BYTES, state, ({ data }) => {
    try {
      if (data !== '') conversation.receive(JSON.parse(data));
    } catch {
      conversation.strays += 1;
    }
  });
  return true;
}

/** Waits for the end of the subscription. @see MCP 2026-07-28, basic/patterns/subscriptions */
async function subscribe(conversation: Conversation, wire: HttpWire, notifications: JsonObject): Promise<boolean> {
  try {
    await conversation.once('subscriptions/listen', { notifications }, wire.life);
    return true;
  } catch (failure) {
    if (AppError.is(failure) && failure.code === 'UPSTREAM_ERROR') return false;
    throw failure;
  }
}
