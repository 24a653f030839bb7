/**
 * @module audit/record-text: the line of a record.
 *
 * A line is the canonical JSON (RFC 8785) of the record without `hash`, and then `,"hash":"…"}` in
 * place of its closing brace: whoever parses it, takes `hash` out and canonicalizes the rest gets
 * the hashed text. The text is built here in sorted order because sorting costs more than hashing.
 */
import { hash } from 'node:crypto';
import type { AuditEvent } from '../contracts/audit.ts';
import { rfc3339 } from '../core/clock.ts';

/** `prev` of the first record of a chain. */
export const GENESIS: string = '0'.repeat(64);
/** Bytes of `,"hash":"<64 hex>"}` at the end of every line. */
export const HASH_SUFFIX_BYTES = 75;
/** UTF-16 code units a field may have; longer ones end in `…`. Clients choose names: they must not choose the size of the log. */
export const MAX_FIELD_LENGTH = 1024;

/** Place of a record in its chain. */
export interface RecordLink {
  readonly writer: string;
  readonly seq: number;
  /** Hash of the record before. */
  readonly prev: string;
}

/** A record ready to be written. */
export interface RecordText {
  /** With the newline. */
  readonly line: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

const cut = (text: string): string => (text.length > MAX_FIELD_LENGTH ? `${text.slice(0, MAX_FIELD_LENGTH - 1)}…` : text);
const quote = (text: string): string => JSON.stringify(cut(text));

/**
 * The line of an event.
 *
 * @param inputHmac HMAC of the event's input, if it has one; the input itself is never looked at here
 * @throws RangeError when `at` is not a time
 */
export function encodeEvent(event: AuditEvent, inputHmac: string | undefined, link: RecordLink): RecordText {
  let text = '';
  if (event.callId !== undefined) text += `,"callId":${quote(event.callId)}`;
  if (event.client !== undefined) text += `,"client":${quote(event.client)}`;
  if (event.correlationId !== undefined) text += `,"correlationId":${quote(event.correlationId)}`;
  if (event.decision !== undefined) text += `,"decision":${quote(event.decision)}`;
  if (event.detail !== undefined) text += `,"detail":${encodeDetail(event.detail)}`;
  if (event.door !== undefined) text += `,"door":${quote(event.door)}`;
  if (event.durationMs !== undefined) text += encodeDuration(event.durationMs);
  text += `,"event":${quote(event.event)}`;
  if (inputHmac !== undefined) text += `,"inputHmac":"${inputHmac}"`;
  if (event.method !== undefined) text += `,"method":${quote(event.method)}`;
  if (event.outcome !== undefined) text += `,"outcome":${quote(event.outcome)}`;
  if (event.parentId !== undefined) text += `,"parentId":${quote(event.parentId)}`;
  text += `,"phase":${quote(event.phase)},"prev":"${link.prev}"`;
  if (event.principal !== undefined) text += `,"principal":${quote(event.principal)}`;
  if (event.rule !== undefined) text += `,"rule":${quote(event.rule)}`;
  text += `,"seq":${link.seq}`;
  if (event.source !== undefined) text += `,"source":${quote(event.source)}`;
  if (event.target !== undefined) text += `,"target":${quote(event.target)}`;
  text += `,"time":"${rfc3339(event.at)}"`;
  if (event.traceparent !== undefined) text += `,"traceparent":${quote(event.traceparent)}`;
  return close(`{${text.slice(1)},"writer":"${link.writer}"`);
}

/** The line of a checkpoint, which is a record of the chain like any other. `checkpoint` is canonical JSON. */
export function encodeCheckpoint(checkpoint: string, at: number, link: RecordLink): RecordText {
  return close(
    `{"checkpoint":${checkpoint},"event":"checkpoint","phase":"notice","prev":"${link.prev}","seq":${link.seq},"time":"${rfc3339(at)}","writer":"${link.writer}"`,
  );
}

/** The hash that a line written by `close` carries. */
export function hashOfLine(line: string): string {
  return line.slice(-67, -3);
}

function close(text: string): RecordText {
  const digest = hash('sha256', `${text}}`);
  return { line: `${text},"hash":"${digest}"}\n`, hash: digest };
}

/** To the microsecond; nothing for what is no duration. */
function encodeDuration(durationMs: number): string {
  const rounded = Math.round(durationMs * 1000) / 1000;
  return Number.isFinite(rounded) ? `,"durationMs":${rounded}` : '';
}

/** Values that the type does not allow become null: a fact in the wrong shape must not stop the record. */
function encodeDetail(detail: NonNullable<AuditEvent['detail']>): string {
  const facts = Object.keys(detail).some((key) => !PLAIN_KEY.test(key)) ? withPlainKeys(detail) : detail;
  let text = '';
  for (const key of Object.keys(facts).sort()) {
    const value = facts[key];
    if (value === undefined) continue;
    const plain = typeof value === 'string' ? cut(value) : typeof value === 'number' || typeof value === 'boolean' ? value : null;
    text += `${text === '' ? '' : ','}"${key}":${JSON.stringify(plain)}`;
  }
  return `{${text}}`;
}

/**
 * Names that JSON writes without an escape. V8 13.6 reads some others back wrong: after
 * `{"a":0,"\\":1}` it takes the second name of `{"a":0,"\n":1}` for a backslash, and the record would
 * seem not to be canonical.
 */
const PLAIN_KEY = /^[\w .:/-]{1,64}$/;

function withPlainKeys(detail: NonNullable<AuditEvent['detail']>): NonNullable<AuditEvent['detail']> {
  return Object.fromEntries(Object.entries(detail).map(([key, value]) => [key.replaceAll(/[^\w .:/-]/g, '?').slice(0, 64), value]));
}
