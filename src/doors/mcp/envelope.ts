/** @module doors/mcp/envelope: the `_meta` that makes a request of the modern era complete in itself. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { NO_LOGS, rankOf } from './log-levels.ts';
import { isModernVersion, META, MODERN_REVISIONS, type Revision, revisionIn } from './revisions.ts';

/** How a client names itself. Untrusted text, cut to 128 characters. */
export interface ClientInfo {
  readonly name: string | null;
  readonly version: string | null;
}

/** What one modern request says about its sender. */
export interface Envelope {
  /** As claimed; whether it is served is the next question. */
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly clientInfo: ClientInfo;
  /** Rank of the lowest log level wanted; NO_LOGS without one. */
  readonly logRank: number;
}

const NAME_MAX = 128;

/** Whether the params claim the modern era, well-formed or not. */
export function hasEnvelope(params: JsonObject | undefined): boolean {
  const meta = params?.['_meta'];
  return isObject(meta) && Object.hasOwn(meta, META.version);
}

/** The version that params with an envelope claim. @throws AppError ENVELOPE_INVALID when it is no text */
export function claimedVersion(params: JsonObject | undefined): string {
  const meta = params?.['_meta'];
  const version = isObject(meta) ? meta[META.version] : undefined;
  if (typeof version === 'string') return version;
  throw malformed(META.version, 'a string');
}

/** Whether the params carry a complete envelope that names a version of the modern era, served or not. */
export function isCompleteModern(params: JsonObject | undefined): boolean {
  try {
    return isModernVersion(readEnvelope(params).version);
  } catch {
    return false;
  }
}

/**
 * Reads the envelope of a request. Whether its version is served is not checked: see servedRevision.
 *
 * @throws AppError ENVELOPE_INVALID with data {missing} or {key}
 */
export function readEnvelope(params: JsonObject | undefined): Envelope {
  const meta = params?.['_meta'];
  if (meta === undefined) throw missingMembers(['_meta']);
  if (!isObject(meta)) throw new AppError('ENVELOPE_INVALID', { message: 'Invalid params: _meta must be an object.', data: { key: '_meta' } });
  const version = meta[META.version];
  const capabilities = meta[META.capabilities];
  if (version === undefined || capabilities === undefined) {
    throw missingMembers([META.version, META.capabilities].filter((key) => meta[key] === undefined));
  }
  if (typeof version !== 'string') throw malformed(META.version, 'a string');
  if (!isObject(capabilities)) throw malformed(META.capabilities, 'an object');
  const info = meta[META.clientInfo];
  if (info !== undefined && !isImplementation(info)) throw malformed(META.clientInfo, 'an object with name and version');
  const level = meta[META.logLevel];
  const logRank = level === undefined ? NO_LOGS : rankOf(level);
  if (logRank === undefined) throw malformed(META.logLevel, 'a log level');
  return { version, capabilities, clientInfo: readClientInfo(info), logRank };
}

/** Name and version of an Implementation object; null for whatever is not text. */
export function readClientInfo(info: unknown): ClientInfo {
  const { name, version } = isObject(info) ? info : ({} as JsonObject);
  return { name: shortText(name), version: shortText(version) };
}

/** @throws AppError UNSUPPORTED_VERSION with data {supported, requested} */
export function servedRevision(version: string): Revision {
  const revision = revisionIn(MODERN_REVISIONS, version);
  if (revision !== undefined) return revision;
  throw new AppError('UNSUPPORTED_VERSION', {
    message: 'Unsupported protocol version',
    data: { supported: MODERN_REVISIONS, requested: version.slice(0, NAME_MAX) },
  });
}

function missingMembers(missing: readonly string[]): AppError {
  return new AppError('ENVELOPE_INVALID', { message: `Invalid params: the request lacks ${missing.join(', ')}.`, data: { missing } });
}

function isImplementation(info: unknown): boolean {
  return isObject(info) && typeof info['name'] === 'string' && typeof info['version'] === 'string';
}

function malformed(key: string, expected: string): AppError {
  return new AppError('ENVELOPE_INVALID', { message: `Invalid params: _meta["${key}"] must be ${expected}.`, data: { key } });
}

function shortText(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, NAME_MAX) : null;
}
