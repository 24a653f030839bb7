/**
 * @module models/guardrails/scanner: searches one text that comes in pieces. What it finds does not
 * depend on where the text is cut: a place is decided only when nothing that follows can change it.
 */
import { searched, type Detector, type Found, type Searched } from './detector.ts';
import { fold, type Folded } from './fold.ts';

/** A detector with the rule it works for. */
export interface ArmedDetector {
  readonly rule: string;
  readonly detector: Detector;
}

/** Something found, in units of the text as it was sent, from its beginning. */
export interface Finding {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** Folded: how it was found. Never shown. */
  readonly value: string;
  /** Arguments of tools: whether it stands in a string, where a marker needs no quotes. */
  readonly isQuoted: boolean;
}

/** One text under search. */
export interface Scanner {
  /** @returns what is certain now */
  push(piece: string): readonly Finding[];
  /** No more text comes. More may be pushed nevertheless: it begins anew. */
  end(): readonly Finding[];
  /** Units of the text about which everything is said. */
  readonly decidedTo: number;
}

/** Units before a place that detectors may look at. */
const CONTEXT = 1;
const QUOTE = 0x22;

/** The leftmost finding wins, at one place the first detector. */
export function createScanner(detectors: readonly ArmedDetector[]): Scanner {
  let pending = '';
  let base = 0;
  let context = '';
  let run = 0;
  let quotes = 0;

  const scan = (isFinal: boolean): readonly Finding[] => {
    const folded = fold(pending, run, isFinal);
    const text = searched(context + folded.text);
    const offset = context.length;
    const limit = isFinal ? text.text.length : Math.min(...detectors.map(({ detector }) => detector.openFrom(text, offset)));
    const { accepted, end } = leftmost(detectors, text, offset, limit);
    const findings = toFindings(accepted, folded, { offset, base, quotes });
    const released = Math.max(end, limit);
    const isAll = released === text.text.length;
    const rawEnd = isAll ? folded.rawLength : folded.start(released - offset);
    quotes += countQuotes(text.text, offset, released);
    context = text.text.slice(Math.max(0, released - CONTEXT), released);
    run = isAll ? folded.run : folded.runBefore(released - offset);
    pending = pending.slice(rawEnd);
    base += rawEnd;
    return findings;
  };

  return {
    push(piece) {
      if (piece === '') return [];
      pending += piece;
      return scan(false);
    },
    end: () => (pending === '' ? [] : scan(true)),
    get decidedTo() {
      return base;
    },
  };
}

/** Everything in a text that is whole. */
export function scanWhole(detectors: readonly ArmedDetector[], text: string): readonly Finding[] {
  if (detectors.length === 0 || text === '') return [];
  const folded = fold(text);
  const all = searched(folded.text);
  const { accepted } = leftmost(detectors, all, 0, folded.text.length);
  return toFindings(accepted, folded, { offset: 0, base: 0, quotes: 0 });
}

interface Accepted {
  readonly rule: string;
  readonly found: Found;
}

function leftmost(detectors: readonly ArmedDetector[], text: Searched, from: number, limit: number): { accepted: readonly Accepted[]; end: number } {
  const accepted: Accepted[] = [];
  const next = detectors.map(({ detector }) => detector.find(text, from));
  let end = from;
  for (;;) {
    let best = -1;
    for (let index = 0; index < next.length; index += 1) {
      const found = next[index];
      if (found && found.start < limit && (best < 0 || found.start < (next[best]?.start ?? 0))) best = index;
    }
    const found = next[best];
    if (!found) return { accepted, end };
    accepted.push({ rule: detectors[best]?.rule ?? '', found });
    end = found.end;
    for (const [index, { detector }] of detectors.entries()) {
      const candidate = next[index];
      if (candidate && candidate.start < end) next[index] = detector.find(text, end);
    }
  }
}

/** Where the folded text stands in the whole. */
interface Place {
  /** Units of context before it. */
  readonly offset: number;
  /** Raw units before it. */
  readonly base: number;
  /** Quotes before it. */
  readonly quotes: number;
}

function toFindings(accepted: readonly Accepted[], folded: Folded, { offset, base, quotes }: Place): readonly Finding[] {
  let counted = 0;
  let before = quotes;
  return accepted.map(({ rule, found: { start, end, label } }) => {
    const from = start - offset;
    before += countQuotes(folded.text, counted, from);
    counted = from;
    return {
      rule,
      label,
      from: base + folded.start(from),
      to: base + folded.end(end - 1 - offset),
      value: folded.text.slice(from, end - offset),
      isQuoted: before % 2 === 1,
    };
  });
}

function countQuotes(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) === QUOTE) count += 1;
  return count;
}
