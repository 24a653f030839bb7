/**
 * @module models/guardrails/fold: the text as a reader would see it, with the way back to the text as it
 * was sent. Marks that nobody sees are left out, digits and forms of other blocks become plain ones, and
 * JSON escapes inside a text (arguments of tools, JSON in JSON) become what they stand for.
 */

/** A folded text. */
export interface Folded {
  readonly text: string;
  /** Index in the raw text of a unit of the folded one. */
  start(at: number): number;
  /** Index in the raw text behind a unit of the folded one. */
  end(at: number): number;
  /** Units of the raw text that were read: less than all only where the last sign may not be whole. */
  readonly rawLength: number;
  /** Unseen marks in a row at the end. */
  readonly run: number;
  /** Unseen marks in a row before a unit that begins the text when it is folded again. */
  runBefore(at: number): number;
}

/** Longer rows of unseen marks separate what stands around them: otherwise they could hold a stream back for ever. */
const MAX_RUN = 64;
const SEPARATOR = '\u0000';
const NEEDS_FOLDING = /[\\\u0080-\uffff]/;
const UNSEEN = /^[\p{Default_Ignorable_Code_Point}\p{Mn}]$/u;
const MAX_KNOWN = 8192;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': "'", '\\': '\\', '/': '/' };

/**
 * @param run unseen marks in a row before it
 * @param isFinal false = more text follows
 */
export function fold(raw: string, run: number = 0, isFinal: boolean = true): Folded {
  if (!NEEDS_FOLDING.test(raw))
    return { text: raw, start: (at) => at, end: (at) => at + 1, rawLength: raw.length, run: raw === '' ? run : 0, runBefore: () => 0 };
  const starts: number[] = [];
  const ends: number[] = [];
  const pieces: string[] = [];
  let unseen = run;
  let at = 0;
  while (at < raw.length) {
    const unit = unitAt(raw, at, isFinal);
    if (unit === undefined) break;
    let { sign } = unit;
    if (sign === '') {
      unseen += 1;
      if (unseen > MAX_RUN) sign = SEPARATOR;
    }
    if (sign !== '') unseen = 0;
    for (let index = 0; index < sign.length; index += 1) {
      starts.push(at);
      ends.push(at + unit.length);
    }
    pieces.push(sign);
    at += unit.length;
  }
  const text = pieces.join('');
  return {
    text,
    start: (index) => starts[index] ?? at,
    end: (index) => ends[index] ?? at,
    rawLength: at,
    run: unseen,
    runBefore: (index) => (text[index] === SEPARATOR ? MAX_RUN : 0),
  };
}

interface Unit {
  readonly sign: string;
  /** In the raw text. */
  readonly length: number;
}

/** Undefined where the rest of it is still to come. */
function unitAt(raw: string, at: number, isFinal: boolean): Unit | undefined {
  const code = raw.charCodeAt(at);
  if (code === 0x5c) return escapeAt(raw, at, isFinal);
  if (code < 0x80) return { sign: raw.charAt(at), length: 1 };
  const isHalf = code >= 0xd800 && code < 0xdc00 && at + 1 === raw.length;
  if (isHalf && !isFinal) return undefined;
  const point = raw.codePointAt(at) ?? code;
  return { sign: foldPoint(point), length: point > 0xffff ? 2 : 1 };
}

function escapeAt(raw: string, at: number, isFinal: boolean): Unit | undefined {
  const letter = raw[at + 1];
  if (letter === undefined) return isFinal ? { sign: '\\', length: 1 } : undefined;
  const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (simple !== undefined) return { sign: simple, length: 2 };
  const digits = raw.slice(at + 2, at + 6);
  if (letter !== 'u' || !/^[\da-f]*$/i.test(digits)) return { sign: '\\', length: 1 };
  if (digits.length === 4) return { sign: foldPoint(Number.parseInt(digits, 16)), length: 6 };
  return isFinal ? { sign: '\\', length: 1 } : undefined;
}

const knownPoints = new Map<number, string>();

function foldPoint(point: number): string {
  if (point < 0x80) return String.fromCharCode(point) === '"' ? "'" : String.fromCharCode(point);
  const known = knownPoints.get(point);
  if (known !== undefined) return known;
  const sign = foldSign(String.fromCodePoint(point), point);
  if (knownPoints.size >= MAX_KNOWN) knownPoints.clear();
  knownPoints.set(point, sign);
  return sign;
}

function foldSign(sign: string, point: number): string {
  if (UNSEEN.test(sign)) return '';
  if (/^\p{Zs}$/u.test(sign)) return ' ';
  if (/^\p{Pd}$/u.test(sign)) return '-';
  const plain = sign.normalize('NFKC');
  // A look-alike of the quote is no quote of JSON.
  if (plain.length > 4 || plain === '"') return sign;
  return /^\p{Nd}$/u.test(plain) && plain.charCodeAt(0) > 0x7f ? digitOf(point) : plain;
}

/** Digits of every script stand in rows of ten that begin at …0 or …6. */
function digitOf(point: number): string {
  const low = point & 0xf;
  const beginsAtZero = low < 6 || (low <= 9 && /^\p{Nd}$/u.test(String.fromCodePoint(point - low)));
  return String((beginsAtZero ? low : low - 6) % 10);
}

/** Letters of other alphabets that look like Latin ones. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [...'аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdһhӏlαaβbεeηnιiκkνvοoρpτtυuχxγyωwѡw'].flatMap((sign, index, all) =>
    index % 2 === 0 ? [[sign, all[index + 1] ?? sign] as const] : [],
  ),
);

/** The text for comparison of words: lower case, without accents, look-alikes in Latin letters. Unit for unit. */
export function foldCase(text: string): string {
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  let folded = '';
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    const plain = sign < '\u0080' ? sign.toLowerCase() : sign.normalize('NFD').charAt(0).toLowerCase().charAt(0) || sign;
    folded += LOOK_ALIKES.get(plain) ?? plain;
  }
  return folded;
}
