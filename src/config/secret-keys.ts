/** @module config/secret-keys: which values nobody should see. */
import { isSecretName, REDACTED } from '../core/secret-text.ts';
import { splitPointer } from './pointer.ts';

/** Sections whose every member may be a secret: environment and headers handed to others. */
const SECRET_SECTION = /^(?:env|headers|credentials|secrets)$/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/i;

/** What stands in place of a secret. */
export const MASK: string = REDACTED;

/** Whether the names on the way to a value say that it is a secret. */
export function isSecretPointer(pointer: string): boolean {
  const steps = splitPointer(pointer);
  return steps.some((step, index) => isSecretName(step) || (index < steps.length - 1 && SECRET_SECTION.test(step)));
}

/** The text with the password of a URL masked. */
export function maskUrlPassword(text: string): string {
  return text.replace(URL_PASSWORD, `$1:${MASK}@`);
}
