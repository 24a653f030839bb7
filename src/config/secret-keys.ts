/** @module config/secret-keys: which values nobody should see. */
import { splitPointer } from './pointer.ts';

const SECRET_NAME = /(?:key|secret|token|password|passphrase|credential|authorization|cookie)s?$|access_?key_?id$/i;
/** Words that end like a secret but name something else. */
const PLAIN_NAME = /(?:public_?keys?|max_?tokens)$/i;
/** Sections whose every member may be a secret: environment and headers handed to others. */
const SECRET_SECTION = /^(?:env|headers|credentials|secrets)$/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/i;

/** What stands in place of a secret. */
export const MASK = '[redacted]';

/** Whether the names on the way to a value say that it is a secret. */
export function isSecretPointer(pointer: string): boolean {
  const steps = splitPointer(pointer);
  return steps.some((step, index) => (SECRET_NAME.test(step) && !PLAIN_NAME.test(step)) || (index < steps.length - 1 && SECRET_SECTION.test(step)));
}

/** The text with the password of a URL masked. */
export function maskUrlPassword(text: string): string {
  return text.replace(URL_PASSWORD, `$1:${MASK}@`);
}
