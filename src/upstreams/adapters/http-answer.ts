/** @module upstreams/adapters/http-answer: what an HTTP server said, as the result of a tool. */
import type { EgressResponse } from '../../contracts/egress.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { readWhole } from '../../core/read-bytes.ts';

/** Characters of an error page that are passed on. */
const MAX_ERROR_CHARACTERS = 16_384;

/**
 * Text, JSON (also as structured content where it is an object), pictures, sound, or a blob. A status of 300 and more is
 * an error of the tool: redirects are not followed.
 *
 * @throws AppError RESPONSE_TOO_LARGE of the dialer
 */
export async function resultOf(response: EgressResponse, url: string): Promise<JsonObject> {
  const bytes = await readWhole(response.body);
  const mediaType = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (response.status >= 300) return failure(response.status, mediaType, bytes);
  if (bytes.byteLength === 0) return text(`HTTP ${response.status}, no content`);
  if (/^(?:application\/json|[\w.+/-]+\+json)$/.test(mediaType)) return json(bytes.toString('utf8'));
  if (isText(mediaType)) return text(bytes.toString('utf8'));
  const data = bytes.toString('base64');
  const kind = mediaType.split('/')[0];
  if (kind === 'image' || kind === 'audio') return { content: [{ type: kind, data, mimeType: mediaType }] };
  return {
    content: [{ type: 'resource', resource: { uri: withoutQuery(url), mimeType: mediaType === '' ? 'application/octet-stream' : mediaType, blob: data } }],
  };
}

const text = (words: string): JsonObject => ({ content: [{ type: 'text', text: words }] });

function isText(mediaType: string): boolean {
  return /^text\/|^application\/(?:xml|yaml|x-yaml|javascript|graphql|x-ndjson|x-www-form-urlencoded)$|\+(?:xml|yaml)$/.test(mediaType);
}

/** Digits of numbers stay as they were sent in the text; the structured form is for programs. */
function json(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? { ...text(body), structuredContent: value } : text(body);
  } catch {
    return text(body);
  }
}

function failure(status: number, mediaType: string, bytes: Buffer): JsonObject {
  const words = isText(mediaType) || mediaType.includes('json') ? bytes.toString('utf8').slice(0, MAX_ERROR_CHARACTERS) : '';
  const note = status < 400 ? 'a redirect, which is not followed' : words;
  return { ...text(`HTTP ${status}${note === '' ? '' : `: ${note}`}`), isError: true };
}

/** Queries may hold what was asked; the place is enough. */
function withoutQuery(url: string): string {
  const parsed = new URL(url);
  return `${parsed.origin}${parsed.pathname}`;
}
