/** @module doors/http/body: request bodies with a limit. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.ts';

const JSON_MEDIA = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * The whole body. A declared or received length above the limit is refused at once; the rest is then
 * read and thrown away, so that the client gets to see the answer.
 *
 * @throws AppError BODY_TOO_LARGE; UNSUPPORTED_MEDIA_TYPE for a compressed body; CANCELLED when the client leaves
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { 'content-length': declared, 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding.toLowerCase() !== 'identity')
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', { message: 'Compressed bodies are not read.', fix: 'Send the body without Content-Encoding.' });
  if (Number(declared ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    };
    request.on('data', onData);
    let isWhole = false;
    request.once('end', () => {
      isWhole = true;
      resolve(Buffer.concat(chunks));
    });
    // An error costs a stack: it is made only for those who left.
    request.once('close', () => (isWhole ? undefined : reject(new AppError('CANCELLED'))));
    request.once('error', (cause) => reject(new AppError('CANCELLED', { cause })));
  });
}

/** @throws AppError UNSUPPORTED_MEDIA_TYPE unless the body is declared as JSON */
export function assertJson(request: IncomingMessage): void {
  if (!JSON_MEDIA.test(request.headers['content-type'] ?? '')) throw new AppError('UNSUPPORTED_MEDIA_TYPE');
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('BODY_TOO_LARGE', { message: `The body is larger than ${maxBytes} bytes.`, fix: 'Send less.' });
}
