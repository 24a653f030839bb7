/** @module models/dialects/media: images and documents between data URLs and bare base64. */
import type { MediaSource } from './conversation.ts';

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*?;base64,/i;

/** Bytes of a data URL, else where to find them; undefined for a data URL that is not base64. */
export function mediaFromUrl(url: string): MediaSource | undefined {
  if (!/^data:/i.test(url)) return { kind: 'url', url };
  const [head, mediaType] = DATA_URL.exec(url) ?? [];
  return head === undefined || mediaType === undefined ? undefined : { kind: 'base64', mediaType, data: url.slice(head.length) };
}

/** @see RFC 2397 */
export function urlOfMedia(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
