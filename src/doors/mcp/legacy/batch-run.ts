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
/** Far below the longest text that V8 can make, whatever the configuration says of answers. */
const MAX_CHARS = 256 * 1024 * 1024;

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

/**
 * The answers as one JSON array, in the order of the requests; undefined when there is nothing to answer. Together they are no larger
 * than one answer may be: what comes when there is no room left is answered RESPONSE_TOO_LARGE. Never rejects.
 */
export async function runBatch(context: BatchContext, batch: readonly unknown[]): Promise<string | undefined> {
  const { core, trace } = context;
  let left = Math.min(MAX_CHARS, core.options.maxResponseBytes);
  const bounded = (value: unknown, text: string | undefined): string | undefined => {
    if (text === undefined || text.length <= left) {
      left -= text?.length ?? 0;
      return text;
    }
    const error = new AppError('RESPONSE_TOO_LARGE', { message: 'The answers of the batch are larger together than one answer may be.' });
    return errorText(error, { id: echoableId(value), correlationId: trace.correlationId, isModern: false });
  };
  const answers = await Promise.all(batch.map(async (value) => bounded(value, await runOne(context, value))));
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
