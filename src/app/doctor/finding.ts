/** @module app/doctor/finding: what an examination says. */
import { toAppError } from '../../core/errors.ts';

/** One thing that was looked at. */
export interface Finding {
  /** Stable, such as `port`, `home.permissions`, `call.ping`. */
  readonly id: string;
  /** `fail`: something does not work, or is not safe. `warn`: it works, and somebody should know. */
  readonly level: 'ok' | 'warn' | 'fail';
  /** One sentence for the operator: may name files of this machine. */
  readonly message: string;
  /** What to do; null where there is nothing to do. */
  readonly fix: string | null;
}

/** Nothing to do. */
export function fine(id: string, message: string): Finding {
  return { id, level: 'ok', message, fix: null };
}

/** Works, with something to know. */
export function warning(id: string, message: string, fix: string): Finding {
  return { id, level: 'warn', message, fix };
}

/** Does not work. */
export function failure(id: string, message: string, fix: string): Finding {
  return { id, level: 'fail', message, fix };
}

/** A failure with message and fix of the error. */
export function failureOf(id: string, thrown: unknown): Finding {
  const { code, message, fix } = toAppError(thrown);
  return failure(id, `${code}: ${message}`, fix);
}

/** What the check finds; a check that breaks is a finding too. */
export async function examined(id: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (thrown) {
    return [failureOf(id, thrown)];
  }
}
