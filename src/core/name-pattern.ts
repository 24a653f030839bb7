/** @module core/name-pattern: names with `*` in them. */

/** Says whether the whole name matches. */
export type NameMatch = (name: string) => boolean;

/**
 * `*` stands for any characters, `/` too; everything else for itself. One pass over the name for each
 * pattern, whatever the name is.
 */
export function compileNames(patterns: readonly string[]): NameMatch {
  const matches = patterns.map(compileName);
  return (name) => matches.some((match) => match(name));
}

function compileName(pattern: string): NameMatch {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(head) || !name.endsWith(tail)) return false;
    let from = head.length;
    for (const piece of rest) {
      const found = name.indexOf(piece, from);
      if (found === -1) return false;
      from = found + piece.length;
    }
    return from <= name.length - tail.length;
  };
}
