/** @module tools/search/words: texts and names as the words that a search compares. */

/** Words that stand in any task and say nothing about it. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about above after again all also always am an and any are as at be because been before being below but by can cannot could did do does doing done ' +
    'during each else every for from get had has have having he her here him his how i if in into is it its just let like many may me might more most much my ' +
    'need needs no not now of off on once one only or other our ours out over own please she should show so some somebody something somewhere such tell than ' +
    'that the their them then there these they this those through to too under until up us use very want wants was we were what when where whether which ' +
    'while who whom whose why will with without would you your'
  ).split(' '),
);

/** Some shapes take time by the square of the length. */
const MAX_TASK = 1000;
const VOWEL = /[aeiouy]/;

/** Words of a task that fit nearly anything: they count, but little. */
const WEAK_WORDS: ReadonlySet<string> = new Set(
  (
    'add best big bring change check come day days does everybody everything first give given go going good got hour hours keep kind know last latest later ' +
    'look looking made make making month months morning name names new next night nine number old part people person place put ready right see set show side ' +
    'small start take team test ten thing things time today tomorrow tonight two three turn upon user week weeks work working world year years yesterday'
  )
    .split(' ')
    .map(stem),
);

/** Things that have a shape of their own in a task, with the words that tools have for them. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b[A-Z][A-Z\d]{1,9}-\d+\b/g, ' ticket issue '],
  [/(?<![\w/])#[a-z][\w-]*/g, ' channel $& '],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, ' email address '],
  [/\bhttps?:\/\/\S+/g, ' url page '],
  [/\bv?\d+\.\d+(?:\.\d+)?\b/g, ' version '],
  [/\b[\w-]+\.(?:js|ts|py|go|rs|java|c|h|md|txt|json|yaml|yml|csv|gz|zip|html|css|sql)\b/g, ' file $& '],
  [/\b(?:[a-z\d-]+\.)+(?:org|com|net|io|dev|example|de|eu)\b/g, ' domain host $& '],
];

/**
 * The stem of an English word: plural, -ing, -ed, -ly, -tion and a last e are taken off. Rough on purpose: both sides of a
 * comparison are treated alike. Words of other languages are mostly left as they are.
 */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  let root = word;
  if (root.endsWith('ies') && root.length > 4) root = `${root.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x)es$/.test(root)) root = root.slice(0, -2);
  else if (/[^su]s$/.test(root) && !root.endsWith('is')) root = root.slice(0, -1);
  for (const ending of ['ing', 'ed'] as const) {
    const rest = root.slice(0, -ending.length);
    if (!root.endsWith(ending) || rest.length < 3 || !VOWEL.test(rest)) continue;
    root = /([b-df-hj-np-rtv-z])\1$/.test(rest) ? rest.slice(0, -1) : rest;
    break;
  }
  if (root.endsWith('tion') && root.length > 5) root = root.slice(0, -3);
  if (root.endsWith('ly') && root.length > 5) root = root.slice(0, -2);
  return root.endsWith('e') && root.length > 3 ? root.slice(0, -1) : root;
}

/** In the order of the text, lower case: `createPullRequest`, `create_pull_request` and `Create pull request` are the same. */
export function splitWords(text: string): string[] {
  return text
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** Whether the stem is of a word that fits nearly anything. */
export function isWeak(stemmed: string): boolean {
  return WEAK_WORDS.has(stemmed);
}

/** The task with the words that tools have for tickets, channels, versions and the like in it; of a long one its begin. */
export function nameShapes(task: string): string {
  return SHAPES.reduce((text, [shape, words]) => text.replaceAll(shape, words), task.slice(0, MAX_TASK));
}

/** Stems of the words that say something, as often as they occur. */
export function stemsOf(text: string): string[] {
  return splitWords(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}
