/**
 * @module models/tokens: how many tokens a text may have, without a tokenizer. Estimates: the
 * vocabularies of most current models are not published, and the one that is costs 80 MB to load.
 * Whoever shows such a number says that it is estimated; whoever needs the true one asks the provider.
 */

/** Characters that make one token, by script; measured with the o200k vocabulary, a little low on purpose. */
const SCRIPTS: readonly (readonly [pattern: RegExp, unitsPerToken: number])[] = [
  // Hangul.
  [/[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]/g, 2],
  // Han, Kana, full-width forms.
  [/[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]/g, 1.3],
  // Pairs of units outside the basic plane: emoji, rare signs.
  [/[\ud800-\udfff]/g, 1.5],
  // Other alphabets: Greek, Cyrillic, Arabic, Indic.
  [/[\u0370-\u10ff\u1200-\u1fff]/g, 3.5],
];
/** Prose, code and JSON in Latin letters. */
const PLAIN_UNITS_PER_TOKEN = 4;
/** What a message costs besides its text: role and separators. */
const TOKENS_PER_MESSAGE = 4;

/**
 * An estimate; 0 for the empty text alone. Within a quarter of what o200k counts for some sentences of
 * prose, code or JSON; worse for short texts, numbers and rare scripts. Other vocabularies differ: the
 * newer ones of Anthropic make about 30 % more tokens of the same text.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let plain = text.length;
  for (const [pattern, unitsPerToken] of SCRIPTS) {
    const units = text.match(pattern)?.length ?? 0;
    tokens += units / unitsPerToken;
    plain -= units;
  }
  return Math.ceil(tokens + plain / PLAIN_UNITS_PER_TOKEN);
}

/** The estimate for UTF-8 bytes; bytes that are no UTF-8 count as the replacement character. */
export function estimateTokensOfBytes(bytes: Uint8Array): number {
  return estimateTokens(new TextDecoder().decode(bytes));
}

/** The estimate for a conversation of so many messages. */
export function estimateConversation(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + estimateTokens(text) + TOKENS_PER_MESSAGE, 0);
}

/**
 * No text of so many bytes has more tokens, because the vocabularies fall back to single bytes. What a
 * provider counts for images, files and its own tools is not in it. For reservations.
 */
export function upperBoundTokens(bytes: number): number {
  return Math.ceil(bytes);
}
