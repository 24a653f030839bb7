/** @module schema/pattern: regular expressions of strangers, on texts of strangers. */
import { type Automaton, buildAutomaton } from './pattern-automaton.ts';
import { costOf, isAnchored } from './pattern-cost.ts';
import { parsePattern, type Piece } from './pattern-syntax.ts';
import type { Run } from './run.ts';

const MAX_SOURCE = 4096;
/** Steps the backtracking engine may need in the worst case before the automaton takes over: some 10 ms. */
const MAX_BACKTRACKING = 5_000_000;
/** A pattern that only the backtracking engine can run must be safe at least up to this length. */
const MIN_SAFE_LENGTH = 64;

/**
 * Whether a text matches the pattern somewhere. Texts up to the length at which the engine of the
 * platform cannot take long go there; longer ones go through an automaton, whose time grows with the
 * length alone. Gives the run up when neither will do.
 *
 * The pattern is read in Unicode mode, and only if that refuses it (`\-` outside a class) as legacy
 * syntax, which many published schemas need.
 *
 * @param refuse called with the reason when the pattern is unusable; does not return
 */
export function compilePattern(source: string, refuse: (reason: string) => never): (text: string, run: Run) => boolean {
  if (source.length > MAX_SOURCE) return refuse(`has more than ${MAX_SOURCE} characters`);
  const expression = toExpression(source, 'u') ?? toExpression(source, '') ?? refuse('is not a regular expression');
  const syntax = parsePattern(source, expression.unicode);
  const safeLength = safeLengthOf(syntax);
  let automaton: Automaton | undefined;
  const getAutomaton = (): Automaton | undefined => (automaton ??= buildAutomaton(syntax, expression.flags));
  if (safeLength < MIN_SAFE_LENGTH && !getAutomaton())
    return refuse('may take exponential time and cannot be run otherwise; avoid back references and repetition inside repetition');
  return (text, run) => {
    if (!run.mayMatch()) return false;
    if (text.length <= safeLength) return expression.test(text);
    const verdict = getAutomaton()?.test(text);
    return verdict ?? run.giveUp('has a text that is too long to be checked against its pattern');
  };
}

function toExpression(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** The greatest length at which the worst case stays within bounds (−1 = none); found by bisection, as the cost only grows. */
function safeLengthOf(syntax: Piece): number {
  const starts = isAnchored(syntax) ? 0 : 1;
  const isSafe = (length: number): boolean => costOf(syntax, length) * (starts * length + 1) <= MAX_BACKTRACKING;
  let [low, high] = [-1, 1 << 24];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isSafe(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
