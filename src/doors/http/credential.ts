/** @module doors/http/credential: what an HTTP request brings in proof of identity. */
import type { HttpExchange } from '../../contracts/http.ts';
import type { Credential } from '../../contracts/principal.ts';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;
const DPOP = /^dpop +([\x21-\x7e]+) *$/i;
const NONE: Credential = Object.freeze({ kind: 'none' });

/**
 * The token of the Authorization header (Bearer, or DPoP with its proof), else the certificate of the
 * connection, else `none`. Another scheme, or a malformed header, is a bearer with an empty token: a
 * credential that fails, not one that is missing. Nothing is read from the query.
 *
 * @param authorization in place of the request's own header
 * @see RFC 6750 section 2.1, RFC 9449 section 7.1
 */
export function readCredential(exchange: HttpExchange, authorization: string | undefined = exchange.request.headers.authorization): Credential {
  const { certificate } = exchange;
  if (authorization === undefined) return certificate ? { kind: 'certificate', certificate } : NONE;
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) return certificate ? { kind: 'bearer', token, certificate } : { kind: 'bearer', token };
  return { kind: 'bearer', token: '', ...readDpop(exchange, authorization), certificate };
}

function readDpop(
  { request, path, isSecure, authority }: HttpExchange,
  authorization: string,
): Pick<Extract<Credential, { kind: 'bearer' }>, 'token' | 'dpop'> | undefined {
  const token = DPOP.exec(authorization)?.[1];
  const { dpop: proof } = request.headers;
  if (token === undefined || typeof proof !== 'string' || authority === undefined) return undefined;
  const url = `${isSecure === true ? 'https' : 'http'}://${authority}${path}`;
  return { token, dpop: { proof, method: request.method ?? '', url } };
}
