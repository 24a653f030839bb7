/**
 * What looking through the results of upstreams costs: `node bench/scan.ts`. CPU milliseconds per 10 KB of text without a
 * finding (prose, code, JSON of this repository), the rules behind their common filter and one after the other, interleaved;
 * the last line is one JSON object.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { matchRules } from '../src/upstreams/scan/match-rules.ts';
import { scanAndTag } from '../src/upstreams/scan/scan-result.ts';
import { scanText } from '../src/upstreams/scan/scan-text.ts';
import { TEXT_RULES } from '../src/upstreams/scan/text-rules.ts';
import { root } from '../tools/paths.ts';

const SIZE = 10_240;
const ROUNDS = 15;
const CALLS = 20;
const MIN_SCORE = 60;

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8').repeat(4).slice(0, SIZE);
const texts = [textOf('docs/limits.md'), textOf('src/limits/limits.ts'), textOf('package.json')];
const plain = texts.map((text) => text.toLowerCase().replace(/\s+/g, ' '));
for (const text of texts) if (scanText(text, { minScore: MIN_SCORE }).length > 0) throw new Error('a text of the bench has a finding: choose another');
const strong = TEXT_RULES.filter(({ score }) => score >= MIN_SCORE);
const tagged = (characters: number): (() => void) => {
  const result = { content: [{ type: 'text', text: texts.join(' ').repeat(4).slice(0, characters) }] };
  return () => void scanAndTag(result, { isScanned: true, maxCharacters: 4_194_304 });
};

/** As much as is ever looked at: one long text after the other. */
const many = { content: Array.from({ length: 300 }, () => ({ type: 'text', text: texts.join(' ') })) };
const worst = (): void => void scanAndTag(many, { isScanned: true, maxCharacters: 1_073_741_824 });

const cases: Readonly<Record<string, () => void>> = {
  rulesFiltered: () => plain.forEach((text) => void matchRules(text, MIN_SCORE)),
  rulesOneByOne: () => plain.forEach((text) => void strong.map(({ pattern }) => pattern.exec(text))),
  wholeScan: () => texts.forEach((text) => void scanText(text, { minScore: MIN_SCORE })),
  result200Bytes: tagged(200),
  result1Kb: tagged(1024),
  result10Kb: tagged(SIZE),
  result100Kb: tagged(10 * SIZE),
  resultWorst: worst,
};
const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(cases)) {
    run();
    const before = process.cpuUsage();
    for (let call = 0; call < CALLS; call += 1) run();
    const { user, system } = process.cpuUsage(before);
    times.get(name)?.push((user + system) / 1000 / CALLS);
  }
}
const median = (name: string, per = 1): number => {
  const sorted = (times.get(name) ?? []).toSorted((one, other) => one - other);
  return Number(((sorted[Math.floor(sorted.length / 2)] ?? 0) / per).toFixed(4));
};
console.log(
  JSON.stringify({
    rulesFilteredMsPer10Kb: median('rulesFiltered', 3),
    rulesOneByOneMsPer10Kb: median('rulesOneByOne', 3),
    rulesOneByOneOverFiltered: Number((median('rulesOneByOne') / median('rulesFiltered')).toFixed(2)),
    wholeScanMsPer10Kb: median('wholeScan', 3),
    result200BytesMs: median('result200Bytes'),
    result1KbMs: median('result1Kb'),
    result10KbMs: median('result10Kb'),
    result100KbMs: median('result100Kb'),
    resultWorstMs: median('resultWorst'),
  }),
);
