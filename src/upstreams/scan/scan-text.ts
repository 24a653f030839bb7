/** @module upstreams/scan/scan-text: one text against all rules. */
import { findMixedWord, foldConfusables } from './confusables.ts';
import { decodeHidden, findInvisible } from './invisible.ts';
import { matchRules } from './match-rules.ts';
import { strongest, type RuleHit } from './rule.ts';
import { excerptOf } from '../../core/visible-text.ts';

/** Characters of one text that are looked at; a longer one is an objection itself. */
export const MAX_SCANNED = 65_536;
/** Nothing in it needs folding. */
const ASCII = /^[\u0000-\u007F]*$/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ', period: '.', colon: ':' };
const SPACED_LETTERS = /(?:[a-z][\s._*|-]{1,2}){9,}[a-z]/gi;
const PADDING = /(?:[ \t]*\n){20,}|[ \t]{150,}/;
const BASE64 = /[A-Za-z0-9+/_-]{40,}={0,2}/g;
const HEXADECIMAL = /(?:\\x[0-9a-f]{2}|%[0-9a-f]{2}|\\u00[0-9a-f]{2}|[0-9a-f]{2}(?=[0-9a-f]{38})|(?<=[0-9a-f]{38})[0-9a-f]{2}){20,}/gi;

/** How a text is looked at. */
export interface TextScan {
  /** Binary data is expected here (icons, examples of media): encoded text is not looked for. Default false. */
  readonly isOpaque?: boolean;
  /** Rules about words below this score are left out. Default 0. */
  readonly minScore?: number;
}

/** What the rules object to in the text. Of each rule the strongest hit. */
export function scanText(text: string, { isOpaque = false, minScore = 0 }: TextScan = {}): readonly RuleHit[] {
  if (text.length < 3) return [];
  const shown = text.length > MAX_SCANNED ? text.slice(0, MAX_SCANNED) : text;
  const hits: RuleHit[] = [...findInvisible(shown), ...scanPlain(shown, minScore)];
  if (text.length > MAX_SCANNED) hits.push({ rule: 'very-long', score: 40, excerpt: `${text.length} characters` });
  const mixed = findMixedWord(shown);
  if (mixed) hits.push({ rule: 'mixed-scripts', score: 80, excerpt: excerptOf(shown, mixed.offset, mixed.word.length) });
  const padding = PADDING.exec(shown);
  if (padding && shown.slice(padding.index + padding[0].length).trim() !== '')
    hits.push({ rule: 'out-of-sight', score: 70, excerpt: excerptOf(shown, padding.index + padding[0].length, 80) });
  if (!isOpaque) hits.push(...scanEncoded(shown, minScore));
  return strongest(hits).hits;
}

/** Texts as a model reads them: spelled plainly, with look-alikes folded, with letters drawn together. */
function scanPlain(text: string, minScore: number): RuleHit[] {
  const plain = toPlain(text);
  const folded = foldConfusables(plain).toLowerCase();
  const hits = matchRules(folded, minScore);
  if (folded !== plain) hits.push(...matchRules(plain, minScore));
  for (const [run] of text.matchAll(SPACED_LETTERS)) hits.push(...matchRules(run.replace(/[\s._*|-]/g, '').toLowerCase(), minScore));
  if (/rot-?13/.test(folded)) hits.push(...matchRules(toRot13(folded), minScore).map(({ excerpt }) => ({ rule: 'encoded-instructions', score: 100, excerpt })));
  const hidden = decodeHidden(text);
  if (hidden.length > 3) hits.push({ rule: 'hidden-text', score: 100, excerpt: excerptOf(hidden, 0, 160) });
  return hits;
}

function toRot13(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));
}

function toPlain(text: string): string {
  const written = text.includes('&') ? withoutEntities(text) : text;
  const usual = ASCII.test(written)
    ? written.replaceAll('`', "'")
    : written
        .normalize('NFKC')
        .replace(/[\p{Default_Ignorable_Code_Point}]/gu, '')
        .replace(/[‘’‛`´]/g, "'");
  return usual.replace(/\s+/g, ' ').toLowerCase();
}

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{2,7})|#x([0-9a-f]{2,6})|([a-z]{2,6}));/gi, (entity, decimal?: string, hexadecimal?: string, name?: string) => {
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity;
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
}

/** Readable text in base64, hexadecimal or escapes has no purpose in a definition; instructions in it decide. */
function scanEncoded(text: string, minScore: number): RuleHit[] {
  const blobs = [...text.matchAll(BASE64)]
    .filter(({ 0: blob, index }) => !isDataUri(text, index) && isMixed(blob))
    .map(([blob]) => Buffer.from(blob, 'base64'));
  const escapes = [...text.matchAll(HEXADECIMAL)].map(([run]) => Buffer.from(run.replace(/\\x|%|\\u00/gi, ''), 'hex'));
  return [...blobs, ...escapes].flatMap((bytes) => {
    const decoded = bytes.toString('utf8');
    if (!isReadable(decoded)) return [];
    const excerpt = excerptOf(decoded, 0, 160);
    const isInstruction = matchRules(foldConfusables(toPlain(decoded)).toLowerCase(), minScore).length > 0;
    return [isInstruction ? { rule: 'encoded-instructions', score: 100, excerpt } : { rule: 'encoded-text', score: 50, excerpt }];
  });
}

function isDataUri(text: string, offset: number): boolean {
  return /data:[\w/+.-]{1,64};base64,$/.test(text.slice(Math.max(0, offset - 96), offset));
}

/** Identifiers and paths are long, too; base64 of text has all three classes. */
function isMixed(blob: string): boolean {
  return /[a-z]/.test(blob) && /[A-Z]/.test(blob) && /\d|[+/=]/.test(blob);
}

/** Words with spaces between, nearly nothing else. */
function isReadable(decoded: string): boolean {
  const plain = decoded.match(/[A-Za-z0-9 .,;:'"!?()<>/_~@-]/g)?.length ?? 0;
  return decoded.length >= 16 && plain / decoded.length > 0.95 && /[A-Za-z]{2} [A-Za-z]{2}/.test(decoded);
}
