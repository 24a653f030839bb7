/** @module doors/http/slow-reader: answers that their client does not take. */
import type { ServerResponse } from 'node:http';

/** Smaller ones fit into what the system keeps for a connection, or nearly. */
const LARGE_BYTES = 1024 * 1024;
/** As long as a client may read nothing at all of a large answer. Slow is no fault. */
export const STALL_MS = 60_000;

/**
 * Cuts the connection of a client that takes nothing of a large answer for that long: the answer would be held for it for as long as
 * it stays connected. Call it with the whole answer about to be written, or just written. Nothing is done for small ones.
 */
export function cutWhenStalled(response: ServerResponse, bytes: number, stallMs: number = STALL_MS): void {
  // The timeout is one of the socket, which tells a slow reader from one that reads nothing; it ends with the answer.
  if (bytes > LARGE_BYTES) response.setTimeout(stallMs, () => response.destroy());
}
