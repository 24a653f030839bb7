/**
 * @module doors/mcp/legacy/batch-run: several messages at once, which only revision 2025-03-26 has.
 * What a batch asks is answered together: nothing streams and nobody is asked.
 *
 * @see MCP 2025-03-26, basic, "Batching"
 */
import { AppError, toAppError } from '../../../core/errors.ts';
import { isObject } from '../../../core/json.ts';
import type { Scope } from '../../../core/scope.ts';
import type { McpCore } from '../core.ts';
import { dispatch } from '../dispatch.ts';
import { hasEnvelope } from '../envelope.ts';
import { errorText } from '../errors.ts';
import { echoableId, isRequest, readMessage, type RpcMessage } from '../message.ts';
import type { Outlet, Peer } from '../peer.ts';
import { BATCH_REVISION, type Revision } from '../revisions.ts';
import type { FullTrace } from '../trace.ts';

const MAX_MESSAGES = 100;

/** What the messages of one batch share. */
export interface BatchContext {
  readonly core: McpCore;
  readonly peer: Peer;
  readonly trace: FullTrace;
  /** Nothing is sent ahead of the answers; cancelled when nobody waits for them. */
  readonly scope: Scope;
  /** Gets what wants no answer. */
  readonly take: (message: RpcMessage) => void;
}

/** @throws AppError INVALID_REQUEST when these messages cannot come as a batch, or not from this client */
export function checkBatch(batch: readonly unknown[], revision: Revision): void {
  if (revision !== BATCH_REVISION) throw new AppError('INVALID_REQUEST', { message: `Revision ${revision} has no batches.` });
  if (batch.length === 0 || batch.length > MAX_MESSAGES) throw new AppError('INVALID_REQUEST', { message: `A batch holds 1 to ${MAX_MESSAGES} messages.` });
  if (batch.some(isForeign)) throw new AppError('INVALID_REQUEST', { message: 'A batch holds neither a handshake nor requests of later revisions.' });
}

/** The answers as one JSON array, in the order of the requests; undefined when there is nothing to answer. Never rejects. */
export async function runBatch(context: BatchContext, batch: readonly unknown[]): Promise<string | undefined> {
  const answers = await Promise.all(batch.map((value) => runOne(context, value)));
  const texts = answers.filter((text) => text !== undefined);
  return texts.length > 0 ? `[${texts.join(',')}]` : undefined;
}

async function runOne({ core, peer, trace, scope, take }: BatchContext, value: unknown): Promise<string | undefined> {
  try {
    const message = readMessage(value);
    if (!isRequest(message)) {
      take(message);
      return undefined;
    }
    const outlet: Outlet = { scope, canStream: false, send: () => undefined };
    return (await dispatch({ core, id: message.id, peer, trace, outlet }, message))?.text;
  } catch (failure) {
    return errorText(toAppError(failure), { id: echoableId(value), correlationId: trace.correlationId, isModern: false });
  }
}

function isForeign(message: unknown): boolean {
  if (!isObject(message)) return false;
  const { method, params } = message;
  return method === 'initialize' || (isObject(params) && hasEnvelope(params));
}
