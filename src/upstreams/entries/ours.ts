/** @module upstreams/entries/ours: entries that lead back to this gateway: behind itself it would call itself. */
import { basename } from 'node:path';
import type { UpstreamDraft } from './draft.ts';

/** How this gateway is reached. */
export interface OwnMarks {
  /** Absolute path of the running script. */
  readonly script: string;
  /** Where it listens; loopback has several names. */
  readonly port: number;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)$/i;

/** Whether the server is this gateway, or another `switchyard` process. */
export function isOurs(draft: Pick<UpstreamDraft, 'command' | 'args' | 'url' | 'headers'>, { script, port }: OwnMarks): boolean {
  if (draft.url !== undefined) {
    const url = URL.parse(draft.url);
    const isHere = url !== null && LOOPBACK.test(url.hostname) && Number(url.port || 80) === port && /^\/mcp(?:\/|$)/.test(url.pathname);
    return isHere || Object.values(draft.headers).some((value) => value.includes('${SWITCHYARD_KEY}'));
  }
  const words = [draft.command ?? '', ...draft.args];
  if (!words.includes('stdio')) return false;
  return words.some(
    (word) =>
      word === script ||
      /^switchyard(?:@[\w.-]+)?(?:\.cmd|\.exe|\.js)?$/i.test(basename(word.replaceAll('\\', '/'))) ||
      /[\\/]switchyard[\\/](?:.*[\\/])?main\.(?:m?js|ts)$/.test(word),
  );
}
