/** @module doors/http/request-target: paths with one reading only. */

/** Segments of unreserved characters that do not begin with a dot: nothing to decode, nothing to normalize. */
const PLAIN = /^\/(?:[\w~-][\w.~-]*(?:\/|$))*$/;
/** Path characters of RFC 3986, percent signs included. */
const ALLOWED = /^\/[\w.~!$&'()*+,;=:@%/-]*$/;
const FORBIDDEN_DECODED = /[\u0000-\u001f\u007f\\]/;

/**
 * The path of a request target (query cut off), exactly as sent, when there is one way to read it.
 *
 * Undefined for absolute and asterisk form, empty segments, `.` and `..` (encoded ones too), control
 * characters, backslashes and broken escapes: a proxy in front may read those otherwise than we do.
 * Nothing is decoded or normalized, so what is compared is what was sent.
 */
export function parseRequestTarget(target: string): string | undefined {
  const queryAt = target.indexOf('?');
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  return PLAIN.test(path) || hasOneReading(path) ? path : undefined;
}

function hasOneReading(path: string): boolean {
  if (!ALLOWED.test(path)) return false;
  const decoded = decode(path);
  if (decoded === undefined || FORBIDDEN_DECODED.test(decoded)) return false;
  const segments = decoded.slice(1).split('/');
  return segments.every((segment, index) => segment !== '.' && segment !== '..' && (segment !== '' || index === segments.length - 1));
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
