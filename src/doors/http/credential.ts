/** @module doors/http/credential: what an HTTP request brings in proof of identity. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credential } from '../../contracts/principal.ts';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;
const NONE: Credential = Object.freeze({ kind: 'none' });

/**
 * The bearer token of the Authorization header; `none` without one. Another scheme, or a malformed
 * header, is a bearer with an empty token: a credential that fails, not one that is missing.
 */
export function readCredential({ authorization }: IncomingHttpHeaders): Credential {
  if (authorization === undefined) return NONE;
  return { kind: 'bearer', token: BEARER.exec(authorization)?.[1] ?? '' };
}
