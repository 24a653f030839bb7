/** @module upstreams/entries/vault: gives secrets the names of variables. */
import { freeVariable } from './variables.ts';

/** What is known about variables before anything is moved. */
export interface KnownVariables {
  /** Of the `.env` file. */
  readonly file: Readonly<Record<string, string>>;
  /** Of the process; wins over the file. */
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
  /** Variables to be written, in the order of their claims. */
  readonly additions: ReadonlyMap<string, string>;
}

/** An empty vault. */
export function createVault({ file, process, referenced }: KnownVariables): Vault {
  const additions = new Map<string, string>();
  const valueOf = (name: string): string | undefined => process[name] ?? additions.get(name) ?? (Object.hasOwn(file, name) ? file[name] : undefined);
  return {
    additions,
    claim(wish, fallback, value) {
      const fits = (name: string): boolean => {
        const present = valueOf(name);
        // A reference without a value waits for a value of its own.
        return present === undefined ? !referenced.has(name) : present === value;
      };
      const name = freeVariable([wish, fallback], fits);
      if (valueOf(name) === undefined) additions.set(name, value);
      return name;
    },
  };
}
