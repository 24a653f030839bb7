/** @module models/guardrails/detector: something that can be found in a text, however the text is cut. */
import { foldCase } from './fold.ts';

/** A folded text under search. */
export interface Searched {
  readonly text: string;
  /** Lower case, without accents; made at the first use. */
  readonly words: string;
}

/** Where something was found, in units of the folded text. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** What stands in its place, without brackets. */
  readonly label: string;
}

/** Stateless: a text is searched again as it grows. */
export interface Detector {
  /** The first that starts at `from` or later. One unit before it may be looked at. */
  find(searched: Searched, from: number): Found | undefined;
  /** The first place at or after `from` where more text could still change what is found; the length where it could nowhere. */
  openFrom(searched: Searched, from: number): number;
}

/** Makes the second form of the text when it is first needed. */
export function searched(text: string): Searched {
  let words: string | undefined;
  return {
    text,
    get words() {
      return (words ??= foldCase(text));
    },
  };
}

/** A form that a regular expression proposes. */
export interface Form {
  readonly label: string;
  /** Flags g. Looks one unit ahead and back at most. */
  readonly pattern: RegExp;
  /** Units of the text, from the start of a match on, that belong to it; 0 = it is none. Absent = every match counts. */
  readonly accept?: ((match: string) => number) | undefined;
  /** Units of a match at most, and one more for what is looked at behind it. */
  readonly reach: number;
  /** Where a match may begin that is not whole yet: signs that all of it is made of, a pattern that ends with $ and repeats little, or a search. */
  readonly tail: ((code: number) => boolean) | RegExp | TailSearch;
}

/** Tries again one unit later where a match is not accepted. */
export function formDetector({ label, pattern, accept, reach, tail }: Form): Detector {
  return {
    find({ text }, from) {
      pattern.lastIndex = from;
      for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
        const start = match.index;
        const length = accept ? accept(match[0]) : match[0].length;
        if (length > 0) return { start, end: start + length, label };
        pattern.lastIndex = start + 1;
      }
      return undefined;
    },
    openFrom({ text }, from) {
      const earliest = Math.max(from, text.length - reach);
      if (typeof tail === 'function') return tailOf(text, earliest, tail);
      return tail instanceof RegExp ? tailMatch(text, earliest, tail) : tail.find(text, earliest);
    },
  };
}

/** Finds where a match may begin. */
export interface TailSearch {
  /** At `earliest` or later; the length of the text where it may nowhere. */
  find(text: string, earliest: number): number;
}

/** The first place, in the signs that the text ends with, where something may begin. Each is looked at once, whatever the text is. */
export function tailOfRun(belongs: (code: number) => boolean, mayBegin: (text: string, at: number) => boolean): TailSearch {
  return {
    find(text, earliest) {
      for (let at = tailOf(text, earliest, belongs); at < text.length; at += 1) if (mayBegin(text, at)) return at;
      return text.length;
    },
  };
}

function tailOf(text: string, earliest: number, belongs: (code: number) => boolean): number {
  let at = text.length;
  while (at > earliest && belongs(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

function tailMatch(text: string, earliest: number, tail: RegExp): number {
  // One unit more, so that the pattern can look back.
  const sliceFrom = Math.max(0, earliest - 1);
  const index = text.slice(sliceFrom).search(tail);
  return index < 0 ? text.length : Math.max(earliest, sliceFrom + index);
}

const signs = (text: string): ReadonlySet<number> => new Set([...text].map((sign) => sign.charCodeAt(0)));

/** Whether a unit is an ASCII letter, a digit, or one of these. */
export function wordOr(more: string): (code: number) => boolean {
  const others = signs(more);
  return (code) => (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || others.has(code);
}

/** Whether a unit is a digit or one of these. */
export function digitOr(more: string): (code: number) => boolean {
  const others = signs(more);
  return (code) => (code >= 0x30 && code <= 0x39) || others.has(code);
}
