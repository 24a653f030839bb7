/** @module models/dialects/request-members: reads the members of a request that is to be converted. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { LossReport } from './conversation.ts';

/** For what changes the meaning of a request and has no counterpart. @param member as the client wrote it */
export function conversionRefused(member: string, reason: string): AppError {
  return new AppError('CONVERSION_REFUSED', { message: `${member}: ${reason}`, data: { member } });
}

/** For what no dialect allows. */
export function badMember(member: string, expected: string): AppError {
  return new AppError('INVALID_REQUEST', { message: `${member} is not ${expected}.`, fix: `Set ${member} to ${expected}.` });
}

/** The path of a member; an empty one is the body itself. */
export function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Whether the member says something: null and absence say nothing. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** @throws AppError INVALID_REQUEST */
export function textMember(owner: JsonObject, name: string, path: string): string {
  const value = owner[name];
  if (typeof value !== 'string') throw badMember(at(path, name), 'a text');
  return value;
}

/** Null when the member says nothing. @throws AppError INVALID_REQUEST */
export function optionalText(owner: JsonObject, name: string, path: string): string | null {
  return isSet(owner[name]) ? textMember(owner, name, path) : null;
}

/** Null when the member says nothing. @throws AppError INVALID_REQUEST */
export function optionalNumber(owner: JsonObject, name: string, path: string): number | null {
  const value = owner[name];
  if (!isSet(value)) return null;
  if (typeof value !== 'number') throw badMember(at(path, name), 'a number');
  return value;
}

/** Null when the member says nothing. @throws AppError INVALID_REQUEST */
export function optionalFlag(owner: JsonObject, name: string, path: string): boolean | null {
  const value = owner[name];
  if (!isSet(value)) return null;
  if (typeof value !== 'boolean') throw badMember(at(path, name), 'true or false');
  return value;
}

/** An empty one when the member says nothing. @throws AppError INVALID_REQUEST */
export function objectMember(owner: JsonObject, name: string, path: string): JsonObject {
  const value = owner[name];
  if (!isSet(value)) return {};
  return requireObject(value, at(path, name));
}

/** None when the member says nothing. @throws AppError INVALID_REQUEST */
export function objectList(owner: JsonObject, name: string, path: string): readonly JsonObject[] {
  const value = owner[name];
  if (!isSet(value)) return [];
  if (!Array.isArray(value)) throw badMember(at(path, name), 'a list');
  return value.map((item: unknown, index) => requireObject(item, `${at(path, name)}[${index}]`));
}

/** None when the member says nothing. @throws AppError INVALID_REQUEST */
export function textList(owner: JsonObject, name: string, path: string): readonly string[] {
  const value = owner[name];
  if (!isSet(value)) return [];
  if (!Array.isArray(value)) throw badMember(at(path, name), 'a list');
  return value.map((item: unknown, index) => {
    if (typeof item !== 'string') throw badMember(`${at(path, name)}[${index}]`, 'a text');
    return item;
  });
}

/** @throws AppError INVALID_REQUEST */
export function requireObject(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw badMember(path, 'an object');
  return value;
}

/** Reports the members that nobody reads and that say something. */
export function noteUnread(owner: JsonObject, read: ReadonlySet<string>, path: string, loss: LossReport): void {
  for (const [name, value] of Object.entries(owner)) if (!read.has(name) && isSet(value)) loss.note(at(path, name));
}

/** Bytes in a data URL; undefined for any other URL. @see RFC 2397 */
export function dataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const match = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*;base64,/.exec(url);
  return match?.[1] === undefined ? undefined : { mediaType: match[1], data: url.slice(match[0].length) };
}
