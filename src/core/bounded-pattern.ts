/**
 * @module core/bounded-pattern: regular expressions of an operator that no text can make slow. A
 * backtracking matcher tries, from one place, at most as many ways as the pattern has choices: bounded
 * repetitions and a bounded product of choices bound the work for each character, whatever the text is.
 */

/** What is known of a pattern that was accepted. */
export interface BoundedPattern {
  readonly source: string;
  /** UTF-16 code units that a match has at most. */
  readonly maxLength: number;
  /** Ways that the matcher tries from one place at most. */
  readonly choices: number;
}

/** Why a pattern was not accepted, as the end of a sentence. */
export interface PatternFault {
  readonly fault: string;
}

const MAX_CHOICES = 2000;
const MAX_LENGTH = 512;
const MAX_SOURCE = 1000;

interface Cost {
  readonly min: number;
  readonly max: number;
  readonly choices: number;
}

class Refusal extends Error {}

/**
 * Checks without running it: literals, classes, escapes, groups, `|`, `^`, `$`, `\b` and bounded
 * repetitions. No `*`, `+`, `{n,}`, no look-around, no back-reference. It is compiled with the flag `v`.
 */
export function checkPattern(source: string): BoundedPattern | PatternFault {
  if (source === '' || source.length > MAX_SOURCE) return { fault: `has not 1 to ${MAX_SOURCE} characters` };
  try {
    new RegExp(source, 'v');
    const reader = new PatternReader(source);
    const { min, max, choices } = reader.readAll();
    if (min === 0) return { fault: 'matches the empty text' };
    if (max > MAX_LENGTH) return { fault: `can match more than ${MAX_LENGTH} characters` };
    if (choices > MAX_CHOICES) return { fault: `has more than ${MAX_CHOICES} ways to match (each repetition multiplies them)` };
    return { source, maxLength: max, choices };
  } catch (thrown) {
    return { fault: thrown instanceof Refusal ? thrown.message : 'is no regular expression of the flag v' };
  }
}

/** Whether the pattern was accepted. */
export function isBounded(checked: BoundedPattern | PatternFault): checked is BoundedPattern {
  return 'maxLength' in checked;
}

/** Reads a pattern that RegExp has accepted, so syntax is right already. */
class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  readAll(): Cost {
    return this.#alternatives();
  }

  #alternatives(): Cost {
    let all = this.#sequence();
    while (this.#take('|')) {
      const next = this.#sequence();
      all = { min: Math.min(all.min, next.min), max: Math.max(all.max, next.max), choices: all.choices + next.choices };
    }
    return all;
  }

  #sequence(): Cost {
    let all: Cost = { min: 0, max: 0, choices: 1 };
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      const next = this.#repeated(this.#atom());
      all = { min: all.min + next.min, max: all.max + next.max, choices: all.choices * next.choices };
    }
    return all;
  }

  #atom(): Cost {
    const sign = this.#source[this.#at] ?? '';
    if (sign === '(') return this.#group();
    if (sign === '[') return this.#class();
    if (sign === '\\') return this.#escape();
    this.#at += String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0).length;
    return sign === '^' || sign === '$' ? { min: 0, max: 0, choices: 1 } : { min: 1, max: 2, choices: 1 };
  }

  #group(): Cost {
    this.#at += 1;
    if (this.#take('?') && !this.#take(':')) throw new Refusal('has a look-around, a named group or flags');
    const inner = this.#alternatives();
    this.#at += 1;
    return inner;
  }

  #class(): Cost {
    let depth = 0;
    do {
      const sign = this.#source[this.#at];
      if (sign === '\\') {
        if (this.#source[this.#at + 1] === 'q') throw new Refusal('has \\q');
        this.#at += 1;
      } else if (sign === '[') depth += 1;
      else if (sign === ']') depth -= 1;
      this.#at += 1;
    } while (depth > 0);
    return { min: 1, max: 2, choices: 1 };
  }

  #escape(): Cost {
    const rest = this.#source.slice(this.#at);
    const isReference = /^\\(?:[1-9]|k)/.test(rest);
    if (isReference) throw new Refusal('has a back-reference');
    this.#at += /^\\(?:u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|[pP]\{[^}]*\}|c[a-z]|[\s\S])/i.exec(rest)?.[0].length ?? 2;
    return /^\\[bB]/.test(rest) ? { min: 0, max: 0, choices: 1 } : { min: 1, max: 2, choices: 1 };
  }

  #repeated(cost: Cost): Cost {
    const rest = this.#source.slice(this.#at);
    const found = /^(?:\?|\{(\d+)(?:(,)(\d*))?\})\??/.exec(rest);
    if (/^[*+]/.test(rest) || (found?.[2] !== undefined && found[3] === ''))
      throw new Refusal('has a repetition without upper bound; write {1,64} in place of +, {0,64} in place of *');
    if (!found) return cost;
    this.#at += found[0].length;
    const [least, most] = found[1] === undefined ? [0, 1] : [Number(found[1]), Number(found[3] ?? found[1])];
    return { min: cost.min * least, max: cost.max * most, choices: repeatedChoices(cost.choices, least, most) };
  }

  #take(sign: string): boolean {
    if (this.#source[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }
}

/** The sum over each number of repetitions of the ways to match so many. */
function repeatedChoices(choices: number, least: number, most: number): number {
  let sum = 0;
  for (let count = least; count <= most && sum <= MAX_CHOICES; count += 1) sum += choices ** count;
  return sum;
}
