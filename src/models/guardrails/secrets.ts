/** @module models/guardrails/secrets: keys and tokens that open something. */
import { formDetector, tailOfRun, wordOr, type Detector } from './detector.ts';

const isOfWord = wordOr('_-');

/** Nothing that would belong to it stands before it. */
function isBorder(text: string, at: number): boolean {
  return at === 0 || !isOfWord(text.charCodeAt(at - 1));
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** By the forms that their makers chose so that they can be found. Keys without a form (AWS secret keys, hexadecimal ones) are not known. */
const KEY_FORMS: readonly string[] = [
  // AWS
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
  // GitHub, GitLab, npm, Hugging Face
  'gh[pousr]_[A-Za-z0-9]{36,251}',
  'github_pat_[A-Za-z0-9_]{22,240}',
  'glpat-[\\w-]{20,64}',
  'npm_[A-Za-z0-9]{36}',
  'hf_[A-Za-z0-9]{34,64}',
  // OpenAI, Anthropic, this gateway
  'sk-[\\w-]{20,250}',
  // Slack
  'xox[abeoprs]-[A-Za-z0-9-]{10,250}',
  'xapp-[A-Za-z0-9-]{10,250}',
  // Google
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,250}',
  'GOCSPX-[\\w-]{20,64}',
  // Stripe, SendGrid
  '[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}',
  'SG\\.[\\w-]{16,32}\\.[\\w-]{32,64}',
];

/** One key; a prefix alone is none. */
export const keyDetector: Detector = formDetector({
  label: 'API_KEY',
  pattern: new RegExp(`(?<![A-Za-z0-9_-])(?:${KEY_FORMS.join('|')})(?![A-Za-z0-9])`, 'g'),
  accept: acceptKey,
  reach: 270,
  tail: tailOfRun(wordOr('_.-'), (text, at) => isBorder(text, at) && isLetter(text.charCodeAt(at))),
});

/** Names in words with hyphens can begin with sk- too: a key has digits, and a stretch that is no word. */
function acceptKey(match: string): number {
  if (!match.startsWith('sk-')) return match.length;
  const hasStretch = match.split('-').some((part) => part.length >= 12 && /\d/.test(part) && /[A-Za-z]/.test(part));
  return hasStretch ? match.length : 0;
}

const JWT_REACH = 8192;

/** Three parts in base64url, of which two begin as `{"`. @see RFC 7519 */
export const tokenDetector: Detector = formDetector({
  label: 'JWT',
  pattern: /(?<![\w-])eyJ[\w-]{8,2047}\.eyJ[\w-]{2,4095}\.[\w-]{0,1024}(?![\w-])/g,
  reach: JWT_REACH,
  tail: tailOfRun(
    wordOr('_.-'),
    (text, at) => isBorder(text, at) && (text.startsWith('eyJ', at) || (text.length - at <= 2 && 'ey'.startsWith(text.slice(at)))),
  ),
});

const KEY_BLOCK =
  /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!-)){0,16384}(?:-----END (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?/g;
const MAX_END = 100;

/** From its first line to its last; without a last line, to the next two hyphens or for 16 384 signs. @see RFC 7468 */
export const keyBlockDetector: Detector = {
  find({ text }, from) {
    KEY_BLOCK.lastIndex = from;
    const match = KEY_BLOCK.exec(text);
    return match ? { start: match.index, end: match.index + match[0].length, label: 'PRIVATE_KEY' } : undefined;
  },
  openFrom(all, from) {
    const { text } = all;
    for (let found = keyBlockDetector.find(all, from); found; found = keyBlockDetector.find(all, found.end)) {
      const rest = text.slice(found.end, found.end + MAX_END);
      const hasEnd = /-----END [A-Z0-9 ]+-----$/.test(text.slice(Math.max(found.start, found.end - MAX_END), found.end));
      if (!hasEnd && found.end + rest.length === text.length && /^-{0,5}(?:E(?:ND?[A-Z0-9 ]{0,80}-{0,5})?)?$/.test(rest)) return found.start;
    }
    const opening = /-{1,5}$|-----B[A-Z0-9 ]{0,72}-{0,4}$/.exec(text.slice(Math.max(from, text.length - MAX_END)));
    return opening ? Math.max(from, text.length - opening[0].length) : text.length;
  },
};
