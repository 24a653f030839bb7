/** @module models/guardrails/personal: addresses and numbers of people and accounts. */
import { digitOr, formDetector, wordOr, type Detector } from './detector.ts';
import { IBAN_LENGTHS } from './iban-lengths.ts';

const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
const isLocal = wordOr('._%+-');
const DOMAIN = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,59})(?![A-Za-z0-9])/y;

/**
 * Looks for the @ first: most texts have none, and nothing else is read then. Names in quotes and
 * addresses in brackets are not known.
 *
 * @see RFC 5321 section 4.5.3.1 for the lengths
 */
export const emailDetector: Detector = {
  find({ text }, from) {
    for (let at = text.indexOf('@', from); at >= 0; at = text.indexOf('@', at + 1)) {
      let start = at;
      while (start > from && at - start < MAX_LOCAL && isLocal(text.charCodeAt(start - 1))) start -= 1;
      while (start < at && text[start] === '.') start += 1;
      DOMAIN.lastIndex = at + 1;
      const domain = start < at ? DOMAIN.exec(text) : null;
      if (domain && domain[0].length <= MAX_DOMAIN) return { start, end: at + 1 + domain[0].length, label: 'EMAIL' };
    }
    return undefined;
  },
  openFrom({ text }, from) {
    const earliest = Math.max(from, text.length - MAX_LOCAL - MAX_DOMAIN - 3);
    let at = text.length;
    while (at > earliest && (isLocal(text.charCodeAt(at - 1)) || text[at - 1] === '@')) at -= 1;
    return at;
  },
};

const isOfNumber = digitOr(' ().+/-');

/** 13 to 19 digits in groups, with the check digit of Luhn. */
export const cardDetector: Detector = formDetector({
  label: 'CARD',
  pattern: /(?<![\w.+-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w])/g,
  accept: acceptCard,
  reach: 40,
  tail: isOfNumber,
});

/** What follows a card (its date) may look like more of it: shorter ends at a gap are tried too. */
function acceptCard(match: string): number {
  for (let end = match.length; end >= 13; end -= 1) {
    const isEnd = end === match.length || match[end] === ' ' || match[end] === '-';
    if (!isEnd || !/\d/.test(match[end - 1] ?? '')) continue;
    const digits = match.slice(0, end).replace(/\D/g, '');
    if (digits.length >= 13 && isCardGrouping(match.slice(0, end)) && passesLuhn(digits)) return end;
  }
  return 0;
}

/** No gaps, groups of four (the last may differ), or 4-6-5 and 4-6-4. */
function isCardGrouping(text: string): boolean {
  const groups = text.split(/[ -]/).map(({ length }) => length);
  if (groups.length === 1) return true;
  if (/^4,6,[45]$/.test(groups.join())) return true;
  return groups.slice(0, -1).every((length) => length === 4) && (groups.at(-1) ?? 0) <= 4;
}

/** @see ISO/IEC 7812-1 annex B */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}

const MAX_PHONE_DIGITS = 15;

/** International with + or 00; national ones only in the groups that people write. */
export const phoneDetector: Detector = formDetector({
  label: 'PHONE',
  pattern: new RegExp(
    `(?<![\\w.+/-])(?:${[
      // +49 (0)30 123456-78, 0049 30 12345678
      // Between two runs of digits something stands: a run that could be cut anywhere would be tried in every way.
      '(?:\\+|00)[1-9]\\d{0,16}(?:(?:\\)?[ .\\/-]\\(?|\\)?\\(|\\))\\d{1,15}){0,6}\\)?',
      // (555) 234-5678, 555-234-5678, 555.234.5678
      '(?:\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[.-])[2-9]\\d{2}[ .-]\\d{4}',
      // 06 12 34 56 78
      '0[1-9](?:[ .]\\d{2}){4}',
      // 020 7946 0958, 07700 900123, 030/1234567, 0171 1234567
      '\\(?0[1-9]\\d{1,4}\\)?[ \\/-]\\d{3,4}[ -]?\\d{3,5}',
    ].join('|')})(?![\\w])(?![.\\/-]\\d)`,
    'g',
  ),
  accept: acceptPhone,
  reach: 160,
  tail: isOfNumber,
});

/** What follows a number (a date, another number) may look like more of it: of too many digits, those up to a gap are taken. */
function acceptPhone(match: string): number {
  const whole = match.replace(/\D/g, '').length;
  const length = whole <= MAX_PHONE_DIGITS + 2 ? match.length : endBefore(match, MAX_PHONE_DIGITS + 2);
  const taken = match.slice(0, length);
  const digits = taken.replace(/\D/g, '').length;
  const isInternational = match.startsWith('+') || match.startsWith('00');
  const hasGaps = /[ .()/-]/.test(taken);
  if (match.startsWith('00') && !hasGaps) return digits >= 11 ? length : 0;
  return digits >= (isInternational ? 8 : 9) ? length : 0;
}

/** Behind the last run of digits with which there are no more than so many. */
function endBefore(match: string, maxDigits: number): number {
  let end = 0;
  let digits = 0;
  for (const run of match.matchAll(/\d+/g)) {
    digits += run[0].length;
    if (digits > maxDigits) break;
    end = run.index + run[0].length;
  }
  return end;
}

/** Known country, its length, and the check digits. Groups of four or none. */
export const ibanDetector: Detector = formDetector({
  label: 'IBAN',
  pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/g,
  accept: acceptIban,
  reach: 72,
  tail: /(?<![A-Za-z0-9])(?:[A-Z]|[A-Z]{2}|[A-Z]{2}\d[\dA-Z ]{0,70})$/,
});

function acceptIban(match: string): number {
  const wanted = IBAN_LENGTHS[match.slice(0, 2)] ?? 0;
  let count = 0;
  let end = 0;
  while (end < match.length && count < wanted) {
    if (match[end] !== ' ') count += 1;
    end += 1;
  }
  const isCut = end < match.length && match[end] !== ' ';
  return wanted > 0 && count === wanted && !isCut && hasIbanCheck(match.slice(0, end)) ? end : 0;
}

/** @see ISO 13616-1, ISO/IEC 7064 MOD 97-10 */
export function hasIbanCheck(iban: string): boolean {
  const compact = iban.replaceAll(' ', '');
  let rest = 0;
  for (const sign of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
