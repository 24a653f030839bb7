/** @module upstreams/entries/vault: gives secrets the names of variables. */

/** What is known about variables before anything is moved. */
export interface KnownVariables {
  /** Of the `.env` files. */
  readonly file: Readonly<Record<string, string>>;
  /** Of the process; wins over the files. */
  readonly process: Readonly<Record<string, string | undefined>>;
  /** Names that the configuration refers to already, set or not. */
  readonly referenced: ReadonlySet<string>;
}

/** Collects secrets. */
export interface Vault {
  /**
   * The name of a variable that has, or will have, this value. The same value under the same wish gets
   * the same name, so that moving twice changes nothing; a name that means something else is passed over.
   */
  claim(wish: string, fallback: string, value: string): string;
  /** What the variable holds, or will hold. */
  lookup(name: string): string | undefined;
  /** Variables to be written, in the order of their claims. */
  readonly additions: ReadonlyMap<string, string>;
  /** A copy to try something on. */
  fork(): Vault;
  /** Takes over what a copy collected. */
  absorb(copy: Vault): void;
}

/** An empty vault, or one with what was collected already. */
export function createVault(known: KnownVariables, collected: ReadonlyMap<string, string> = new Map()): Vault {
  const additions = new Map(collected);
  const { file, process, referenced } = known;
  // An empty variable of the process hides that of the file, as it does at the start of the gateway.
  const lookup = (name: string): string | undefined => process[name] ?? additions.get(name) ?? (Object.hasOwn(file, name) ? file[name] : undefined);
  return {
    additions,
    lookup,
    claim(wish, fallback, value) {
      const fits = (name: string): boolean => {
        const present = lookup(name);
        // A reference without a value waits for a value of its own.
        return present === undefined ? !referenced.has(name) : present === value;
      };
      const name = [wish, fallback].find(fits) ?? numbered(fallback, fits);
      if (lookup(name) === undefined) additions.set(name, value);
      return name;
    },
    fork: () => createVault(known, additions),
    absorb(copy) {
      for (const [name, value] of copy.additions) additions.set(name, value);
    },
  };
}

function numbered(name: string, fits: (name: string) => boolean): string {
  for (let number = 2; ; number += 1) if (fits(`${name}_${number}`)) return `${name}_${number}`;
}
