/**
 * @module upstreams/entries/secret-values: what looks like a secret.
 *
 * Errs on the side of moving too much: a harmless value in `.env` costs a line, a key in a file that is
 * committed costs the key. What has neither a telling name nor the form of a key is not found.
 */

const SECRET_WORDS = new Set(
  'key keys apikey apikeys secret secrets token tokens password passwords passwd pwd pass passphrase credential credentials auth authorization authentication bearer cookie cookies pat dsn jwt signature sig session sessionid accesskey privatekey'.split(
    ' ',
  ),
);
/** Last words that say the value is about a secret, and is none. */
const ABOUT = new Set(
  'path paths file files dir directory folder name type mode ttl limit max header endpoint issuer audience method provider scheme url uri host port enabled timeout scope scopes'.split(
    ' ',
  ),
);
const PLAIN_NAME = /(?:^|[-_])(?:max[-_]?tokens|tokens?[-_]?limit|public[-_]?key)$/i;
const PLAIN_VALUE =
  /^(?:|true|false|yes|no|on|off|0|1|none|null|undefined|oauth2?|basic|bearer|auto|env|default|enabled|disabled|required|optional|prompt|keychain|keyring)$/i;

/** Keys of well-known services, tokens of JOSE, blocks of PEM. */
const KNOWN = [
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}/,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/,
  /\bglpat-[A-Za-z0-9_-]{12,}/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{8,}/,
  /\bxapp-[A-Za-z0-9-]{8,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bAIza[A-Za-z0-9_-]{20,}/,
  /\bya29\.[A-Za-z0-9_-]{16,}/,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/,
  /\b(?:npm|hf|ntn|lin_api|tvly|fc|figd|dop_v1|shpat|sntrys|pplx|gsk|xai|r8|tfp|atlasv1)[_-][A-Za-z0-9_-]{16,}/,
  /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/,
] as const;
/** The same, each occurrence within a longer text. */
const KNOWN_ANYWHERE = new RegExp(KNOWN.map(({ source }) => source).join('|'), 'g');
/** Twenty or more letters and digits in one go, as random ones look; identifiers of 8-4-4-4-12. */
const RANDOM_RUN = /[A-Za-z0-9]{20,}/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i;

/** Whether the name of a variable, header, option or parameter says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const bare = name.replace(/^-+/, '');
  if (PLAIN_NAME.test(bare)) return false;
  const words = bare
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (ABOUT.has(words.at(-1) ?? '')) return false;
  return words.some((word) => SECRET_WORDS.has(word) || /(?:token|secret|passwor[dt]|apikey)\d*$/.test(word));
}

/** Whether the value is of the form of a key, whatever it is called. */
export function isSecretValue(value: string): boolean {
  return KNOWN.some((pattern) => pattern.test(value)) || UUID.test(value) || hasRandomRun(value);
}

/** Whether a value with a telling name is one after all: `USE_AUTH=true` is not. */
export function isPlainValue(value: string): boolean {
  return PLAIN_VALUE.test(value.trim());
}

/** The text with each key of a known form replaced. */
export function replaceKnownKeys(text: string, replace: (key: string) => string): string {
  return text.replace(KNOWN_ANYWHERE, (key) => replace(key));
}

function hasRandomRun(value: string): boolean {
  return (value.match(RANDOM_RUN) ?? []).some((run) => (run.match(/\d/g)?.length ?? 0) >= 3 && /[A-Za-z]/.test(run));
}
