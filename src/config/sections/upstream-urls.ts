/** @module config/sections/upstream-urls: addresses of servers. */
import * as v from 'valibot';

const ANY = 'a URL such as https://mcp.example.org/mcp (http or https, no user)';
const SECURE = 'an https URL (http for this machine alone), without a user';

/** Of a server that the operator names. */
export const url = v.pipe(v.string(ANY), v.check(isUrl, ANY));

/** Of a server that is sent credentials. */
export const secureUrl = v.pipe(v.string(SECURE), v.check(isSecureUrl, SECURE));

function isUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

function isSecureUrl(value: string): boolean {
  return isUrl(value) && (value.startsWith('https:') || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(value).hostname));
}
