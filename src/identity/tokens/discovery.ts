/** @module identity/tokens/discovery: where an issuer says that its keys are. */
import { isObject } from '../../core/json.ts';

/** Fetches a JSON document from an address of the configuration, or of an issuer's metadata. Rejects when there is none. */
export type FetchJson = (url: string) => Promise<unknown>;

/**
 * Addresses at which the metadata of an issuer may be.
 *
 * @see OpenID Connect Discovery 1.0 section 4, RFC 8414 sections 3 and 5
 */
export function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const appended = `${origin}${path}/.well-known/openid-configuration`;
  return [...new Set([appended, `${origin}/.well-known/oauth-authorization-server${path}`, `${origin}/.well-known/openid-configuration${path}`])];
}

/**
 * The address of the issuer's keys as its metadata names it. The metadata must be the issuer's own
 * (its `issuer` is compared), and the address must be as safe as the issuer's: https, unless the
 * issuer itself is on this machine over http.
 *
 * @throws Error when no metadata can be had or used
 */
export async function discoverKeysUrl(issuer: string, fetchJson: FetchJson): Promise<string> {
  const problems: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return keysUrlOf(await fetchJson(url), issuer);
    } catch (problem) {
      problems.push(problem);
    }
  }
  throw new AggregateError(problems, 'no usable metadata of the issuer');
}

function keysUrlOf(metadata: unknown, issuer: string): string {
  if (!isObject(metadata) || metadata['issuer'] !== issuer) throw new TypeError('metadata of another issuer');
  const address = metadata['jwks_uri'];
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (!url) throw new TypeError('metadata without jwks_uri');
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && issuer.startsWith('http:') && url.hostname === new URL(issuer).hostname);
  if (!isSafe || url.username !== '' || url.password !== '') throw new TypeError('jwks_uri that is not https');
  return url.href;
}
