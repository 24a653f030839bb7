/** What several upstreams bring together. */
import { expect, it } from 'vitest';
import { UpstreamPart } from '../../../src/upstreams/part.ts';
import type { Upstream } from '../../../src/upstreams/upstream.ts';
import type { Shown, UpstreamView } from '../../../src/upstreams/view.ts';

function viewOf(name: string, ...templates: readonly string[]): UpstreamView {
  const upstream = { name, config: { timeoutMs: 1 } } as unknown as Upstream;
  const shown = templates.map((own) => ({ target: { kind: 'resource', name: own }, definition: {}, upstream, own }) as unknown as Shown);
  return { tools: [], prompts: [], resources: [], templates: shown };
}

it('a server whose template takes every URI takes none from another server', () => {
  const part = new UpstreamPart([viewOf('greedy', '{+anything}', 'notes{+rest}'), viewOf('notes', 'notes://{id}', 'notes://archive/{id}')], () => true);
  const ownerOf = (uri: string): string | undefined => part.ownerOf(uri)?.name;
  expect(ownerOf('notes://7')).toBe('notes');
  expect(ownerOf('notes://archive/7')).toBe('notes');
  expect(part.resolve('resource', 'notes://7')?.upstream).toBe('notes');
  // The control: what nobody else says more about is its own; of equals the first has it.
  expect([ownerOf('other://7'), ownerOf('notes:7')]).toEqual(['greedy', 'greedy']);
  const twins = new UpstreamPart([viewOf('first', 'x://{a}'), viewOf('second', 'x://{b}')], () => true);
  expect(twins.ownerOf('x://1')?.name).toBe('first');
});
