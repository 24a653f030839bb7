import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../../../tools/paths.ts';

const folder = join(root, 'src/models/providers');

// @requirement M1.a
it('each kind of provider is a folder with the same two files, and what it alone needs', () => {
  const kinds = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(kinds.length).toBeGreaterThan(5);
  for (const { name } of kinds) expect(readdirSync(join(folder, name)), name).toEqual(expect.arrayContaining(['address.ts', 'provider.ts']));
});
