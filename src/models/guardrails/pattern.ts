/** @module models/guardrails/pattern: regular expressions of the operator. */
import { checkPattern, isBounded, type BoundedPattern } from '../../core/bounded-pattern.ts';
import { AppError } from '../../core/errors.ts';
import type { Detector, Found } from './detector.ts';

/** Time that the patterns of one call may take; afterwards the call is refused. */
export interface PatternClock {
  /** A pattern begins its work. */
  start(): void;
  /** It has gone on. @throws AppError GUARDRAIL_BLOCKED */
  check(): void;
}

/** Units searched between two looks at the clock. */
const STRETCH = 4096;

/**
 * Searches the folded text. Stretch by stretch, so that a slow pattern on a hostile text is ended in
 * time: what a stretch can cost is bounded by the check of the pattern.
 *
 * @throws AppError CONFIG_INVALID for a pattern that the configuration should have refused
 */
export function patternDetector(source: string, label: string, clock: PatternClock): Detector {
  const checked = checkPattern(source);
  if (!isBounded(checked)) throw new AppError('CONFIG_INVALID', { message: `The pattern ${checked.fault}.` });
  const regex = new RegExp(checked.source, 'gv');
  return {
    find: ({ text }, from) => findInStretches(regex, checked, text, from, label, clock),
    openFrom: ({ text }, from) => Math.max(from, text.length - checked.maxLength - 1),
  };
}

function findInStretches(regex: RegExp, { maxLength }: BoundedPattern, text: string, from: number, label: string, clock: PatternClock): Found | undefined {
  clock.start();
  for (let at = from; at < text.length; at += STRETCH) {
    if (at > from) clock.check();
    // One unit before and one behind, so that borders of words are seen.
    const sliceFrom = Math.max(0, at - 1);
    const slice = text.slice(sliceFrom, at + STRETCH + maxLength + 1);
    regex.lastIndex = at - sliceFrom;
    const match = regex.exec(slice);
    if (match && sliceFrom + match.index < at + STRETCH) {
      const start = sliceFrom + match.index;
      return { start, end: start + match[0].length, label };
    }
  }
  return undefined;
}
