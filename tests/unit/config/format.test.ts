import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { assemble, parseDocument } from '../../../src/config/assemble.ts';
import { formatConfig } from '../../../src/config/format.ts';
import { decodeSource } from '../../../src/config/source-text.ts';
import { AppError } from '../../../src/core/errors.ts';

const format = (path: string, text: string): Promise<string> => formatConfig(path, Buffer.from(text), path);

describe('formatConfig', () => {
  it('keeps comments, order, quotes and references of YAML', async () => {
    expect(
      await format(
        'x.yaml',
        '\uFEFF# top\r\n\r\nserver:\r\n    port:   ${PORT:-1}   # the port\r\n    # above\r\n    host: "::1"\r\n\r\n\r\ntools: { disabled: [a,b] }\r\nlog:\r\n',
      ),
    ).toBe('# top\n\nserver:\n  port: ${PORT:-1} # the port\n  # above\n  host: "::1"\n\ntools: {disabled: [a, b]}\nlog:\n');
  });

  it('keeps comments of JSON', async () => {
    expect(await format('x.jsonc', '{// a\n"log":{ "level" :"info"},/* b */}')).toBe('{ // a\n  "log": {\n    "level": "info"\n  }, /* b */\n}\n');
  });

  it.each(['{"log":{}}', '{}\n'])('JSON %s becomes stable', async (text) => {
    const once = await format('x.json', text);
    expect(await format('x.json', once)).toBe(once);
  });

  it('does not touch what it cannot parse', async () => {
    await expect(format('x.yaml', 'a: [')).rejects.toMatchObject({ code: 'CONFIG_SYNTAX' });
  });

  it('keeps the values of any YAML, and is stable', async () => {
    const json = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('yes', '${A}', '# x', '- y', 'a: b', ' ', 'multi\nline\n', '0x1f', '~'),
      ),
      tree: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z][\w -]{0,8}$/), tie('tree'), { maxKeys: 4 }),
      ),
    })).tree;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json, { minKeys: 1, maxKeys: 4 }), async (value) => {
        const text = stringify(value);
        const once = await format('x.yaml', text);
        const parsed = await parseDocument('x.yaml', decodeSource(Buffer.from(once), 'x.yaml'));
        expect(parsed.value).toEqual(value);
        expect(await format('x.yaml', once)).toBe(once);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any bytes at all', () => {
  const piece = fc.constantFrom(
    'server',
    'port',
    'log',
    ':',
    ' ',
    '\n',
    '\n  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '${',
    '}',
    '#',
    '|',
    '>',
    '1',
    '\t',
    ',',
    '?',
    '%',
    '\r\n',
    '/*',
    '//',
    '\u2028',
    '\uFEFF',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''))),
  );

  it.each(['x.yaml', 'x.json', 'x.jsonc'])('%s is accepted or refused with a place, never a crash', async (path) => {
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const found = { path: `/x/${path}`, label: path, bytes: content, isWritableByAll: false };
        const thrown: unknown = await assemble({ found, env: {}, overrides: {}, cwd: '/x' }).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (thrown === undefined) return;
        if (!AppError.is(thrown)) throw thrown;
        expect(thrown.code).toMatch(/^CONFIG_(SYNTAX|INVALID|UNSET_VARIABLE)$/);
        expect(thrown.message).toMatch(new RegExp(`^${path}:\\d+:\\d+: `));
      }),
      { numRuns: 1500 },
    );
  });
});
