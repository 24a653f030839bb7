/** @module core/uri-spellings: other texts that a server may read as the same URI. */

/** Encodings inside each other that are looked through; nobody has a reason for more than one. */
const MAX_DEPTH = 4;

/**
 * The URI as it is, without its percent encodings, and that without `.` and `..`. For what is forbidden: servers decode and resolve
 * what they are sent. What is no encoding stays as it is.
 */
export function uriSpellings(uri: string): readonly string[] {
  let decoded = uri;
  for (let depth = 0; depth < MAX_DEPTH && decoded.includes('%'); depth += 1) decoded = decodeOnce(decoded);
  return [...new Set([uri, decoded, withoutDots(decoded)])];
}

/** Runs of encodings that are UTF-8; the others as single bytes, so that one of them hides nothing beside it. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1');
    }
  });
}

function withoutDots(uri: string): string {
  const [head = ''] = /^[a-z][a-z\d+.-]*:\/{0,2}/i.exec(uri) ?? [];
  const rest = uri.slice(head.length).replaceAll('\\', '/');
  if (!rest.includes('/.') && !rest.startsWith('.')) return head + rest;
  const kept: string[] = [];
  for (const segment of rest.split('/')) {
    // Above the root there is the root: its empty name stays.
    if (segment === '..') kept.length = Math.max(kept[0] === '' ? 1 : 0, kept.length - 1);
    else if (segment !== '.') kept.push(segment);
  }
  return head + kept.join('/');
}
