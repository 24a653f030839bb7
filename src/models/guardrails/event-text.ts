/** @module models/guardrails/event-text: puts other data into an event, the rest of its bytes kept. */

/**
 * @param raw the event as it was sent
 * @param data what its `data` lines say together
 * @param changed what they shall say
 */
export function rewriteEvent(raw: Buffer, data: Uint8Array, changed: Uint8Array): Uint8Array {
  const at = raw.indexOf(data);
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
