/** @module doors/admin/cookie: the browser's side of a console session. */

const NAME = 'switchyard_session';
const VALUE = /(?:^|;\s*)switchyard_session=([\w-]{16,4000})(?:;|$)/;

/** The session's value in a Cookie header; the first of several. */
export function readSessionCookie(header: string | undefined): string | undefined {
  return header === undefined ? undefined : VALUE.exec(header)?.[1];
}

/** A Set-Cookie value that ends with the browser, is sent to no other site and read by no script. */
export function sessionCookie(value: string, isSecure: boolean): string {
  return `${NAME}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

/** A Set-Cookie value that removes it. */
export function clearingCookie(): string {
  return `${NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}
