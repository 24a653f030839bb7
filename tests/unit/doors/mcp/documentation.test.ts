import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { methodIn } from '../../../../src/doors/mcp/methods.ts';
import { MODERN_REVISION, REVISIONS, type Revision } from '../../../../src/doors/mcp/revisions.ts';
import { root } from '../../../../tools/paths.ts';

const rows = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const documented = rows.filter((cells) => cells.length === REVISIONS.length + 1 && cells[0]?.startsWith('`') && !cells[0].includes(','));

function isServed(revision: Revision, method: string): boolean {
  // Answered before the table is asked.
  if (method === 'initialize') return revision < MODERN_REVISION;
  try {
    return methodIn(revision, method) !== undefined;
  } catch {
    return false;
  }
}

describe('docs/protocol.md', () => {
  it('has the revisions as columns', () => {
    expect(rows[0]?.slice(1)).toEqual([...REVISIONS]);
    expect(documented).toHaveLength(18);
  });

  it.each(documented.map(([name = '', ...cells]) => [name.replaceAll('`', ''), cells] as const))('says which revisions have %s', (method, cells) => {
    expect(cells).toEqual(REVISIONS.map((revision) => (isServed(revision, method) ? 'yes' : 'no')));
  });
});
