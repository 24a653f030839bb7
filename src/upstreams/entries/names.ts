/** @module upstreams/entries/names: names of upstreams and variables, made from whatever people wrote. */

/** What `upstreams.<name>` admits. */
const MAX_NAME_LENGTH = 32;
const NAME: RegExp = /^(?!.*__)[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/;

/** Letters of Latin alphabets that are not a letter with an accent. */
const LATIN: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** Whether the text can stand as the name of an upstream. */
export function isUpstreamName(text: string): boolean {
  return NAME.test(text);
}

/**
 * The closest name an upstream may have: accents off, lower case, everything else a single `-`, 32
 * characters at most; `upstream` where nothing is left (a name in another script).
 */
export function toUpstreamName(original: string): string {
  const plain = original
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => LATIN[letter] ?? letter)
    .replace(/[^a-z0-9_-]+/g, '-')
    // Two underscores separate the upstream from its tool.
    .replace(/_{2,}/g, '_');
  return (
    trim(plain.slice(0, MAX_NAME_LENGTH * 4))
      .slice(0, MAX_NAME_LENGTH)
      .replace(/[-_]+$/, '') || 'upstream'
  );
}

/** The name itself, or the first of `name-hint`, `name-2`, `name-3`… that is free. Never longer than 32 characters. */
export function freeName(name: string, isTaken: (name: string) => boolean, hint?: string): string {
  if (!isTaken(name)) return name;
  const withEnding = (ending: string): string => `${name.slice(0, MAX_NAME_LENGTH - ending.length - 1).replace(/[-_]+$/, '')}-${ending}`;
  const hinted = hint === undefined ? undefined : withEnding(hint);
  if (hinted !== undefined && !isTaken(hinted)) return hinted;
  for (let number = 2; ; number += 1) {
    const candidate = withEnding(String(number));
    if (!isTaken(candidate)) return candidate;
  }
}

/** A name for an environment variable: `[A-Z][A-Z0-9_]*`, at most 64 characters, never one of the gateway's own. */
export function toVariableName(...parts: readonly string[]): string {
  const words = parts
    .filter((part) => part !== '')
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
  const name = trim(words).slice(0, 64).replace(/_+$/, '') || 'SECRET';
  const start = /^[0-9]/.test(name) ? `V_${name}` : name;
  return start.startsWith('SWITCHYARD_') ? `UPSTREAM_${start}`.slice(0, 64) : start;
}

function trim(text: string): string {
  return text.replace(/^[-_]+/, '').replace(/[-_]+$/, '');
}
