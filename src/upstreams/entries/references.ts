/** @module upstreams/entries/references: variables that a text refers to. */

const REFERENCE = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}/g;

/** Names of the variables that must be set; those with a default need not be. */
export function referencesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, dollar, name, fallback]) => (dollar === '' && name !== undefined && fallback === undefined ? [name] : []));
}

/** All names a text refers to, with or without a default. */
export function allReferencesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, dollar, name]) => (dollar === '' && name !== undefined ? [name] : []));
}

/** The text with its variables filled in; undefined when one of them is not set. */
export function resolveKnown(text: string, lookup: (name: string) => string | undefined): string | undefined {
  let isKnown = true;
  const resolved = text.replace(REFERENCE, (whole, dollar: string, name: string, fallback: string | undefined) => {
    if (dollar !== '') return whole;
    const value = lookup(name) ?? fallback?.slice(2);
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? resolved : undefined;
}
