/** @module upstreams/scan/invisible: characters that a model reads and a person does not see. */
import type { RuleHit } from './rule.ts';
import { excerptOf } from '../../core/visible-text.ts';

const TAGS = /[\u{E0000}-\u{E007F}]+/gu;
/** 🏴 with tags: the flags of England, Scotland, Wales. */
const TAG_FLAG = /\u{1F3F4}[\u{E0020}-\u{E007E}]{1,6}\u{E007F}/gu;
const BIDI = /[\u202A-\u202E\u2066-\u2069]/gu;
const ZERO_WIDTH = /\u034F|[\u200B-\u200F\u2060-\u2064\u180E\uFEFF\u00AD]/gu;
/** Joiners that scripts and emoji need; direction marks in a text that has both directions; soft hyphens in a word. */
const NEEDED =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hebrew}\p{M}])[\u200C-\u200F]|(?<=\p{Extended_Pictographic}|\uFE0F|[\u{1F3FB}-\u{1F3FF}])\u200D(?=\p{Extended_Pictographic})|(?<=\p{L})\u00AD(?=\p{L})|[\u200E\u200F](?=[\p{Script=Arabic}\p{Script=Hebrew}])/gu;
const SELECTORS = /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{2,}|(?<![\p{Extended_Pictographic}\p{Emoji}\p{Script=Han}\p{S}])[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu;
const BLANKS = /[\u115F\u1160\u3164\uFFA0\u2800]{2,}/gu;
const ESCAPES = /[\u001B\u009B]/g;
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001A\u001C-\u001F\u007F-\u009A\u009C-\u009F]/g;
const ANY = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;
const PLAIN = /^[\t\n\r\u0020-\u007E]*$/;

/** What is hidden in the text. Nothing for what writing systems and emoji need. */
export function findInvisible(text: string): readonly RuleHit[] {
  if (PLAIN.test(text) || !ANY.test(text)) return [];
  const hits: RuleHit[] = [];
  const note = (rule: string, score: number, found: readonly RegExpMatchArray[]): void => {
    const [first] = found;
    if (first) hits.push({ rule, score, excerpt: excerptOf(text, first.index ?? 0, first[0].length) });
  };
  const withoutFlags = text.replace(TAG_FLAG, (flag) => ' '.repeat(flag.length));
  note('unicode-tags', 100, [...withoutFlags.matchAll(TAGS)]);
  note('bidi-control', 100, [...text.matchAll(BIDI)]);
  const withoutNeeded = text.replace(NEEDED, (needed) => ' '.repeat(needed.length));
  const zeroWidth = [...withoutNeeded.matchAll(ZERO_WIDTH)].filter(({ 0: character, index }) => character !== '\uFEFF' || index !== 0);
  note('zero-width', zeroWidth.length > 2 || zeroWidth.some(({ index }) => isInWord(text, index)) ? 100 : 40, zeroWidth);
  const selectors = [...text.matchAll(SELECTORS)];
  note('variation-selectors', selectors.some(([found]) => found.length > 3) || selectors.length > 3 ? 100 : 30, selectors);
  note('blank-letters', 60, [...text.matchAll(BLANKS)]);
  note('terminal-escape', 100, [...text.matchAll(ESCAPES)]);
  note('control-characters', 60, [...text.matchAll(CONTROLS)]);
  return hits;
}

/** Between two letters nothing invisible has a purpose but to hide the word. */
function isInWord(text: string, index: number): boolean {
  return /[A-Za-z]/.test(text.charAt(index - 1)) && /[A-Za-z]/.test(text.charAt(index + 1));
}

/** The text that tag characters or a run of variation selectors spell, for a second look; empty when there is none. */
export function decodeHidden(text: string): string {
  let decoded = '';
  for (const [run] of text.replace(TAG_FLAG, '').matchAll(TAGS)) for (const character of run) decoded += asciiOf((character.codePointAt(0) ?? 0) - 0xe0000);
  for (const [run] of text.matchAll(/[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{4,}/gu))
    for (const character of run) decoded += asciiOf(byteOf(character.codePointAt(0) ?? 0));
  return decoded;
}

/** Selectors 1–16 and 17–256 carry the bytes 0–15 and 16–255. */
function byteOf(code: number): number {
  return code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00;
}

function asciiOf(code: number): string {
  return code >= 32 && code < 127 ? String.fromCharCode(code) : '';
}
