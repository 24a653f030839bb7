/** @module config/lines: offsets of a text as lines and columns. */

/** Line and column, both from 1; a column counts UTF-16 units, as editors do. */
interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns in one text. */
export interface LineIndex {
  at(offset: number): LineColumn;
}

/** Indexes the text once; every lookup is a binary search. A line ends at `\n` (so CRLF counts once). */
export function createLineIndex(text: string): LineIndex {
  const starts = [0];
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return {
    at(offset) {
      const bounded = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= bounded) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: bounded - (starts[low] ?? 0) + 1 };
    },
  };
}
