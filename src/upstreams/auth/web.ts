/** @module upstreams/auth/web: requests to servers that have a say in signing in, within tight bounds. */
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { readUpTo } from '../../core/read-bytes.ts';
import { Scope } from '../../core/scope.ts';
import type { UpstreamPorts } from '../ports.ts';

/** An answer that was read to its end. */
export interface WebAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when the body is no JSON object. */
  readonly body: JsonObject | undefined;
}

/** The way to metadata, registration and token endpoints. Redirects are never followed. */
export interface Web {
  /** @throws AppError UPSTREAM_AUTH_UNAVAILABLE, UPSTREAM_AUTH_INVALID for an address that is out of reach, or the scope's reason */
  get(url: string, scope: Scope): Promise<WebAnswer>;
  /** As get. @param body text of the given type */
  post(url: string, headers: Readonly<Record<string, string>>, body: string, scope: Scope): Promise<WebAnswer>;
  close(): void;
}

const ANSWER_MS = 15_000;
const MAX_BYTES = 262_144;

/**
 * What the upstream and its authorization servers name is connected to within the reach of the upstream alone: see the port.
 *
 * @param trusted URLs of the configuration
 */
export function createWeb(upstreamUrl: string, trusted: readonly string[], createEgress: UpstreamPorts['createEgress']): Web {
  const egress = createEgress([upstreamUrl, ...trusted], upstreamUrl);
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    parent: Scope,
  ): Promise<WebAnswer> => {
    using scope = new Scope({ parent, timeoutMs: ANSWER_MS });
    try {
      const bounds = { firstByteMs: ANSWER_MS, idleMs: ANSWER_MS, maxBytes: MAX_BYTES };
      const bytes = body === undefined ? undefined : Buffer.from(body);
      const answer = await egress.send({ method, url, headers: { accept: 'application/json', ...headers }, body: bytes, scope, ...bounds });
      return { status: answer.status, headers: answer.headers, body: parse(await readUpTo(answer.body, MAX_BYTES)) };
    } catch (failure) {
      throw parent.reason ?? toAuthFailure(failure, url);
    }
  };
  return {
    get: (url, scope) => send('GET', url, {}, undefined, scope),
    post: (url, headers, body, scope) => send('POST', url, headers, body, scope),
    close: () => egress.close(),
  };
}

function parse(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toAuthFailure(failure: unknown, url: string): AppError {
  const error = toAppError(failure, 'UPSTREAM_AUTH_UNAVAILABLE');
  const where = URL.parse(url)?.host.slice(0, 200) ?? 'a text that is no URL';
  switch (error.code) {
    case 'EGRESS_REFUSED':
      return new AppError('UPSTREAM_AUTH_INVALID', {
        message: `Signing in leads to ${where}, which is refused: ${error.message}`,
        fix: error.fix,
        cause: error,
      });
    case 'PROVIDER_UNREACHABLE':
    case 'PROVIDER_SILENT':
    case 'DEADLINE_EXCEEDED':
      return new AppError('UPSTREAM_AUTH_UNAVAILABLE', { message: `${where} does not answer.`, cause: error });
    case 'PROVIDER_FAILED':
    case 'RESPONSE_TOO_LARGE':
      return new AppError('UPSTREAM_AUTH_INVALID', { message: `${where}: ${error.message}`, cause: error });
    default:
      return error;
  }
}
