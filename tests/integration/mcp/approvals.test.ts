/** A held call and the official clients, over stdio: what the person at the client says decides. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin } from '../../helpers/gateway.ts';
import { connect, type FormAnswer, type Kind } from './clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-asks-'));
const config = join(folder, 'switchyard.json');
beforeAll(() => {
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  mkdirSync(join(folder, 'files'));
  const rules = [{ id: 'writes', effect: 'ask', targets: ['tool:write_file'], unless: { '/path': { enum: ['free.txt'] } } }];
  writeFileSync(config, JSON.stringify({ policy: { rules } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const talk = async (kind: Kind, path: string, form: FormAnswer): Promise<string> => {
  const args = [bin, 'stdio', '--alone', '--home', join(folder, 'home'), '--config', config, '--workspace', join(folder, 'files')];
  const client = await connect(kind, { command: process.execPath, args }, form);
  try {
    return (await client.call('write_file', { path, content: 'x' })).text;
  } finally {
    await client.close();
  }
};
const isThere = (path: string): boolean => existsSync(join(folder, 'files', path));

// @requirement P5.b
describe.each(['v2 modern', 'v2 legacy', 'v1'] as const)('P5: a held call of the official client %s', (kind) => {
  const name = kind.replace(' ', '-');

  it('runs when its person says yes, and not when they say no', async () => {
    expect(await talk(kind, `${name}-no.txt`, { action: 'decline' })).toContain('APPROVAL_REFUSED');
    expect(await talk(kind, `${name}-unticked.txt`, { action: 'accept', content: { approve: false } })).toContain('APPROVAL_REFUSED');
    expect([isThere(`${name}-no.txt`), isThere(`${name}-unticked.txt`)]).toEqual([false, false]);
    expect(await talk(kind, `${name}-yes.txt`, { action: 'accept', content: { approve: true } })).toContain('Wrote 1 bytes');
    expect(isThere(`${name}-yes.txt`)).toBe(true);
  });
});

it('P5: a call within the limits of the rule is not asked about', async () => {
  expect(await talk('v1', 'free.txt', { action: 'decline' })).toContain('Wrote 1 bytes');
});
