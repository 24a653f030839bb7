/** @module doors/admin/event-stream: snapshots as server-sent events. */
import type { ServerResponse } from 'node:http';
import type { Answer } from '../../contracts/call.ts';
import { isSnapshot } from './snapshot.ts';
import { renderParts } from './status-page.ts';

/**
 * Sends each emitted snapshot as a `status` event (finished HTML by element id) and waits while the
 * browser does not read. A failure of the call ends as an `end` event with its code, after which the
 * page stays away; when the gateway stops or the browser leaves, the stream just closes.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamStatus(response: ServerResponse, run: (emit: (value: unknown) => Promise<void> | undefined) => Promise<Answer>): Promise<void> {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Accel-Buffering': 'no',
    'Referrer-Policy': 'no-referrer',
  });
  response.flushHeaders();
  const { terminal } = await run((value) => (isSnapshot(value) ? send(response, 'status', JSON.stringify(renderParts(value))) : undefined));
  const code = terminal.type === 'error' ? terminal.error.code : 'CANCELLED';
  if (code !== 'CANCELLED' && code !== 'SHUTTING_DOWN') await send(response, 'end', code);
  response.end();
}

/** Resolves when the connection has taken it, or is gone. */
function send(response: ServerResponse, event: string, data: string): Promise<void> | undefined {
  if (response.destroyed || response.write(`event: ${event}\ndata: ${data}\n\n`)) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
