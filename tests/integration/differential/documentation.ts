/** The list of differences as docs/protocol.md shows it: `node tests/integration/differential/documentation.ts` writes it there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../tools/paths.ts';
import { REVISIONS } from './cases.ts';
import { DIFFERENCES } from './differences.ts';

const FILE = join(root, 'docs/protocol.md');
const BEGIN = '<!-- differences: generated -->';
const END = '<!-- differences: end -->';

/** The section between its marks. */
export function renderDifferences(): string {
  const rows = DIFFERENCES.map(({ id, what, why, revisions }) => {
    const scope = revisions.length === REVISIONS.length ? 'all' : revisions.join(', ');
    return `| ${[`\`${id}\``, scope, what, why].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  return `${BEGIN}\n\n| | Revisions | Difference | Reason |\n|---|---|---|---|\n${rows.join('')}\n${END}`;
}

/** The section as it stands in the file; undefined when its marks are missing. */
export function writtenDifferences(): string | undefined {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  return begin < 0 || end < begin ? undefined : text.slice(begin, end + END.length);
}

if (process.argv[1] === import.meta.filename) {
  const written = writtenDifferences();
  if (written === undefined) throw new Error(`docs/protocol.md lacks the marks ${BEGIN} and ${END}`);
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(written, () => renderDifferences()),
  );
}
