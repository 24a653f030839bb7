/** @module models/providers/gemini/body: bodies of the Gemini API that name their model inside, byte by byte. */
import { editMembers, mapListItems, readMember } from '../../wire/members.ts';

/**
 * The body of `batchEmbedContents` with the model in each request, or of `embedContent`, where the URL
 * names it; every other byte stays.
 *
 * @param resource such as `models/gemini-embedding-001`
 * @throws AppError INVALID_REQUEST when any name stands twice
 */
export function embedBodyOf(body: Uint8Array, resource: string): Uint8Array {
  const requests = readMember(body, 'requests');
  if (requests === undefined) return renamed(body, resource);
  return spliced(
    body,
    requests,
    mapListItems(requests, (request) => editMembers(request, { model: resource })),
  );
}

/** Whether it is a body of many. */
export function isBatch(body: Uint8Array): boolean {
  return readMember(body, 'requests') !== undefined;
}

/**
 * The body of a count. `contents` alone is counted as it is; a body that says more is what would be
 * generated from, and goes whole.
 *
 * @param resource such as `models/gemini-2.5-flash`
 * @throws AppError INVALID_REQUEST when any name stands twice
 */
export function countBodyOf(body: Uint8Array, resource: string): Uint8Array {
  const whole = readMember(body, 'generateContentRequest');
  if (whole !== undefined) return spliced(body, whole, editMembers(whole, { model: resource }));
  const rest = editMembers(body, { contents: undefined });
  if (/^\s*\{\s*\}\s*$/.test(Buffer.from(rest).toString('latin1'))) return body;
  return Buffer.concat([Buffer.from('{"generateContentRequest":'), editMembers(body, { model: resource }), Buffer.from('}')]);
}

function renamed(body: Uint8Array, resource: string): Uint8Array {
  return readMember(body, 'model') === undefined ? body : editMembers(body, { model: resource });
}

/** The bytes with a part of them, which is a view on them, replaced. */
function spliced(whole: Uint8Array, part: Uint8Array, replacement: Uint8Array): Uint8Array {
  const start = part.byteOffset - whole.byteOffset;
  return Buffer.concat([whole.subarray(0, start), replacement, whole.subarray(start + part.byteLength)]);
}
