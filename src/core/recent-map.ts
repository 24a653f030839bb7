/** @module core/recent-map: a bounded map that keeps what was used of late. */

/**
 * A map of at most `maxEntries`. An entry is forgotten when half that many other keys were set or
 * read back since its last use: least-recently-used in effect, at the price of a plain Map read
 * (an exact order would cost a delete and an insert on every hit).
 */
export class RecentMap<Key, Value extends NonNullable<unknown>> {
  readonly #halfEntries: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(maxEntries: number) {
    this.#halfEntries = Math.max(1, Math.floor(maxEntries / 2));
  }

  /** Entries held, never more than the maximum (a key counts twice while it changes halves). */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const aged = this.#old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#halfEntries && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
