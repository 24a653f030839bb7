/** The swapper for machines without python: two or three renames instead of one exchange, so a name is missing for a moment. */
import { renameSync } from 'node:fs';

const paths = process.argv.slice(2);

function swap(left: string, right: string): void {
  const aside = `${left}.aside`;
  renameSync(left, aside);
  renameSync(right, left);
  renameSync(aside, right);
}

process.stdin.on('end', () => process.exit(0)).resume();
console.log('ready');
const end = performance.now() + 900_000;
(function round(): void {
  for (let count = 0; count < 500; count += 1) {
    for (let index = 0; index + 1 < paths.length; index += 2) swap(paths[index] ?? '', paths[index + 1] ?? '');
  }
  // Lets the end of standard input be noticed.
  if (performance.now() < end) setImmediate(round);
})();
