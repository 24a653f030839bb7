/** @module upstreams/entries/variables: finds the variable that a value may have. */

/** The first of the wishes, then of the last wish with a number, that fits. */
export function freeVariable(wishes: readonly [string, ...string[]], fits: (name: string) => boolean): string {
  const found = wishes.find(fits);
  if (found !== undefined) return found;
  const last = wishes[wishes.length - 1] ?? wishes[0];
  for (let number = 2; ; number += 1) if (fits(`${last}_${number}`)) return `${last}_${number}`;
}
