import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addVariables, appendVariables } from '../../../src/config/edit-env.ts';
import { editYaml } from '../../../src/config/edit-yaml.ts';

const place = { section: 'upstreams', name: 'new' };
const entry = { transport: 'stdio', command: 'x', args: ['a: b', '${KEY}', '- c'] };
const PRINTED = '  new:\n    transport: stdio\n    command: x\n    args:\n      - "a: b"\n      - ${KEY}\n      - "- c"\n';

describe('G4.d: a YAML file is edited in place', () => {
  it.each([
    ['an empty file', '', `upstreams:\n${PRINTED}`],
    ['comments alone', '# only\n', `# only\n\nupstreams:\n${PRINTED}`],
    ['no line end', 'log: {level: warn}', `log: {level: warn}\n\nupstreams:\n${PRINTED}`],
    [
      'entries with comments',
      'upstreams:\n  a: # one\n    url: x # two\n# end\nlog: {}\n',
      `upstreams:\n  a: # one\n    url: x # two\n${PRINTED}# end\nlog: {}\n`,
    ],
    [
      'a block of text at the end',
      'upstreams:\n  a:\n    note: |\n      one\n\n      two\n\nlog: {}\n',
      `upstreams:\n  a:\n    note: |\n      one\n\n      two\n${PRINTED}\nlog: {}\n`,
    ],
    ['an entry in one line', 'upstreams:\n  a: {url: x} # here\n', `upstreams:\n  a: {url: x} # here\n${PRINTED}`],
  ])('%s', (_, before, after) => {
    expect(editYaml(before, place, entry)).toBe(after);
    const removed = editYaml(after, place, undefined);
    expect(parse(removed) ?? {}).toEqual(parse(before) ?? {});
    expect(removed.replaceAll(/\s/g, '')).toBe(before.replaceAll(/\s/g, ''));
  });

  it('a section in one line, or empty, is written anew; its comments stay', () => {
    for (const before of [
      'upstreams: {} # none\nlog: {level: warn} # l\n',
      'upstreams: # none\nlog: {level: warn} # l\n',
      'upstreams: { a: { url: x } } # none\nlog: {level: warn} # l\n',
    ]) {
      const after = editYaml(before, place, entry);
      expect(parse(after)).toMatchObject({ upstreams: { new: entry }, log: { level: 'warn' } });
      expect(after).toContain('# none');
      expect(after).toContain('# l');
    }
  });

  it('an entry is replaced where it stands', () => {
    expect(editYaml('upstreams:\n  new: {url: x}\n  b: {url: y} # b\n', place, entry)).toBe(`upstreams:\n${PRINTED}  b: {url: y} # b\n`);
  });

  it('whatever the values are, they are read back, and nothing else changes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !/[\uD800-\uDFFF]/.test(value));
    const own = 'log:\n  level: warn # quiet\nupstreams:\n  a:\n    url: x\n';
    fc.assert(
      fc.property(
        fc.record({ command: text, args: fc.array(text, { maxLength: 3 }), env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), text, { maxKeys: 3 }) }),
        (value) => {
          const after = editYaml(own, place, { command: value.command, args: value.args, env: { ...value.env } });
          expect(parse(after)).toEqual({
            log: { level: 'warn' },
            upstreams: { a: { url: 'x' }, new: { command: value.command, args: value.args, env: { ...value.env } } },
          });
          expect(after.startsWith(own)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('G4.e: variables are added to .env', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'switchyard-env-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('Node reads back exactly what was given', () => {
    const value = fc
      .string({ unit: fc.constantFrom('a', ' ', '#', '\\', 'n', '"', "'", '=', '$', '{', '\n', 'é'), maxLength: 12 })
      .filter((text) => !(text.includes('"') && text.includes("'")));
    fc.assert(
      fc.property(value, value, (first, second) => {
        const text = appendVariables(
          'OLD=1 # kept',
          new Map([
            ['A', first],
            ['B', second],
          ]),
        );
        expect(parseEnv(text)).toEqual({ OLD: '1', A: first, B: second });
      }),
      { numRuns: 300 },
    );
    expect(() => appendVariables('', new Map([['A', '\'"`']]))).toThrow(/every kind of quote/);
  });

  it('the file is private afterwards; a link is refused', () => {
    const path = join(base, '.env');
    expect(addVariables(path, new Map([['A', '1']]))).toEqual({ wasOpen: false });
    writeFileSync(path, 'A=1\r\n', { mode: 0o644 });
    expect(readFileSync(path, 'utf8')).toBe('A=1\r\n');
    addVariables(path, new Map([['B', '2']]));
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['A=1\r\nB=2\r\n', 0o600]);
    symlinkSync(path, join(base, 'link'));
    expect(() => addVariables(join(base, 'link'), new Map([['C', '3']]))).toThrow(/is a link/);
  });
});
