/** Every attack counts for an id of the OWASP MCP Top 10, and has a control in which its effect happens. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { OWASP, PLACES } from '../attacks/owasp.ts';

const folder = join(root, 'tests/attacks');
const files = globSync('**/*.test.ts', { cwd: folder });
/** What they look for is a crash, a hang or a lost record: there is no effect to show. The corpus of poisoned tools has honest ones for a control. */
const WITHOUT_EFFECT = [
  /fuzz\.test\.ts$/,
  /full-disk\.test\.ts$/,
  /^audit\/processes\.test\.ts$/,
  /^approvals\/webhook\.test\.ts$/,
  /^tool-poisoning\/corpus\.test\.ts$/,
];

it('each test of an attack stands in a place with an id', () => {
  const lost = files.filter((file) => !Object.keys(PLACES).some((place) => file === place || file.startsWith(`${place}/`)));
  expect(lost).toEqual([]);
  expect(Object.values(PLACES).filter((id) => !(id in OWASP))).toEqual([]);
});

it('each has a control', () => {
  const without = files.filter((file) => !/control/i.test(readFileSync(join(folder, file), 'utf8')) && !WITHOUT_EFFECT.some((pattern) => pattern.test(file)));
  expect(without).toEqual([]);
  expect(files.length).toBeGreaterThan(20);
});
