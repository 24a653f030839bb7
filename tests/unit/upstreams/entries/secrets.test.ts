import { describe, expect, it } from 'vitest';
import type { UpstreamDraft } from '../../../../src/upstreams/entries/draft.ts';
import { moveSecrets } from '../../../../src/upstreams/entries/secrets.ts';
import { createVault, type Vault } from '../../../../src/upstreams/entries/vault.ts';

const vault = (known: Partial<Parameters<typeof createVault>[0]> = {}): Vault => createVault({ file: {}, process: {}, referenced: new Set(), ...known });
const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}): UpstreamDraft => ({
  transport: 'stdio',
  command: 'run',
  args,
  env,
  headers: {},
  isDisabled: false,
});
const remote = (url: string, headers: Readonly<Record<string, string>> = {}): UpstreamDraft => ({
  transport: 'http',
  url,
  args: [],
  env: {},
  headers,
  isDisabled: false,
});

/** Each with the secret that must not be left anywhere. */
const ATTACKS: readonly (readonly [string, UpstreamDraft, string])[] = [
  ['a variable with a telling name', program([], { GITHUB_TOKEN: 'hunter2' }), 'hunter2'],
  ['a variable whose value is a key', program([], { NOTE: 'ghp_abcdefghijklmnopqrstuvwxyz0123456789' }), 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'],
  ['a password of digits', program([], { DB_PASSWORD: '123456' }), '123456'],
  ['a password in a URL of a variable', program([], { DATABASE_URI: 'postgres://me:hunter2@db/x' }), 'hunter2'],
  ['a password with a slash in it', program([], { DATABASE_URI: 'postgres://me:hun/ter2@db/x' }), 'hun/ter2'],
  ['a password with a hash and an @ in it', program([], { DATABASE_URI: 'postgres://me:h#un@ter2@db/x' }), 'h#un@ter2'],
  ['an option with =', program(['--api-key=hunter2']), 'hunter2'],
  ['an option with a space', program(['--api-key', 'hunter2', 'plain']), 'hunter2'],
  ['an option in camel case', program(['--apiKey', 'hunter2']), 'hunter2'],
  ['a header of mcp-remote', program(['mcp-remote', 'https://x.example/', '--header', 'Authorization: Bearer hunter2']), 'hunter2'],
  ['a header of mcp-remote without a space', program(['--header', 'X-Api-Key:hunter2']), 'hunter2'],
  ['a variable handed to a container', program(['run', '-e', 'API_TOKEN=hunter2', 'image']), 'hunter2'],
  ['an assignment in a script', program(['-c', 'API_KEY="hunter2 x" exec server']), 'hunter2'],
  ['a key in a script', program(['-c', 'server sk-abcdefgh12345678 now']), 'sk-abcdefgh12345678'],
  ['a bare argument that is a key', program(['0123456789abcdef0123456789abcdef']), '0123456789abcdef0123456789abcdef'],
  ['a URL as an argument', program(['https://x.example/mcp?token=hunter2&x=1']), 'hunter2'],
  ['a default of a reference', program([], { API_KEY: '${API_KEY:-hunter2}' }), 'hunter2'],
  ['what stands beside a reference', program([], { API_KEY: 'hunter2${SUFFIX}' }), 'hunter2'],
  ['a header', remote('https://x.example/', { Authorization: 'Bearer hunter2' }), 'hunter2'],
  ['a header with a name of its own', remote('https://x.example/', { CONTEXT7_API_KEY: 'hunter2' }), 'hunter2'],
  ['a cookie', remote('https://x.example/', { Cookie: 'session=hunter2' }), 'hunter2'],
  ['a parameter of the URL', remote('https://x.example/mcp?api_key=hunter2'), 'hunter2'],
  ['a parameter in camel case', remote('https://x.example/mcp?tavilyApiKey=hunter2'), 'hunter2'],
  ['a fragment of the URL', remote('https://x.example/mcp#token=hunter2'), 'hunter2'],
  ['the path of the URL', remote('https://mcp.example/s/a1b2c3d4e5f6a7b8c9d0e1f2/mcp'), 'a1b2c3d4e5f6a7b8c9d0e1f2'],
  ['an identifier as path of the URL', remote('https://mcp.example/3f2b8c1e-0d4a-4b6f-9e7d-1a2b3c4d5e6f/mcp'), '3f2b8c1e-0d4a-4b6f-9e7d-1a2b3c4d5e6f'],
];

describe('G4.e: no secret stays in what is written', () => {
  it.each(ATTACKS)('%s', (_, draft, secret) => {
    const own = vault();
    const moved = JSON.stringify(moveSecrets('shop', draft, own));
    expect(moved).not.toContain(secret);
    expect(JSON.stringify(draft), 'the control: it was there').toContain(secret);
    expect([...own.additions.values()].join('\n')).toContain(secret);
    for (const name of own.additions.keys()) expect(moved).toContain(`\${${name}}`);
  });

  it.each([
    ['references', program(['--api-key=${KEY}', '${HOME}/x'], { TOKEN: '${TOKEN}', OTHER: '${OTHER:-plain}' })],
    ['packages and paths', program(['-y', '@modelcontextprotocol/server-filesystem@2025.12.18', '/srv/files', './dist/index.js', '--port=8080'])],
    [
      'settings with telling names',
      program(['--auth=none', '--max-tokens', '4096', '--token-file', '/run/token'], { USE_AUTH: 'true', KEY_PATH: '/etc/key', MAX_TOKENS: '1000' }),
    ],
    ['plain addresses', remote('https://mcp.example.org/v1/mcp?mode=readonly', { 'X-MCP-Readonly': 'true' })],
  ])('%s stay', (_, draft) => {
    const own = vault();
    expect(moveSecrets('shop', draft, own)).toEqual(draft);
    expect(own.additions.size).toBe(0);
  });

  it('a name that means something else is passed over; moving again finds the same names', () => {
    const draft = program([], { GITHUB_TOKEN: 'mine' });
    const busy = vault({ process: { GITHUB_TOKEN: 'another' }, file: { SHOP_GITHUB_TOKEN: 'third' } });
    expect(moveSecrets('shop', draft, busy).env).toEqual({ GITHUB_TOKEN: '${SHOP_GITHUB_TOKEN_2}' });
    const again = vault({
      process: { GITHUB_TOKEN: 'another' },
      file: { SHOP_GITHUB_TOKEN: 'third', SHOP_GITHUB_TOKEN_2: 'mine' },
      referenced: new Set(['SHOP_GITHUB_TOKEN_2']),
    });
    expect(moveSecrets('shop', draft, again).env).toEqual({ GITHUB_TOKEN: '${SHOP_GITHUB_TOKEN_2}' });
    expect(again.additions.size).toBe(0);
  });

  it('a key of a server does not become the key of the gateway’s own models', () => {
    expect(moveSecrets('shop', program([], { OPENAI_API_KEY: 'k', NODE_OPTIONS: '--x ghp_abcdefghijklmnopqrst' }), vault()).env).toEqual({
      OPENAI_API_KEY: '${SHOP_OPENAI_API_KEY}',
      NODE_OPTIONS: '--x ${SHOP_NODE_OPTIONS_KEY}',
    });
  });

  it('a reference that waits for a value does not get somebody else’s', () => {
    const own = vault({ referenced: new Set(['GITHUB_TOKEN']) });
    expect(moveSecrets('shop', program([], { GITHUB_TOKEN: 'mine' }), own).env).toEqual({ GITHUB_TOKEN: '${SHOP_GITHUB_TOKEN}' });
  });
});
