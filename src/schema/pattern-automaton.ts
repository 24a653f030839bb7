/** @module schema/pattern-automaton: regular expressions without backtracking. */
import type { Piece } from './pattern-syntax.ts';

/** One state: reads a character, forks, tests its surroundings, or accepts. `next` < 0 = not linked yet. */
type State =
  | { readonly kind: 'read'; readonly test: (character: string) => boolean; next: number }
  | { readonly kind: 'fork'; next: number; other: number }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'word' | 'notWord'; next: number }
  | { readonly kind: 'look'; readonly body: Automaton; readonly isBehind: boolean; readonly isNegative: boolean; next: number }
  | { readonly kind: 'accept' };

const MAX_STATES = 5_000;
/** Steps for one text: some 100 ms. */
const MAX_STEPS = 3_000_000;

/** The automaton of a pattern, or undefined when it has irregular parts or too many states. @see Thompson 1968; Cox, "Regular Expression Matching Can Be Simple And Fast" */
export function buildAutomaton(syntax: Piece, flags: string): Automaton | undefined {
  const states: State[] = [];
  try {
    const first = new Builder(states, flags).build(syntax, states.push({ kind: 'accept' }) - 1);
    return new Automaton(states, first, flags.includes('u'));
  } catch (error) {
    if (error instanceof NotRegular) return undefined;
    throw error;
  }
}

class NotRegular extends Error {}

/** Builds back to front: every piece is given the state that follows it. */
class Builder {
  readonly #states: State[];
  readonly #flags: string;

  constructor(states: State[], flags: string) {
    this.#states = states;
    this.#flags = flags;
  }

  /** The state the piece begins with. */
  build(piece: Piece, next: number): number {
    switch (piece.kind) {
      case 'character':
        return this.#add({ kind: 'read', test: characterTest(piece.source, this.#flags), next });
      case 'assertion':
        return this.#add({ kind: 'assert', at: piece.at, next });
      case 'sequence':
        return piece.parts.reduceRight((after, part) => this.build(part, after), next);
      case 'choice':
        return piece.options.map((option) => this.build(option, next)).reduce((other, first) => this.#add({ kind: 'fork', next: first, other }));
      case 'repeat':
        return this.#buildRepeat(piece.body, piece.min, piece.max, next);
      case 'look': {
        const body = buildAutomaton(piece.body, this.#flags);
        if (!body) throw new NotRegular();
        return this.#add({ kind: 'look', body, isBehind: piece.isBehind, isNegative: piece.isNegative, next });
      }
      default:
        throw new NotRegular();
    }
  }

  #buildRepeat(body: Piece, min: number, max: number, next: number): number {
    if (min > MAX_STATES || (max !== Infinity && max > MAX_STATES)) throw new NotRegular();
    let after = next;
    if (max === Infinity) {
      const fork: State = { kind: 'fork', next: -1, other: next };
      after = this.#add(fork);
      fork.next = this.build(body, after);
    } else {
      for (let round = min; round < max; round += 1) after = this.#add({ kind: 'fork', next: this.build(body, after), other: next });
    }
    for (let round = 0; round < min; round += 1) after = this.build(body, after);
    return after;
  }

  #add(state: State): number {
    if (this.#states.length >= MAX_STATES) throw new NotRegular();
    return this.#states.push(state) - 1;
  }
}

/** Follows all possibilities at once, so that the time is at most states × length (× length again for a look-around). */
export class Automaton {
  readonly #states: readonly State[];
  readonly #first: number;
  readonly #isUnicode: boolean;

  constructor(states: readonly State[], first: number, isUnicode: boolean) {
    this.#states = states;
    this.#first = first;
    this.#isUnicode = isUnicode;
  }

  /** Whether the text matches somewhere; undefined = gave up. */
  test(text: string): boolean | undefined {
    const budget = { steps: MAX_STEPS };
    const isMatch = this.#search(this.#isUnicode ? [...text] : text.split(''), 0, 'anywhere', budget);
    return budget.steps < 0 ? undefined : isMatch;
  }

  /** `anywhere`: starts at any character; `here`: only at `from`; a number: starts anywhere, must end exactly there. */
  #search(text: readonly string[], from: number, mode: 'anywhere' | 'here' | number, budget: { steps: number }): boolean {
    // At which position (counted from 1) a state was last reached.
    const seen = new Int32Array(this.#states.length);
    let current: number[] = [];
    for (let at = from; ; at += 1) {
      const reached: number[] = [];
      let isAccepted = false;
      const pending = mode !== 'here' || at === from ? [...current, this.#first] : current;
      while (pending.length > 0 && budget.steps >= 0) {
        const index = pending.pop() ?? 0;
        if (seen[index] === at + 1) continue;
        seen[index] = at + 1;
        budget.steps -= 1;
        const state = this.#states[index];
        if (state?.kind === 'read') reached.push(index);
        else if (state?.kind === 'accept') isAccepted = true;
        else if (state?.kind === 'fork') pending.push(state.next, state.other);
        else if (state && this.#holds(state, text, at, budget)) pending.push(state.next);
      }
      if (isAccepted && (typeof mode === 'string' || mode === at)) return true;
      const character = text[at];
      if (character === undefined || at === mode || budget.steps < 0) return false;
      current = [];
      for (const index of reached) {
        const state = this.#states[index];
        if (state?.kind === 'read' && state.test(character)) current.push(state.next);
      }
      if (mode === 'here' && current.length === 0) return false;
    }
  }

  #holds(state: Extract<State, { kind: 'assert' | 'look' }>, text: readonly string[], at: number, budget: { steps: number }): boolean {
    if (state.kind === 'look') {
      const isFound = state.isBehind ? state.body.#search(text, 0, at, budget) : state.body.#search(text, at, 'here', budget);
      return isFound !== state.isNegative;
    }
    if (state.at === 'start') return at === 0;
    if (state.at === 'end') return at === text.length;
    return (isWord(text[at - 1]) !== isWord(text[at])) === (state.at === 'word');
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}

/** The platform decides about single characters: classes and properties mean the same in both engines. */
function characterTest(source: string, flags: string): (character: string) => boolean {
  const expression = new RegExp(`^(?:${source})$`, flags);
  const known = new Map<string, boolean>();
  return (character) => {
    let isMatch = known.get(character);
    if (isMatch === undefined) {
      isMatch = expression.test(character);
      if (known.size < 512) known.set(character, isMatch);
    }
    return isMatch;
  };
}
