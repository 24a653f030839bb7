/** @module models/guardrails/topics: words and phrases of a list, whatever their case, accents and separators. */
import type { Detector, Searched } from './detector.ts';
import { fold, foldCase } from './fold.ts';

/** Signs between two words of a phrase at most. */
const MAX_GAP = 8;
const WORD_SIGN = /[\p{L}\p{N}]/u;

interface Node {
  readonly next: Map<string, Node>;
  isEnd: boolean;
}

/** What walking from one place came to. */
interface Walk {
  /** Behind the longest phrase that is whole; 0 = none is. */
  readonly end: number;
  /** Whether the text ended before the walk did. */
  readonly isOpen: boolean;
}

/** Finds whole words alone: "ass" is not in "class". The longest phrase at a place wins. */
export function topicsDetector(phrases: readonly string[], label: string): Detector {
  const root: Node = { next: new Map(), isEnd: false };
  for (const phrase of phrases) addPhrase(root, phrase);
  const reach = reachOf(phrases);
  const isStart = (words: string, at: number): boolean => root.next.has(words.charAt(at)) && (at === 0 || !isWordSign(words.charAt(at - 1)));

  return {
    find({ words }, from) {
      for (let at = from; at < words.length; at += 1) {
        const { end } = isStart(words, at) ? walk(root, words, at) : { end: 0 };
        if (end > 0) return { start: at, end, label };
      }
      return undefined;
    },
    openFrom({ words }: Searched, from) {
      for (let at = Math.max(from, words.length - reach); at < words.length; at += 1) if (isStart(words, at) && walk(root, words, at).isOpen) return at;
      return words.length;
    },
  };
}

/** Longest stretch of text that one phrase can take. */
function reachOf(phrases: readonly string[]): number {
  return Math.max(...phrases.map((phrase) => phrase.length + (phrase.split(/[^\p{L}\p{N}]+/u).length + 1) * MAX_GAP));
}

function addPhrase(root: Node, phrase: string): void {
  let node = root;
  for (const sign of foldCase(fold(phrase).text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()) {
    const next = node.next.get(sign) ?? { next: new Map<string, Node>(), isEnd: false };
    node.next.set(sign, next);
    node = next;
  }
  node.isEnd = node !== root;
}

function walk(root: Node, words: string, from: number): Walk {
  let node: Node | undefined = root;
  let end = 0;
  let at = from;
  while (at < words.length) {
    let sign = words.charAt(at);
    let width = 1;
    if (!isWordSign(sign)) {
      if (node.isEnd) end = at;
      sign = ' ';
      while (width < MAX_GAP && at + width < words.length && !isWordSign(words.charAt(at + width))) width += 1;
    }
    node = node.next.get(sign);
    if (!node) return { end, isOpen: false };
    at += width;
  }
  // The last word may go on: only the end of the text makes it whole.
  return { end: node.isEnd ? words.length : end, isOpen: true };
}

function isWordSign(sign: string): boolean {
  return sign < '\u0080' ? /[a-z\d]/.test(sign) : WORD_SIGN.test(sign);
}
