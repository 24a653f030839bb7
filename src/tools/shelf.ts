/** @module tools/shelf: definitions of one kind by name, and their list. */
import type { Listed } from '../contracts/catalog.ts';
import { AppError } from '../core/errors.ts';

/** Names are unique; the list is sorted by name and the same object until something changes. */
export class Shelf<Entry extends Listed> {
  readonly #entries = new Map<string, Entry>();
  readonly #kind: string;
  #list: readonly Entry[] | undefined;

  /** @param kind how messages call an entry */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** @throws AppError DUPLICATE_NAME */
  add(name: string, entry: Entry): void {
    if (this.#entries.has(name)) throw new AppError('DUPLICATE_NAME', { message: `There is already a ${this.#kind} ${JSON.stringify(name)}.` });
    this.#entries.set(name, entry);
    this.#list = undefined;
  }

  /** False when there is none of this name. */
  remove(name: string): boolean {
    const wasThere = this.#entries.delete(name);
    if (wasThere) this.#list = undefined;
    return wasThere;
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  list(): readonly Entry[] {
    // By code units: the same everywhere, whatever the locale.
    this.#list ??= Object.freeze([...this.#entries].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry));
    return this.#list;
  }
}
