/** @module models/guardrails/event-text: puts other data into an event, the rest of its bytes kept. */

const NEWLINE = 0x0a;
const FIELD = Buffer.from('data:');

/**
 * @param raw the event as it was sent
 * @param data what its `data` lines say together
 * @param changed what they shall say
 */
export function rewriteEvent(raw: Buffer, data: Uint8Array, changed: Uint8Array): Uint8Array {
  const at = data.includes(NEWLINE) ? -1 : placeOf(raw, data);
  if (at >= 0) return Buffer.concat([raw.subarray(0, at), changed, raw.subarray(at + data.byteLength)]);
  // Several data lines: they are written anew, at the place of the first.
  const lines = raw.toString('utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith('data:'));
  const rest = lines.filter((line, index) => index > first && !line.startsWith('data:'));
  const written = Buffer.from(changed)
    .toString('utf8')
    .split('\n')
    .map((line) => `data: ${line}`);
  return Buffer.from([...lines.slice(0, first), ...written, ...rest].join('\n'));
}

/** Where the one line of data says it: a comment before it may say the same. */
function placeOf(raw: Buffer, data: Uint8Array): number {
  for (let line = 0; line >= 0 && line < raw.length; line = raw.indexOf(NEWLINE, line) + 1 || -1) {
    if (raw.indexOf(FIELD, line) === line) return raw.indexOf(data, line + FIELD.length);
  }
  return -1;
}
