import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { appendJsonItem, jsonValueAt, parseJsonFile, removeJsonMember, setJsonMember } from '../../../src/clients/json-edit.ts';
import { scanToml } from '../../../src/clients/toml-scan.ts';
import { readTomlTable, removeTomlTable, setTomlTable } from '../../../src/clients/toml-edit.ts';

const add = (text: string, value: unknown = { command: 'x' }): string => setJsonMember('f', parseJsonFile('f', text), ['mcpServers', 'us'], value).text;
const remove = (text: string): string => removeJsonMember('f', parseJsonFile('f', text), ['mcpServers', 'us']).text;

describe('a member of a JSON file with comments', () => {
  it.each([
    [
      'after the last one and its comment',
      '{\n  "mcpServers": {\n    "a": 1 // of a\n    // end\n  }\n}\n',
      '{\n  "mcpServers": {\n    "a": 1, // of a\n    "us": {\n      "command": "x"\n    }\n    // end\n  }\n}\n',
    ],
    [
      'in the style of trailing commas',
      '{\n\t"mcpServers": {\n\t\t"a": 1, /* of a */\n\t},\n}',
      '{\n\t"mcpServers": {\n\t\t"a": 1, /* of a */\n\t\t"us": {\n\t\t\t"command": "x"\n\t\t},\n\t},\n}',
    ],
    ['on one line', '{"a":1,"mcpServers":{"b":2}}', '{"a":1,"mcpServers":{"b":2, "us":{"command":"x"}}}'],
    ['in one line of many', '{\n  "mcpServers": { "b": 2 }\n}', '{\n  "mcpServers": { "b": 2, "us": {\n    "command": "x"\n  } }\n}'],
    [
      'in an empty object',
      '{\r\n    "mcpServers": {}\r\n}',
      '{\r\n    "mcpServers": {\r\n        "us": {\r\n            "command": "x"\r\n        }\r\n    }\r\n}',
    ],
    [
      'after a comment in an empty object',
      '{\n  "mcpServers": {\n    // none\n  }\n}',
      '{\n  "mcpServers": {\n    // none\n    "us": {\n      "command": "x"\n    }\n  }\n}',
    ],
    ['with the object that was missing', '{\n  "a": [1]\n}\n', '{\n  "a": [1],\n  "mcpServers": {\n    "us": {\n      "command": "x"\n    }\n  }\n}\n'],
    [
      'in place of an older one',
      '{\n  "mcpServers": {\n    "us": {\n      "command": "old" // comment\n    }, // ours\n    "z": 1\n  }\n}',
      '{\n  "mcpServers": {\n    "us": {\n      "command": "x"\n    }, // ours\n    "z": 1\n  }\n}',
    ],
    ['where comments look like JSON', '{"mcpServers":{"a":"//,}"/*,}*/}}', '{"mcpServers":{"a":"//,}", "us":{"command":"x"}/*,}*/}}'],
  ])('is set %s', (_, before, after) => {
    expect(add(before)).toBe(after);
    expect(add(after)).toBe(after);
  });

  it.each([
    [
      'the last one',
      '{\n  "mcpServers": {\n    "a": 1, // of a\n    // before us\n    "us": {}\n  }\n}',
      '{\n  "mcpServers": {\n    "a": 1 // of a\n    // before us\n  }\n}',
    ],
    ['the first one', '{ "mcpServers": { "us": {}, "b": 2 } }', '{ "mcpServers": { "b": 2 } }'],
    [
      'one between others',
      '{\n  "mcpServers": {\n    "a": 1,\n    "us": {},\n    // of b\n    "b": 2\n  }\n}',
      '{\n  "mcpServers": {\n    "a": 1,\n    // of b\n    "b": 2\n  }\n}',
    ],
    ['the only one', '{\n  "mcpServers": {\n    "us": {}\n  }\n}', '{\n  "mcpServers": {}\n}'],
    ['the last one before a trailing comma', '{"mcpServers":{"a":1,"us":{},}}', '{"mcpServers":{"a":1,}}'],
    ['none', '{"mcpServers":{"a":1}}', '{"mcpServers":{"a":1}}'],
  ])('is removed: %s', (_, before, after) => {
    expect(remove(before)).toBe(after);
  });

  it('items of arrays likewise', () => {
    const document = parseJsonFile('f', '{\n  "inputs": [\n    { "id": "a" }, // of a\n  ]\n}');
    const added = appendJsonItem('f', document, ['inputs'], { id: 'b' });
    expect(added.text).toBe('{\n  "inputs": [\n    { "id": "a" }, // of a\n    {\n      "id": "b"\n    },\n  ]\n}');
    expect(removeJsonMember('f', added, ['inputs', 1]).text).toBe(document.text);
  });

  it('whatever the file: the other values stay, and ours is what was set', () => {
    const blank = fc.constantFrom('', ' ', '\n', '\r\n  ', ' // c\n', '/* , } */', '\n\t// "x": {\n\t');
    const member = fc.tuple(
      blank,
      fc.constantFrom('a', 'b', 'us', 'é', 'c"d'),
      blank,
      fc.constantFrom('1', '"//"', '{}', '[1, 2]', '{ "k": "v" /* c */ }', 'null'),
      blank,
    );
    const object = fc
      .tuple(fc.uniqueArray(member, { selector: ([, key]) => key, maxLength: 4 }), fc.boolean(), blank)
      .map(
        ([members, hasTrailingComma, end]) =>
          `{${members.map(([lead, key, middle, value, tail]) => `${lead}${JSON.stringify(key)}:${middle}${value}${tail}`).join(',')}${hasTrailingComma && members.length > 0 ? ',' : ''}${end}}`,
      );
    const file = fc
      .tuple(fc.constantFrom('', '\uFEFF'), blank, object, blank, fc.boolean())
      .map(([bom, lead, inner, tail, isNested]) => `${bom}${lead}${isNested ? `{"x": 1,\n  "mcpServers":${inner}}` : inner}${tail}`);
    const readBack = (text: string): Record<string, unknown> => parse(text.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true }) as Record<string, unknown>;
    fc.assert(
      fc.property(file, (text) => {
        const before = readBack(text);
        const entry = { command: 'x', args: ['1'] };
        const after = add(text, entry);
        const servers = (before['mcpServers'] ?? {}) as Record<string, unknown>;
        expect(readBack(after)).toEqual({ ...before, mcpServers: { ...servers, us: entry } });
        const { us: _, ...others } = servers;
        expect(readBack(remove(after))).toEqual({ ...before, mcpServers: others });
        for (const comment of ['// c', '/* , } */', '// "x": {']) {
          if (!('us' in servers)) expect(remove(after).split(comment).length).toBe(text.split(comment).length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('an empty file and one with a comment only count as an empty object', () => {
    expect(jsonValueAt(parseJsonFile('f', ''), [])).toEqual({});
    expect(add('// mine\n')).toContain('// mine\n{');
  });
});

const PLACE = ['mcp_servers', 'us'] as const;
const setTable = (text: string): string => setTomlTable('f', text, PLACE, { command: 'x', args: ['a"b', 'c\\d'] }, new Set(['command', 'args', 'env']));
const OURS = '[mcp_servers.us]\ncommand = "x"\nargs = ["a\\"b", "c\\\\d"]\n';

describe('a table of a TOML file', () => {
  it.each([
    ['at the end', 'a = 1\n', `a = 1\n\n${OURS}`],
    ['in an empty file', '', OURS],
    ['after a missing line end', '[x]\na = 1', `[x]\na = 1\n\n${OURS}`],
    [
      'in place of an older one, its other members kept',
      '[mcp_servers.us] # ours\n# old\ncommand = "y"\nstartup_timeout_sec = 20 # slow\nargs = [\n  "z", # z\n]\n[mcp_servers.us.env]\nA = "1"\n[mcp_servers.us.tools.t]\napproval_mode = "prompt"\n[next]\n',
      '[mcp_servers.us] # ours\ncommand = "x"\nargs = ["a\\"b", "c\\\\d"]\n# old\nstartup_timeout_sec = 20 # slow\n[mcp_servers.us.tools.t]\napproval_mode = "prompt"\n[next]\n',
    ],
    ['in place of a short form', '[mcp_servers]\nus = { command = "y" }\nother = { command = "z" }\n', `[mcp_servers]\nother = { command = "z" }\n\n${OURS}`],
    ['in place of dotted keys', 'mcp_servers.us.command = "y"\nb = 1\n', `b = 1\n\n${OURS}`],
    ['with the line ends of the file', 'a = 1\r\n', `a = 1\r\n\r\n${OURS.replaceAll('\n', '\r\n')}`],
  ])('is set %s', (_, before, after) => {
    expect(setTable(before)).toBe(after);
    expect(setTable(after)).toBe(after);
  });

  it('is removed with its sub-tables and the empty line before it; comments around it stay', () => {
    const text = 'a = 1\n\n[mcp_servers.us]\n# inside\ncommand = "y"\n\n[mcp_servers.us.env]\nK = "v"\n\n# of next\n[next]\nb = 2\n';
    expect(removeTomlTable('f', text, PLACE)).toBe('a = 1\n\n# of next\n[next]\nb = 2\n');
    expect(removeTomlTable('f', setTable('a = 1\n'), PLACE)).toBe('a = 1\n');
    expect(removeTomlTable('f', 'a = 1\n', PLACE)).toBe('a = 1\n');
  });

  it('is read in every spelling', () => {
    for (const text of [
      '[mcp_servers.us]\ncommand = "x"\nenv = { A = "1" }',
      '[mcp_servers."us"]\ncommand = \'x\'\n[mcp_servers.us.env]\nA = """\n1"""',
      '[mcp_servers]\nus = { command = "x", env.A = "1" }',
      'mcp_servers = { us = { command = "x", env = { "A" = "1" } } }',
      'mcp_servers.us.command = "\\u0078"\nmcp_servers . us.env . A = "1"',
    ]) {
      expect(readTomlTable('f', text, PLACE)).toEqual({ command: 'x', env: { A: '1' } });
    }
  });

  it('is not what a string or a comment says', () => {
    const text = 'a = """\n[mcp_servers.us]\n"""\nb = \'\'\'\n[mcp_servers.us]\'\'\'\n# [mcp_servers.us]\nc = "#[x]" # "\n';
    expect(readTomlTable('f', text, PLACE)).toBeUndefined();
    expect(scanToml('f', text).map(({ place }) => place.join('.'))).toEqual(['a', 'b', 'c']);
  });
});
