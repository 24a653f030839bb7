/** @module upstreams/connection/http/http-failures: answers over HTTP: read within bounds, and what their failures mean. */
import { AppError, toAppError } from '../../../core/errors.ts';
import { systemCode } from '../../../core/private-file.ts';
import { readUpTo } from '../../../core/read-bytes.ts';

/** For `Egress.send`: the deadline of the call is the only one; a stream may be quiet for as long. */
export const PATIENT = { firstByteMs: 0x7fffffff, idleMs: 0x7fffffff } as const;

/** The whole body. @throws AppError RESPONSE_TOO_LARGE */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const bytes = await readUpTo(body, maxBytes);
  if (bytes.byteLength > maxBytes) throw new AppError('RESPONSE_TOO_LARGE', { message: `The upstream sent a message of more than ${maxBytes} bytes.` });
  return bytes.toString('utf8');
}

/** An object or a list; undefined for anything else. */
export function parseMessage(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The server answered with something that is no message. */
export function refusal(status: number): AppError {
  if (status === 401 || status === 403) {
    return new AppError('UPSTREAM_UNREACHABLE', {
      message: `The server refuses the credential of the gateway (HTTP ${status}).`,
      fix: 'Set the header that the server wants under upstreams.<name>.headers, as ${NAME}.',
    });
  }
  if (status >= 500 || status === 429) return new AppError('UPSTREAM_UNREACHABLE', { message: `The server answers with HTTP ${status}.` });
  return new AppError('UPSTREAM_INVALID', { message: `The server answers with HTTP ${status} and no message of the protocol.` });
}

/** Failures of the way out, in terms of upstreams. */
export function toUpstreamError(failure: unknown): AppError {
  const error = toAppError(failure, 'UPSTREAM_UNREACHABLE');
  switch (error.code) {
    case 'PROVIDER_UNREACHABLE':
      return new AppError('UPSTREAM_UNREACHABLE', { message: `The connection to the server failed or broke${reasonOf(error)}.`, cause: error });
    case 'PROVIDER_SILENT':
      return new AppError('UPSTREAM_SILENT', { cause: error });
    case 'PROVIDER_FAILED':
      return new AppError('UPSTREAM_INVALID', { message: error.message, cause: error });
    default:
      return error;
  }
}

/** The code of the system, of TLS or of the HTTP client, such as ENOTFOUND: it names no host. */
function reasonOf({ cause }: AppError): string {
  const code = systemCode(cause);
  return /^[A-Z0-9_]{2,64}$/.test(code) ? ` (${code})` : '';
}

/** A session belongs to whoever opened it: callers with tokens of their own must not share one. */
export const SHARED_SESSION = {
  message: 'The server keeps sessions (revisions before 2026-07-28), so callers cannot each have a token of their own there.',
  fix: 'Set upstreams.<name>.auth.subject to configured, or update the server.',
} as const;
