/** @module models/wire/likeness: knows events again that differ from the last one in a text alone. */

/** The shape of the last event. */
export interface Likeness {
  /** Whether the event is the learnt one with another text, not empty and without escapes, in the same place. */
  matches(data: string): boolean;
  /** Remembers an event that was read and understood. */
  learn(data: string): void;
  forget(): void;
}

/** A text that stands in JSON as it is. */
const PLAIN = /^[^"\\\u0000-\u001f]+$/;

/**
 * Streams repeat themselves: of two hundred bytes a dozen are new. What begins and ends as an event
 * that was parsed, with nothing but a plain text between, is valid JSON of the same shape: it need not
 * be parsed again. One byte that differs elsewhere, and it is.
 *
 * @param opening finds the opening quote of the text, such as /"text": ?"/
 */
export function createLikeness(opening: RegExp): Likeness {
  let before: string | undefined;
  let after = '';
  return {
    matches: (data) =>
      before !== undefined &&
      data.length > before.length + after.length &&
      data.startsWith(before) &&
      data.endsWith(after) &&
      PLAIN.test(data.slice(before.length, data.length - after.length)),
    learn(data) {
      before = undefined;
      const found = opening.exec(data);
      if (!found) return;
      const start = found.index + found[0].length;
      const end = data.indexOf('"', start);
      if (!PLAIN.test(data.slice(start, end))) return;
      before = data.slice(0, start);
      after = data.slice(end);
    },
    forget() {
      before = undefined;
    },
  };
}
