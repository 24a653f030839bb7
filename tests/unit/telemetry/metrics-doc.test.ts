import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);

it('docs/metrics.md lists exactly the metrics that the source registers', () => {
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const registered = sources.flatMap((path) =>
    [...readFileSync(new URL(`src/${path}`, root), 'utf8').matchAll(/\b(?:counter|histogram|gauge|observedCounter|info)\(\s*'([a-z]\w+_\w+)'/g)].map(
      ([, name]) => name,
    ),
  );
  const documented = [...readFileSync(new URL('docs/metrics.md', root), 'utf8').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(documented.toSorted()).toEqual([...new Set(registered)].toSorted());
});
