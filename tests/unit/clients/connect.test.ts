import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyPlan, prepareConnect, type ClientState, type ConnectOutcome } from '../../../src/clients/connect.ts';
import { applyDisconnect, prepareDisconnect, type DisconnectPlan } from '../../../src/clients/disconnect.ts';
import { readEntry } from '../../../src/clients/edit.ts';
import { locateConfig } from '../../../src/clients/locations.ts';
import { CLIENT_IDS, type ClientId, type ConnectRequest } from '../../../src/clients/types.ts';
import { httpRequest, stdioRequest } from './request.ts';
import { SAMPLES } from './samples.ts';

let base: string;
let state: ClientState;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-clients-')));
  state = { stateDirectory: join(base, 'state', 'clients'), clock: { now: () => Date.UTC(2026, 10, 21, 1, 45), monotonic: () => 0 } };
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const here = (client: ClientId, more: Partial<ConnectRequest> = {}): ConnectRequest =>
  stdioRequest(client, { homeDirectory: join(base, 'home'), projectDirectory: join(base, 'project'), ...more });
const connect = async (request: ConnectRequest): Promise<ConnectOutcome> => applyPlan(await prepareConnect(request), state);
const disconnect = async (request: ConnectRequest): Promise<DisconnectPlan> => {
  const plan = await prepareDisconnect(request, state);
  await applyDisconnect(plan, state);
  return plan;
};
const put = (request: ConnectRequest, text: string, mode = 0o644): string => {
  const path = locateConfig(request);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const filesBeside = (path: string): readonly string[] => readdirSync(dirname(path)).sort();

describe('G4.b: connect and disconnect', () => {
  it.each(SAMPLES)('$client, $title: the same bytes come back', async ({ client, text }) => {
    const request = here(client);
    const path = put(request, text, 0o640);
    const siblings = filesBeside(path);
    const outcome = await connect(request);
    expect(outcome).toEqual({ path, isChanged: true, backupPath: `${path}.switchyard-20261121T014500Z.bak` });
    expect(readEntry({ client, path, name: 'switchyard' }, readFileSync(path, 'utf8'))).toMatchObject({ command: '/opt/node/bin/node' });
    expect(readFileSync(outcome.backupPath ?? '', 'utf8')).toBe(text);
    expect([statSync(path).mode & 0o777, statSync(outcome.backupPath ?? '').mode & 0o777]).toEqual([0o640, 0o600]);
    expect((await disconnect(request)).kind).toBe('restored');
    expect(readFileSync(path).equals(Buffer.from(text))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(filesBeside(path)).toEqual(siblings);
    expect(readdirSync(state.stateDirectory)).toEqual([]);
  });

  it.each(SAMPLES)('$client, $title: edits in between survive', async ({ client, text }) => {
    const request = here(client);
    const path = put(request, text);
    await connect(request);
    const edit = client === 'codex' ? '\n[added]\nby = "hand" # later\n' : '\n// added by hand\n';
    writeFileSync(path, readFileSync(path, 'utf8') + edit);
    expect((await disconnect(request)).kind).toBe('entry-removed');
    const after = readFileSync(path, 'utf8');
    expect(after).toContain(edit.trim());
    expect(after).not.toContain('switchyard');
    // What was there before is there still, line by line; commas may have come back from where they went.
    for (const line of text.split(/\r?\n/)) expect(after).toContain(line.trim().replace(/,$/, ''));
  });

  it.each(CLIENT_IDS)('%s, no file: it is made, private, and goes again with its folders', async (client) => {
    mkdirSync(join(base, 'home'));
    const request = here(client);
    const outcome = await connect(request);
    expect([outcome.backupPath, statSync(outcome.path).mode & 0o777]).toEqual([null, 0o600]);
    expect((await disconnect(request)).kind).toBe('file-removed');
    expect(readdirSync(join(base, 'home'))).toEqual([]);
  });

  it('a folder that was made stays when something else has moved in', async () => {
    const request = here('cursor', { scope: 'project' });
    const { path } = await connect(request);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    writeFileSync(join(dirname(path), 'rules.md'), 'mine');
    await disconnect(request);
    expect(filesBeside(path)).toEqual(['rules.md']);
  });

  it('twice changes nothing the second time; with another command it keeps what the person added', async () => {
    const request = here('gemini');
    const path = put(request, '{\n  "mcpServers": {}\n}\n');
    await connect(request);
    expect(await connect(request)).toEqual({ path, isChanged: false, backupPath: null });
    const text = readFileSync(path, 'utf8').replace('"command"', '"trust": true,\n      "command"');
    writeFileSync(path, text);
    await connect(here('gemini', { command: { node: '/new/node', script: '/new/s.js' } }));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ mcpServers: { switchyard: { command: '/new/node', args: ['/new/s.js'], trust: true } } });
    expect((await disconnect(request)).kind).toBe('entry-removed');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ mcpServers: {} });
  });

  it('several times in a row still leads back to the first bytes', async () => {
    const request = here('codex');
    const path = put(request, '# mine\nmodel = "x"\n');
    await connect(request);
    await connect(here('codex', { command: { node: '/new/node', script: '/new/s.js' } }));
    await connect(httpRequest('codex', { homeDirectory: join(base, 'home') }));
    expect(filesBeside(path).filter((name) => name.endsWith('.bak'))).toHaveLength(1);
    expect((await disconnect(request)).kind).toBe('restored');
    expect(readFileSync(path, 'utf8')).toBe('# mine\nmodel = "x"\n');
  });

  it.each([
    ['cursor', '{"mcpServers": {"switchyard": {"command": "somebody\'s own", "note": [1, {"a": null}]}}}\n', '// edited\n'],
    ['codex', '[mcp_servers.switchyard]\ncommand = "own"\ntimeout = 2.5 # mine\n', '# edited\n'],
  ] as const)('%s: an entry of the same name that was there first comes back, also after edits', async (client, text, edit) => {
    const request = here(client);
    const path = put(request, text);
    await connect(request);
    writeFileSync(path, readFileSync(path, 'utf8') + edit);
    expect((await disconnect(request)).kind).toBe('entry-restored');
    const target = { client, path, name: 'switchyard' };
    expect(readEntry(target, readFileSync(path, 'utf8'))).toEqual(readEntry(target, text));
    expect(readFileSync(path, 'utf8')).toContain(edit.trim());
  });

  it('VS Code: the question goes with the entry, unless somebody else asks it, too', async () => {
    const request = httpRequest('vscode', { homeDirectory: join(base, 'home') });
    const path = put(request, '{\n\t"servers": {},\n}\n');
    await connect(request);
    const edited = `${readFileSync(path, 'utf8')}// edited\n`;
    writeFileSync(path, edited);
    await disconnect(request);
    expect(readFileSync(path, 'utf8')).toBe('{\n\t"servers": {},\n}\n// edited\n');
    await connect(request);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(
        '"servers": {',
        '"servers": { "too": { "url": "https://x", "headers": { "K": "${input:switchyard-switchyard-key}" } },',
      ),
    );
    await disconnect(request);
    expect(readFileSync(path, 'utf8')).toMatch(/"id": "switchyard-switchyard-key"/);
  });

  it('two connections in one file are apart', async () => {
    const [one, two] = [here('cursor'), here('cursor', { name: 'switchyard-test' })];
    const path = put(one, '{}\n');
    await connect(one);
    await connect(two);
    expect((await disconnect(one)).kind).toBe('entry-removed');
    expect(Object.keys((JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: object }).mcpServers)).toEqual(['switchyard-test']);
  });

  it('a backup that was changed or is gone is not brought back', async () => {
    for (const harm of [(path: string) => writeFileSync(path, '{"evil": true}'), (path: string) => rmSync(path)]) {
      const request = here('cursor');
      const path = put(request, '{ "a": 1 }\n');
      const { backupPath } = await connect(request);
      harm(backupPath ?? '');
      expect((await disconnect(request)).kind).toBe('entry-removed');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ a: 1 });
      expect(readFileSync(path, 'utf8')).not.toContain('evil');
      rmSync(backupPath ?? '', { force: true });
    }
  });

  it('without a record the entry goes; without an entry nothing happens', async () => {
    const request = here('cursor');
    const path = put(request, '{ "mcpServers": { "a": {}, "switchyard": { "command": "x" } } }');
    expect((await disconnect(request)).kind).toBe('entry-removed');
    expect(readFileSync(path, 'utf8')).toBe('{ "mcpServers": { "a": {} } }');
    expect((await disconnect(request)).kind).toBe('nothing');
    expect((await disconnect(here('codex'))).kind).toBe('nothing');
  });
});

