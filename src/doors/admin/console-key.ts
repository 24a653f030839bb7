/**
 * @module doors/admin/console-key: what a browser needs besides the cookie of its session to act with it. Browsers send a cookie
 * to every port of a host, so to the services of others there too; the key lies in the storage of our origin, which is host and port.
 */
import { AppError } from '../../core/errors.ts';
import type { Sealer } from '../../contracts/http.ts';

/** A session may be older: then a new link is needed. */
const VALID_SECONDS = 7 * 86_400;
const MARK = 'act';

const bindingOf = (cookie: string): string => `console ${cookie}`;

/** The key of the session behind the cookie, in characters that may stand in an address. */
export function consoleKeyOf(sealer: Sealer, cookie: string): string {
  return sealer.seal(MARK, VALID_SECONDS, bindingOf(cookie));
}

/** Whether it is the key of the session behind the cookie, and not too old. @throws AppError HOME_INSECURE, STORAGE_* */
export function isConsoleKey(sealer: Sealer, cookie: string, key: string): boolean {
  try {
    return sealer.open(key, bindingOf(cookie)) === MARK;
  } catch (error) {
    if (AppError.is(error) && error.code === 'STATE_INVALID') return false;
    throw error;
  }
}

/** Puts the key of the address (`#key=…`) away, and into every form with a field `key` that is sent. */
export const KEY_SCRIPT: string = `
'use strict';
const key = /^#key=([\\w-]+)$/.exec(location.hash);
if (key) {
  history.replaceState(null, '', location.pathname);
  try { localStorage.setItem('key', key[1]); } catch { /* Site data is not allowed: the answer to a form says so. */ }
}
document.addEventListener('submit', ({ target }) => {
  if (!target.elements.key) return;
  try { target.elements.key.value = localStorage.getItem('key') ?? ''; } catch { /* As above. */ }
});
`;
