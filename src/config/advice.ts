/** @module config/advice: values and fixes in words. */
import { isObject } from '../core/json.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { variableName } from './environment-names.ts';
import { valueAt, type Origin } from './layers.ts';
import { splitPointer } from './pointer.ts';
import { isSecretPointer } from './secret-keys.ts';
import { suggest } from './suggest.ts';

const SHOWN_CHARACTERS = 40;

/** `the text "8000"`, `a list`, `nothing`: a wrong value as an error may show it. Secrets by name are not shown. */
export function describeValue(pointer: string, value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a section';
  if (isSecretPointer(pointer)) return `a ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  return value.length > SHOWN_CHARACTERS ? `a text of ${value.length} characters` : `the text ${JSON.stringify(value)}`;
}

/** What a wrong value is, where that says more than its kind: a list that is one, but not as it must be. */
export function describeFault(pointer: string, words: string, value: unknown): string {
  if (!Array.isArray(value) || !words.startsWith('a list')) return describeValue(pointer, value);
  const texts = value.map((item) => JSON.stringify(item));
  const repeated = value.find((_, index) => texts.indexOf(texts[index] ?? '') !== index);
  return repeated === undefined ? `one of ${value.length}` : `one with ${describeValue(pointer, repeated)} twice`;
}

/** What an advice is about. */
export interface Mistake {
  readonly pointer: string;
  /** What the value must be. */
  readonly words: string;
  readonly received: unknown;
  readonly origin: Origin | undefined;
  readonly isHidden: boolean;
}

/** The shortest thing to do about a wrong value. */
export function fixFor(mistake: Mistake): string {
  const { words, received, origin, pointer } = mistake;
  const wantsList = words.startsWith('a list');
  if (origin === 'environment') return wantsList ? 'Write the whole list as JSON, such as ["a","b"].' : `Set the variable to ${words}.`;
  if (mistake.isHidden) return `Set the variable so that the value is ${words}.`;
  if (Array.isArray(received) && wantsList) return 'Remove what is too much.';
  if (typeof received === 'string') {
    const choices = /^one of (.*)$/.exec(words)?.[1]?.split(', ');
    const near = choices && suggest(received, choices);
    if (near !== undefined) return `Did you mean ${near}?`;
    if (words.includes('number') && received.trim() !== '' && Number.isFinite(Number(received))) return `Write ${Number(received)} without quotes.`;
    if (wantsList) return `Write a list: [${JSON.stringify(received)}].`;
  }
  return example(pointer) ?? `Write ${words}.`;
}

function example(pointer: string): string | undefined {
  const value = valueAt(DEFAULT_CONFIG, pointer);
  if (value === undefined || value === null || isObject(value)) return undefined;
  return `Write for example ${splitPointer(pointer).at(-1) ?? ''}: ${JSON.stringify(value)}, or set ${variableName(pointer)}.`;
}
