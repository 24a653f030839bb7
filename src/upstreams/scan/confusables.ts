/**
 * @module upstreams/scan/confusables: letters that look like other letters.
 * Only those of Cyrillic, Greek, Armenian and Cherokee that pass for Latin ones; compatibility forms (fullwidth, mathematical,
 * circled) are folded by NFKC before.
 *
 * @see Unicode Technical Standard 39, confusables.txt
 */

const PAIRS =
  'аa вb еe ѕs іi јj кk мm нh оo рp сc тt уy хx ԁd ԛq ԝw һh ӏl ьb ґr' +
  ' АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ԌG ԚQ ԜW ӀI ЗZ' +
  ' αa εe ιi κk νv οo ρp τt υu χx ϲc ϳj γy' +
  ' ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX' +
  ' օo ոn սu հh ցg զq յj ɡg ɩi ʏy ᴀa ᴄc ᴇe ᴏo ᴜu ᴠv ᴡw ᴢz ꮯC Ꭺa ꭺA Ꭰd ꓐB ꓑP';

const LATIN: ReadonlyMap<string, string> = new Map(PAIRS.split(' ').map((pair) => [pair.slice(0, 1), pair.slice(1)]));
/** One of the disguises. */
const DISGUISED = new RegExp(`[${[...LATIN.keys()].join('')}]`, 'u');
const ASCII = /^[\u0000-\u007F]*$/;
const IGNORED = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** Letters of formulas and units, alone or with Latin ones: no disguise. */
const SCIENTIFIC = /^(?:[μµΩΔΣλπσθφψω]|[αβγδεκλμνρτχ](?![a-z]{3}))/u;

/** The text with every disguised letter as the Latin one that it looks like, compatibility forms folded, invisible characters gone. */
export function foldConfusables(text: string): string {
  if (ASCII.test(text)) return text;
  const plain = text.normalize('NFKC').replace(IGNORED, '');
  if (!DISGUISED.test(plain)) return plain;
  let folded = '';
  for (const character of plain) folded += LATIN.get(character) ?? character;
  return folded;
}

/** A word in which Latin letters and look-alikes of another script stand together, or undefined. */
export function findMixedWord(text: string): { readonly word: string; readonly offset: number } | undefined {
  if (!DISGUISED.test(text)) return undefined;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{M}]{3,64}/gu)) {
    const latin = word.match(/[A-Za-z]/g)?.length ?? 0;
    const disguised = [...word].filter((character) => LATIN.has(character)).length;
    if (latin >= 2 && disguised > 0 && !SCIENTIFIC.test(word)) return { word, offset: index };
  }
  return undefined;
}

/** Names with the same skeleton are taken for each other by the eye: case, separators, `1lI`, `0O`, `rn` and `m`. */
export function skeletonOf(name: string): string {
  return foldConfusables(name)
    .replace(/[-_.\s]+/g, '')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .toLowerCase()
    .replace(/[1|]/g, 'l')
    .replace(/i/g, 'l')
    .replace(/0/g, 'o')
    .replace(/5/g, 's');
}
