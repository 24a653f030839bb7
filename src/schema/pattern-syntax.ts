/** @module schema/pattern-syntax: the structure of a regular expression that the platform has accepted. */

/** A part of a pattern. */
export type Piece =
  /** Takes one character; `source` is a pattern for exactly that character. */
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'assertion'; readonly at: 'start' | 'end' | 'word' | 'notWord' }
  | { readonly kind: 'look'; readonly body: Piece; readonly isBehind: boolean; readonly isNegative: boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly Piece[] }
  | { readonly kind: 'choice'; readonly options: readonly Piece[] }
  | { readonly kind: 'repeat'; readonly body: Piece; readonly min: number; readonly max: number }
  /** Back references and modifiers: only the platform's engine runs them. */
  | { readonly kind: 'irregular' };

const ESCAPE =
  /\\(?:u\{[0-9A-Fa-f]+\}|u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[^}]*\}|0|[\s\S])/uy;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/uy;
const GROUP = /\(\?(?:(:)|(<?)([=!])|<[^>]+>|[ims-]+:)/uy;

/** Reads a pattern that `new RegExp` accepts. What it does not understand becomes `irregular`. */
export function parsePattern(source: string, isUnicode: boolean): Piece {
  return new PatternReader(source, isUnicode).readChoice();
}

class PatternReader {
  readonly #source: string;
  readonly #isUnicode: boolean;
  #at = 0;

  constructor(source: string, isUnicode: boolean) {
    this.#source = source;
    this.#isUnicode = isUnicode;
  }

  readChoice(): Piece {
    const options = [this.#readSequence()];
    while (this.#take('|')) options.push(this.#readSequence());
    const [only] = options;
    return only && options.length === 1 ? only : { kind: 'choice', options };
  }

  #readSequence(): Piece {
    const parts: Piece[] = [];
    while (this.#at < this.#source.length && !this.#sees('|') && !this.#sees(')')) parts.push(this.#readQuantified());
    return { kind: 'sequence', parts };
  }

  #readQuantified(): Piece {
    const body = this.#readAtom();
    const match = this.#match(QUANTIFIER);
    if (!match) return body;
    const [text, min, comma, max] = match;
    if (min === undefined) return { kind: 'repeat', body, min: text.startsWith('+') ? 1 : 0, max: text.startsWith('?') ? 1 : Infinity };
    const least = Number(min);
    return { kind: 'repeat', body, min: least, max: comma === undefined ? least : max === '' ? Infinity : Number(max) };
  }

  #readAtom(): Piece {
    if (this.#sees('(')) return this.#readGroup();
    if (this.#sees('[')) return { kind: 'character', source: this.#readClass() };
    if (this.#sees('\\')) return this.#readEscape();
    if (this.#take('^')) return { kind: 'assertion', at: 'start' };
    if (this.#take('$')) return { kind: 'assertion', at: 'end' };
    const character = this.#isUnicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : this.#source.charAt(this.#at);
    this.#at += character.length;
    return { kind: 'character', source: /[{}\]]/.test(character) ? `\\${character}` : character };
  }

  #readGroup(): Piece {
    const match = this.#match(GROUP);
    if (!match) this.#at += 1;
    const [text = '', , behind, sign] = match ?? [];
    const body = this.readChoice();
    this.#take(')');
    if (sign !== undefined) return { kind: 'look', body, isBehind: behind === '<', isNegative: sign === '!' };
    return /^\(\?[ims-]/.test(text) ? { kind: 'irregular' } : body;
  }

  #readEscape(): Piece {
    const [text = '\\'] = this.#match(ESCAPE) ?? [];
    const letter = text.charAt(1);
    if (letter === 'b') return { kind: 'assertion', at: 'word' };
    if (letter === 'B') return { kind: 'assertion', at: 'notWord' };
    if (letter >= '1' && letter <= '9') return { kind: 'irregular' };
    // Outside Unicode mode, \k, \p and \u{…} mean something else; such a pattern is not worth more than a fallback.
    if (letter === 'k' || (!this.#isUnicode && (text.length === 1 || (/[pPu]/.test(letter) && text.includes('{'))))) return { kind: 'irregular' };
    return { kind: 'character', source: text };
  }

  #readClass(): string {
    const from = this.#at;
    this.#at += 1;
    while (this.#at < this.#source.length && !this.#sees(']')) this.#at += this.#sees('\\') ? 2 : 1;
    this.#at += 1;
    return this.#source.slice(from, this.#at);
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#source);
    if (match) this.#at += match[0].length;
    return match ?? undefined;
  }

  #sees(character: string): boolean {
    return this.#source.charAt(this.#at) === character;
  }

  #take(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#at += 1;
    return true;
  }
}
