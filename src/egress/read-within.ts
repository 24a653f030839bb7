/** @module egress/read-within: a body, read within limits of time and size. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';

/** The limits, and what a broken connection becomes. */
interface ReadLimits {
  readonly idleMs: number;
  readonly maxBytes: number;
  readonly scope: Scope;
  readonly toFailure: (cause: unknown) => AppError;
}

/**
 * The pieces of the body. Nothing is read ahead beyond the stream's own buffer, so a slow reader slows
 * the sender down; its time is not counted as idle.
 */
export async function* readWithin(response: IncomingMessage, { idleMs, maxBytes, scope, toFailure }: ReadLimits): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces: AsyncIterator<unknown> = response[Symbol.asyncIterator]();
  const onIdle = (): void => void response.destroy(new AppError('PROVIDER_SILENT', { message: `Nothing came for ${idleMs} ms.` }));
  let size = 0;
  try {
    for (;;) {
      const timer = setTimeout(onIdle, idleMs);
      const next = await pieces.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      if (!(next.value instanceof Uint8Array)) throw new TypeError('a body that is not bytes');
      size += next.value.byteLength;
      if (size > maxBytes) throw new AppError('RESPONSE_TOO_LARGE', { message: `The answer has more than ${maxBytes} bytes.` });
      yield next.value;
    }
  } catch (cause) {
    throw scope.reason ?? toFailure(cause);
  } finally {
    if (!response.readableEnded) response.destroy();
  }
}
