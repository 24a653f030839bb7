/** @module upstreams/pins/diff: what changed in a definition, for a person who has to decide. */
import type { PinnedDefinition } from '../../contracts/pins.ts';
import { canonicalJson, isObject, type JsonObject } from '../../core/json.ts';
import { revealText } from '../../core/visible-text.ts';

/** One member that differs. */
export interface DefinitionChange {
  /** JSON Pointer. */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Lines with their sign in front: `-`, `+` or a space. Every character in them can be seen. */
  readonly lines: readonly string[];
}

/** Steps of comparing two texts; longer ones are shown whole. */
const MAX_CELLS = 1_000_000;
const MAX_LINES = 2_000;
const CONTEXT = 2;

/** The members that differ, sorted by their pointers. Without an approved definition everything is added. */
export function compareDefinitions(before: JsonObject | null, after: JsonObject): readonly DefinitionChange[] {
  const [old, young] = [before ? flatten(before) : new Map<string, string>(), flatten(after)];
  const pointers = [...new Set([...old.keys(), ...young.keys()])].sort();
  return pointers.flatMap((pointer): DefinitionChange[] => {
    const [was, is] = [old.get(pointer), young.get(pointer)];
    if (was === is) return [];
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [
      {
        pointer: revealText(pointer).replace(/\s/g, ' '),
        kind,
        lines: compareLines(was === undefined ? [] : toLines(was), is === undefined ? [] : toLines(is)),
      },
    ];
  });
}

/** A unified diff. */
export interface RenderedDiff {
  readonly text: string;
  /** False where its end says how many lines were left out. */
  readonly isWhole: boolean;
}

/** One hunk for each member, headed by its JSON Pointer. Safe to write to a terminal. */
export function renderDiff(
  previous: Pick<PinnedDefinition, 'hash' | 'definition'> | null,
  listed: Pick<PinnedDefinition, 'hash' | 'definition'>,
): RenderedDiff {
  const hunks = compareDefinitions(previous?.definition ?? null, listed.definition).flatMap(({ pointer, lines }) => [
    `@@ ${pointer === '' ? '/' : pointer} @@`,
    ...lines,
  ]);
  const lines = [
    `--- ${previous ? `approved ${previous.hash}` : 'nothing approved'}`,
    `+++ listed ${listed.hash}`,
    ...hunks.slice(0, MAX_LINES),
    ...(hunks.length > MAX_LINES ? [`… ${hunks.length - MAX_LINES} more lines`] : []),
  ];
  return { text: lines.join('\n'), isWhole: hunks.length <= MAX_LINES };
}

/** Marks a leaf that is no text: `"1"` and `1` differ. */
const NO_TEXT = '\u0000';

/** Every leaf by its pointer. Depth is bounded: both were examined. */
function flatten(value: unknown, pointer = '', leaves: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  if (entries.length === 0) leaves.set(pointer, typeof value === 'string' ? value : `${NO_TEXT}${canonicalJson(value)}`);
  for (const [key, member] of entries) flatten(member, `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`, leaves);
  return leaves;
}

/** Texts by lines and sentences, so that one new sentence in a long description is one line of the diff; other values as JSON. */
function toLines(text: string): readonly string[] {
  if (text.startsWith(NO_TEXT)) return [revealText(text.slice(1))];
  return text.split(/\n|(?<=[.!?;:。！？]["')\]]?)\s+(?=\S)/u).map(revealText);
}

function compareLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const minus = (line: string): string => `-${line}`;
  const plus = (line: string): string => `+${line}`;
  if (before.length === 0 || after.length === 0 || before.length * after.length > MAX_CELLS) return [...before.map(minus), ...after.map(plus)];
  const lines: string[] = [];
  const lengths = commonLengths(before, after);
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, young] = [before[left], after[right]];
    if (old !== undefined && old === young) {
      lines.push(` ${old}`);
      left += 1;
      right += 1;
    } else if (young === undefined || (old !== undefined && (lengths[left + 1]?.[right] ?? 0) >= (lengths[left]?.[right + 1] ?? 0))) {
      lines.push(minus(old ?? ''));
      left += 1;
    } else {
      lines.push(plus(young));
      right += 1;
    }
  }
  return withContext(lines);
}

/** Lengths of the longest common subsequences of all pairs of tails. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let left = before.length - 1; left >= 0; left -= 1) {
    const [row, below] = [rows[left], rows[left + 1]];
    if (!row || !below) continue;
    for (let right = after.length - 1; right >= 0; right -= 1)
      row[right] = before[left] === after[right] ? (below[right + 1] ?? 0) + 1 : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
  }
  return rows;
}

/** Unchanged lines far from a change are left out. */
function withContext(lines: readonly string[]): readonly string[] {
  const isNear = (at: number): boolean => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => !line.startsWith(' '));
  return lines.flatMap((line, at) => (isNear(at) ? [line] : at > 0 && isNear(at - 1) ? [' …'] : []));
}
