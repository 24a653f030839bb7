/** @module core/secret-text: keys in texts of others. */

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';
const SECRET_NAME = /(?:key|secret|token|password|passphrase|credential|authorization|cookie|assertion)s?$|access_?key_?id$/i;
/** Words that end like a secret but name something else. */
const PLAIN_NAME = /(?:public_?keys?|max_?tokens)$/i;
const SECRET_TEXT = /\bsk-[\w-]{12,}|\bAIza[\w-]{20,}|\bbearer\s+[\w.~+/=-]{8,}|(?<=[?&](?:token|key|secret|code)=)[^&\s"]+/gi;
/**
 * A JWT, and what stands before it in the same word. It is looked for at the beginning of a word alone, and only where two dots
 * follow: begun anew at each `eyJ` of a long word, the search would take the square of its length.
 */
const JWT_TEXT = /(?<![\w-])(?=[\w-]*\.[\w-]+\.)((?:[\w-]*?-)?)eyJ[\w-]+\.[\w-]+\.[\w-]*/gi;
/** Shorter ones are words that stand in texts anyway. */
const SHORTEST_KNOWN = 8;

/** Whether the name of a member says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !PLAIN_NAME.test(name);
}

/**
 * The text without what looks like a key, a bearer header, a JWT or a link with a token, and without the
 * known secrets. A guess as far as it goes by looks: callers still must not hand on what they know to be secret.
 *
 * @param known values that must not stand in it, whatever they look like; those below 8 characters are not looked for
 */
export function hideSecrets(text: string, known: readonly string[] = []): string {
  const rest = known.filter(({ length }) => length >= SHORTEST_KNOWN).reduce((hidden, secret) => hidden.replaceAll(secret, REDACTED), text);
  return rest.replace(SECRET_TEXT, REDACTED).replace(JWT_TEXT, `$1${REDACTED}`);
}
