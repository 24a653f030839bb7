/** @module schema/run: the state of one validation, and what bounds it. */
import type { Problem } from '../contracts/target.ts';

/** Whether the value matches. Adds the reasons to the run when that collects them. */
export type Check = (value: unknown, run: Run) => boolean;

/** Schema visits per validation: a hostile `anyOf` of `anyOf` … would make billions of them. */
const MAX_STEPS = 2_000_000;
/** References followed inside each other: how deep a recursive value may be. */
const MAX_DEPTH = 256;
/** Milliseconds for all patterns of a validation. A single one is bounded by itself, but values can hold many texts. */
const MAX_MATCHING_MS = 1_000;
/** Looking at the clock for every text would cost more than most patterns. */
const MATCHES_PER_LOOK = 32;
const MAX_PROBLEMS = 10;

/**
 * One validation. It runs first without collecting (the common case: everything matches), then, if
 * that failed, once more with `problems` set.
 */
export class Run {
  /** Undefined = only the verdict is wanted, stop at the first mismatch. */
  problems: Problem[] | undefined;
  /** Why the validation was given up. Overrules every verdict, also inside `not`. */
  fatal: string | undefined = undefined;
  readonly path: string[] = [];
  #steps = 0;
  #depth = 0;
  #matches = 0;
  #matchingSince = 0;

  constructor(problems: Problem[] | undefined) {
    this.problems = problems;
  }

  /** Notes a mismatch at the current place, or at its member `key`. Always false. */
  fail(message: string, key?: string): false {
    if (this.problems && this.problems.length < MAX_PROBLEMS) {
      this.problems.push({ path: toPointer(key === undefined ? this.path : [...this.path, key]), message });
    }
    return false;
  }

  /** Gives the whole validation up; the value counts as invalid. Always false. */
  giveUp(reason: string): false {
    this.fatal ??= reason;
    return false;
  }

  /** Counts the visit of a schema. False once there were too many. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps <= MAX_STEPS || this.giveUp('takes too long to be checked against the schema');
  }

  /** Asked before a text is matched with a pattern. False once patterns have taken too long. */
  mayMatch(): boolean {
    this.#matches += 1;
    if (this.#matches % MATCHES_PER_LOOK !== 1) return this.fatal === undefined;
    const now = performance.now();
    if (this.#matches === 1) this.#matchingSince = now;
    return now - this.#matchingSince < MAX_MATCHING_MS || this.giveUp('has texts that take too long to be checked against their patterns');
  }

  /** The check one reference deeper. */
  descend(check: Check, value: unknown): boolean {
    if (this.#depth >= MAX_DEPTH) return this.giveUp('is nested too deeply');
    this.#depth += 1;
    const isMatch = check(value, this);
    this.#depth -= 1;
    return isMatch;
  }

  /** The check one member down. */
  enter(key: string, check: Check, value: unknown): boolean {
    if (!this.problems) return check(value, this);
    this.path.push(key);
    const isMatch = check(value, this);
    this.path.pop();
    return isMatch;
  }

  /** The verdict alone: whatever does not match on the way is not reported. */
  quietly(check: Check, value: unknown): boolean {
    const { problems } = this;
    this.problems = undefined;
    const isMatch = check(value, this);
    this.problems = problems;
    return isMatch;
  }

  /** The mismatches of one alternative, kept apart from those of the run. Empty = it matches. */
  aside(check: Check, value: unknown): readonly Problem[] {
    const { problems } = this;
    const own: Problem[] = [];
    this.problems = own;
    const isMatch = check(value, this);
    this.problems = problems;
    return isMatch ? [] : own;
  }

  /** Takes over mismatches found aside. */
  adopt(found: readonly Problem[]): void {
    if (this.problems) this.problems.push(...found.slice(0, MAX_PROBLEMS - this.problems.length));
  }
}

/** @see RFC 6901 */
export function toPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Whether the value passes all checks. Goes on after the first that fails only where problems are gathered. */
export function passesAll(checks: readonly Check[], value: unknown, run: Run): boolean {
  let isMatch = true;
  for (const check of checks) {
    if (check(value, run)) continue;
    if (!run.problems) return false;
    isMatch = false;
  }
  return isMatch;
}
