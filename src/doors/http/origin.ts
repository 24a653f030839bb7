/** @module doors/http/origin: which web pages may call, and what a browser is told about it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../core/errors.ts';

/** What a page may read of an answer besides its body. */
const EXPOSED = 'Mcp-Session-Id, MCP-Protocol-Version, X-Correlation-ID, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate';
const METHODS = 'GET, HEAD, POST, DELETE';
const HEADER_LIST = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const HEADER_LIST_MAX = 2048;
const PREFLIGHT_SECONDS = 600;

/** The Origin check and the CORS answers of one listener. */
export interface OriginGuard {
  /**
   * Whether the page may call: its origin is this gateway's own (as the browser sees it) or listed.
   * The opaque origin `null` never is.
   */
  permits(origin: string, authority: string, isSecure: boolean): boolean;
  /**
   * Adds the CORS headers to an answer for a listed origin, none for any other. True when the request
   * was a preflight, which is then answered.
   */
  answer(origin: string, request: IncomingMessage, response: ServerResponse): boolean;
}

/**
 * @param allowedOrigins such as `https://app.example`; empty = no CORS at all. No wildcard: whoever
 *   may call from a browser is named.
 * @throws AppError CONFIG_INVALID when one is not scheme, host and port alone
 */
export function createOriginGuard(allowedOrigins: readonly string[]): OriginGuard {
  const listed = new Set(allowedOrigins.map(parseOrigin));
  return {
    permits: (origin, authority, isSecure) => listed.has(origin) || origin === originOf(authority, isSecure),
    answer(origin, request, response) {
      if (!listed.has(origin)) return false;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.appendHeader('Vary', 'Origin');
      const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
      if (!isPreflight) {
        response.setHeader('Access-Control-Expose-Headers', EXPOSED);
        return false;
      }
      answerPreflight(request, response);
      return true;
    },
  };
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const asked = request.headers['access-control-request-headers'] ?? '';
  response.setHeader('Access-Control-Allow-Methods', METHODS);
  // Whatever well-formed header a listed page wants: Mcp-Param-* has no fixed names. No credentials
  // are allowed, so the console's cookie never travels with it.
  if (asked.length <= HEADER_LIST_MAX && HEADER_LIST.test(asked)) response.setHeader('Access-Control-Allow-Headers', asked);
  response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
  response.appendHeader('Vary', 'Access-Control-Request-Headers');
  response.writeHead(204).end();
}

/** Undefined when the authority cannot be part of a URL. */
function originOf(authority: string, isSecure: boolean): string | undefined {
  const url = `${isSecure ? 'https' : 'http'}://${authority}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function parseOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin === 'null' || origin !== text.toLowerCase() || text.includes('*')) {
    throw new AppError('CONFIG_INVALID', { message: `server.allowedOrigins: not an origin (scheme://host[:port]): ${text}` });
  }
  return origin;
}
