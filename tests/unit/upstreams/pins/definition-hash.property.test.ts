import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examineDefinition, hashDefinition } from '../../../../src/upstreams/pins/definition-hash.ts';

const member = fc.jsonValue({ maxDepth: 3 });
const definitions = fc.dictionary(fc.string({ maxLength: 12 }), member, { maxKeys: 8 });

/** The same value with the members of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, own]) => [key, shuffled(own)]),
  );
}

it('G3.a: the hash does not depend on the order of members', () => {
  fc.assert(fc.property(definitions, (definition) => hashDefinition('tool', definition) === hashDefinition('tool', shuffled(definition) as typeof definition)));
});

it('G3.a: every member counts, known or not, at every depth', () => {
  fc.assert(
    fc.property(definitions, fc.string({ maxLength: 12 }), member, (definition, key, value) => {
      fc.pre(JSON.stringify(definition[key]) !== JSON.stringify(value));
      // Members of __proto__ are own members in JSON, too.
      const changed = JSON.parse(JSON.stringify({ ...definition, nested: { ...definition } }));
      const before = hashDefinition('tool', changed);
      Object.defineProperty(changed.nested, key, { value, enumerable: true, configurable: true, writable: true });
      return hashDefinition('tool', changed) !== before;
    }),
  );
});

it('G3.a: a prompt and a tool of the same text are two definitions', () => {
  expect(hashDefinition('tool', { name: 'a' })).not.toBe(hashDefinition('prompt', { name: 'a' }));
  expect(hashDefinition('tool', { name: 'a' })).toMatch(/^sha256:[0-9a-f]{64}$/);
});

it('examines anything without throwing', () => {
  fc.assert(fc.property(fc.anything(), (value) => typeof examineDefinition('tool', value).name === 'string'));
  let deep: unknown = { type: 'string' };
  for (let level = 0; level < 100_000; level += 1) deep = { items: deep };
  expect(examineDefinition('tool', { name: 'deep', inputSchema: deep })).toMatchObject({ name: 'deep', problem: expect.stringContaining('deeper') });
  expect(examineDefinition('tool', { name: 'long', description: 'x'.repeat(200_000) })).toMatchObject({ problem: expect.stringContaining('characters') });
  expect(examineDefinition('tool', { description: 'nameless' })).toMatchObject({ problem: 'It has no name.' });
});
