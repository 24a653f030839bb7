/** @module models/dialects/reading: what codecs need to read a request without losing anything in silence. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { LossReport } from './conversation.ts';

/**
 * Something that changes the meaning and has no counterpart. The conversion adds both dialects.
 *
 * @param pointer JSON pointer in the client's body; an encoder, which does not see that body, names a
 *   member of the typed form instead (`topK`, `turns.image`)
 */
export function refused(pointer: string, reason: string): AppError {
  return new AppError('CONVERSION_REFUSED', { message: reason, data: { pointer } });
}

/** Something that is not what the client's dialect says it is. */
export function malformed(pointer: string, expected: string): AppError {
  return new AppError('INVALID_REQUEST', { message: `${pointer} is not ${expected}.`, fix: `Send ${expected}.`, data: { pointer } });
}

/** Notes each member that says something. For what remains of an object when all that is carried is taken out. */
export function noteRest(rest: JsonObject, loss: LossReport, prefix = ''): void {
  for (const [name, value] of Object.entries(rest)) if (value !== undefined && value !== null) loss.note(`${prefix}${name}`);
}

/** Notes each member that says something and is not among those that are read. */
export function noteExcept(owner: JsonObject, read: ReadonlySet<string>, loss: LossReport, prefix = ''): void {
  noteRest(Object.fromEntries(Object.entries(owner).filter(([name]) => !read.has(name))), loss, prefix);
}

/** Whether a member says something: null and absence say nothing. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** An empty one when absent. @throws AppError INVALID_REQUEST */
export function objectOr(value: unknown, pointer: string): JsonObject {
  return isSet(value) ? objectAt(value, pointer) : {};
}

/** @throws AppError INVALID_REQUEST */
export function objectAt(value: unknown, pointer: string): JsonObject {
  if (!isObject(value)) throw malformed(pointer, 'an object');
  return value;
}

/** An absent list has no members. @throws AppError INVALID_REQUEST */
export function listAt(value: unknown, pointer: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(pointer, 'a list');
  return value;
}

/** @throws AppError INVALID_REQUEST */
export function textAt(value: unknown, pointer: string): string {
  if (typeof value !== 'string') throw malformed(pointer, 'a text');
  return value;
}

/** Null when absent. @throws AppError INVALID_REQUEST */
export function optionalText(value: unknown, pointer: string): string | null {
  return value === undefined || value === null ? null : textAt(value, pointer);
}

/** Null when absent. A number that a double cannot hold becomes the nearest. @throws AppError INVALID_REQUEST */
export function optionalNumber(value: unknown, pointer: string): number | null {
  if (value === undefined || value === null) return null;
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (typeof value !== 'number') throw malformed(pointer, 'a number');
  return value;
}

/** Null when absent. @throws AppError INVALID_REQUEST */
export function optionalFlag(value: unknown, pointer: string): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') throw malformed(pointer, 'true or false');
  return value;
}

/** A text, or a list of texts. @throws AppError INVALID_REQUEST */
export function textsAt(value: unknown, pointer: string): readonly string[] {
  return typeof value === 'string' ? [value] : listAt(value, pointer).map((item, index) => textAt(item, `${pointer}/${index}`));
}

/** Whether the value is a number that a double cannot hold, as exact-json.ts keeps it. */
export function isRawNumber(value: unknown): value is { readonly rawJSON: string } {
  return JSON.isRawJSON(value);
}

/** A short word for a value of any kind, to stand in a message. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 60) : value === null ? 'null' : typeof value;
}
