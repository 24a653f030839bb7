/** @module telemetry/series: the children of one metric, one for each combination of label values. */

/** Label values by name, as a caller hands them in. */
export type Labels = Readonly<Record<string, string>>;

/** Children past this fall into one whose every label is `other`: a client must not grow our memory. */
const MAX_CHILDREN = 1000;
const MAX_VALUE_LENGTH = 128;
const OTHER = 'other';

type Branch<Child> = Map<string, Branch<Child> | Child>;

/**
 * Finds the child of a label set without building a key: a walk over one map for each label. The
 * label names are those of the first observation; later ones with other names count under the names
 * that are known, a missing one as the empty text.
 */
export class Series<Child extends object> {
  readonly #create: () => Child;
  readonly #root: Branch<Child> = new Map();
  readonly #children: { readonly values: readonly string[]; readonly child: Child }[] = [];
  #names: readonly string[] | undefined;
  #other: Child | undefined;

  constructor(create: () => Child) {
    this.#create = create;
  }

  /** The child of these labels, made at the first sight of them. */
  child(labels: Labels): Child {
    this.#names ??= Object.keys(labels);
    let node: Branch<Child> | Child = this.#root;
    for (const name of this.#names) {
      const next: Branch<Child> | Child | undefined = (node as Branch<Child>).get(labels[name] ?? '');
      if (next === undefined) return this.#grow(labels, this.#names);
      node = next;
    }
    return node === this.#root ? this.#grow(labels, this.#names) : (node as Child);
  }

  /** Every child with its label values, in the order of `names`. */
  entries(): { readonly names: readonly string[]; readonly children: readonly { readonly values: readonly string[]; readonly child: Child }[] } {
    return { names: this.#names ?? [], children: this.#children };
  }

  #grow(labels: Labels, names: readonly string[]): Child {
    const isFull = this.#children.length >= MAX_CHILDREN;
    if (isFull && this.#other) return this.#other;
    const last = names.at(-1);
    if (last === undefined) return this.#only();
    const values = names.map((name) => (isFull ? OTHER : (labels[name] ?? '').slice(0, MAX_VALUE_LENGTH)));
    let branch = this.#root;
    for (const value of values.slice(0, -1)) {
      const next = (branch.get(value) ?? new Map()) as Branch<Child>;
      branch.set(value, next);
      branch = next;
    }
    const key = values.at(-1) ?? '';
    // A longer value was cut to one that exists already.
    const child = (branch.get(key) ?? this.#add(values)) as Child;
    branch.set(key, child);
    if (isFull) this.#other = child;
    return child;
  }

  /** The one child of a metric without labels. */
  #only(): Child {
    return this.#children[0]?.child ?? this.#add([]);
  }

  #add(values: readonly string[]): Child {
    const child = this.#create();
    this.#children.push({ values, child });
    return child;
  }
}
