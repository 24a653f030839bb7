/**
 * @module models/providers/embed-fan-out: one request for embeddings as several of a vendor's. All or nothing: the first
 * that fails ends the others.
 */
import type { ModelProvider, ProviderRequest, ProviderResponse } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import { readUpTo } from '../../core/read-bytes.ts';
import { Scope } from '../../core/scope.ts';

/** As many as OpenAI takes in one request: one of ours can be that many of the vendor's. */
const MAX_TEXTS = 2048;
/** Requests of one call that are under way together. */
const AT_ONCE = 4;
/** Bytes of a failure that are kept: enough to know what it is. */
const MAX_FAILURE_BYTES = 65_536;

/** What the vendor answered, in the order of the bodies; or the answer of the first request that failed. */
export type FanOut<Part> = { readonly parts: readonly Part[] } | { readonly failure: ProviderResponse };

/** @throws AppError INVALID_REQUEST for more texts than one call may fan out to */
export function assertTextCount({ length }: readonly string[]): void {
  if (length <= MAX_TEXTS) return;
  throw new AppError('INVALID_REQUEST', { message: `/input has more than ${MAX_TEXTS} texts.`, fix: 'Send fewer texts at once.', data: { pointer: '/input' } });
}

/**
 * Sends the bodies, four at once. The limits of the request hold for all of them together.
 *
 * @param read makes the part of one whole answer; what it throws ends the others too
 * @throws AppError RESPONSE_TOO_LARGE, as `send` and as `read`
 */
export async function fanOut<Part>(
  bodies: readonly Uint8Array[],
  request: ProviderRequest,
  send: ModelProvider['send'],
  read: (bytes: Buffer, headers: ProviderResponse['headers'], index: number) => Part,
): Promise<FanOut<Part>> {
  using scope = new Scope({ parent: request.scope });
  const endAt = performance.now() + request.firstByteMs;
  const parts: Part[] = [];
  const rest = bodies.entries();
  let failed: { readonly response: ProviderResponse } | { readonly thrown: unknown } | undefined;
  let bytesLeft = request.maxBytes;
  const fail = (failure: NonNullable<typeof failed>): void => {
    failed ??= failure;
    scope.cancel();
  };
  const sendOne = async (index: number, body: Uint8Array): Promise<void> => {
    // The head of the whole answer comes after all of these: they share its time.
    const response = await send({ ...request, body, scope, firstByteMs: Math.max(1, Math.floor(endAt - performance.now())) });
    if (response.status !== 200) return fail({ response: { ...response, body: inOnePiece(await readUpTo(response.body, MAX_FAILURE_BYTES)) } });
    const bytes = await readUpTo(response.body, bytesLeft);
    bytesLeft -= bytes.byteLength;
    if (bytesLeft < 0) throw new AppError('RESPONSE_TOO_LARGE', { message: `The answer has more than ${request.maxBytes} bytes.` });
    parts[index] = read(bytes, response.headers, index);
  };
  const work = async (): Promise<void> => {
    for (const [index, body] of rest) {
      if (failed) return;
      await sendOne(index, body).catch((thrown: unknown) => fail({ thrown }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, bodies.length) }, work));
  if (!failed) return { parts };
  if ('response' in failed) return { failure: failed.response };
  throw failed.thrown;
}

/** The answer that the parts became. */
export function jsonResponse(value: unknown, notCarried: readonly string[]): ProviderResponse {
  const body = inOnePiece(Buffer.from(JSON.stringify(value)));
  return { status: 200, headers: { 'content-type': 'application/json' }, body, ...(notCarried.length > 0 ? { notCarried } : {}) };
}

/** Null as soon as one is not known: a part of a sum is none. */
export function sumOfAll(counts: readonly (number | null)[]): number | null {
  return counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