describe('writing to a file of somebody else', () => {
  it('a link stays a link; the file it leads to is changed', async () => {
    const request = here('cursor');
    const dotfile = join(base, 'dotfiles-mcp.json');
    writeFileSync(dotfile, '{}\n');
    mkdirSync(join(base, 'home/.cursor'), { recursive: true });
    symlinkSync(dotfile, join(base, 'home/.cursor/mcp.json'));
    await connect(request);
    expect(readFileSync(dotfile, 'utf8')).toContain('switchyard');
    expect(realpathSync(join(base, 'home/.cursor/mcp.json'))).toBe(dotfile);
    await disconnect(request);
    expect(readFileSync(dotfile, 'utf8')).toBe('{}\n');
  });

  it('a link that leads nowhere, a folder and UTF-16 are refused', async () => {
    const request = here('cursor');
    mkdirSync(join(base, 'home/.cursor'), { recursive: true });
    const path = join(base, 'home/.cursor/mcp.json');
    symlinkSync('nowhere', path);
    await expect(connect(request)).rejects.toMatchObject({ code: 'CLIENT_CONFIG_INVALID' });
    rmSync(path);
    mkdirSync(path);
    await expect(connect(request)).rejects.toMatchObject({ code: 'CLIENT_CONFIG_INVALID' });
    rmSync(path, { recursive: true });
    writeFileSync(path, Buffer.from('\uFEFF{}', 'utf16le'));
    await expect(connect(request)).rejects.toMatchObject({
      code: 'CLIENT_CONFIG_INVALID',
      message: expect.stringMatching(/mcp\.json:1:1: the file is not UTF-8/) as unknown,
    });
  });

  it('a broken file is left as it is, and nothing is put beside it', async () => {
    const request = here('cursor');
    const path = put(request, '{ "mcpServers": { ');
    await expect(connect(request)).rejects.toMatchObject({ code: 'CLIENT_CONFIG_INVALID' });
    expect([readFileSync(path, 'utf8'), filesBeside(path), existsSync(state.stateDirectory)]).toEqual(['{ "mcpServers": { ', ['mcp.json'], false]);
  });

  it('a file that changed since it was planned is not written', async () => {
    const request = here('cursor');
    const path = put(request, '{}');
    const plan = await prepareConnect(request);
    writeFileSync(path, '{ "new": 1 }');
    await expect(applyPlan(plan, state)).rejects.toMatchObject({ code: 'CLIENT_CONFIG_BUSY' });
    expect([readFileSync(path, 'utf8'), filesBeside(path)]).toEqual(['{ "new": 1 }', ['mcp.json']]);
  });

  it('a key in the clear makes the file private, until it goes', async () => {
    const request = httpRequest('cursor', { homeDirectory: join(base, 'home'), headers: { Authorization: 'Bearer sk-sy-0123456789ab-secret' } });
    const path = put(request, '{}', 0o644);
    await connect(request);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await disconnect(request);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    for (const name of filesBeside(path)) expect(readFileSync(join(dirname(path), name), 'utf8')).not.toContain('sk-sy');
  });

  it('the record is private and holds nothing of the file', async () => {
    const request = here('cursor');
    put(request, '{ "mcpServers": { "a": { "env": { "KEY": "sk-of-somebody" } } } }');
    await connect(request);
    const [name = ''] = readdirSync(state.stateDirectory);
    const record = join(state.stateDirectory, name);
    expect([statSync(record).mode & 0o777, statSync(state.stateDirectory).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(record, 'utf8')).not.toContain('sk-of-somebody');
  });
});
