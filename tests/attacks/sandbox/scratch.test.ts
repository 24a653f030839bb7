/** S2: scratch folders as a root of the file tools. The oracle is what comes out and what lies on the disk; who may is the control. */
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchFolderName } from '../../../src/contracts/scratch-folder.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { command, makeHome, projectOf, removeHome, startGateway, type Gateway } from '../../helpers/gateway.ts';

const SECRET = 'what alice keeps for herself';
const QUOTA = 16 * 1_048_576;
interface Person {
  readonly key: string;
  readonly id: string;
}
let home: string;
let gateway: Gateway;
let people: Record<'alice' | 'mallory' | 'reviewer', Person>;

beforeAll(async () => {
  home = makeHome();
  const file = join(projectOf(home), 'switchyard.yaml');
  const configure = (id: string): void =>
    writeFileSync(
      file,
      `sandbox: {diskBytes: ${QUOTA}}\npolicy:\n  roles:\n    reviewer:\n      inherits: [developer]\n      permissions: [{permission: CROSS_CLIENT_READ, resources: ["${id}"]}]\n`,
    );
  configure('nobody');
  const create = async (name: string, role: string): Promise<Person> => {
    const { stdout, stderr } = await command(home, '--json', 'keys', 'create', name, '--role', role);
    const { key, id } = JSON.parse(stdout || JSON.stringify({ stderr })) as { key: string; id: string };
    return { key, id: `key:${id}` };
  };
  people = { alice: await create('alice', 'developer'), mallory: await create('mallory', 'developer'), reviewer: await create('reviewer', 'reviewer') };
  configure(people.alice.id);
  gateway = await startGateway({ home });
  expect(await call(people.alice.key, 'write_file', { path: 'scratch:/deep/secret.txt', content: SECRET })).toMatchObject({ path: 'scratch:/deep/secret.txt' });
  await call(people.mallory.key, 'write_file', { path: 'scratch:/own.txt', content: 'of mallory' });
  const [theirs, own] = [folderOf('alice'), folderOf('mallory')];
  symlinkSync(theirs, join(own, 'link'));
  symlinkSync(join(theirs, 'deep/secret.txt'), join(own, 'file-link'));
  // A file with two links is closed to its owner too, so it is another one.
  writeFileSync(join(theirs, '.linked'), SECRET);
  linkSync(join(theirs, '.linked'), join(own, 'hard-link'));
  mkdirSync(join(projectOf(home), 'scratch:'));
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  removeHome(home);
});

const folderOf = (name: keyof typeof people): string => join(home, 'scratch', scratchFolderName(people[name].id));

/** The data, or the code of the error. */
async function call(key: string, tool: string, input: JsonObject): Promise<unknown> {
  const answer = await fetch(`${gateway.url}/mcp/v1/tools/${tool}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  });
  const body: unknown = await answer.json();
  const content = isObject(body) && isObject(body['structuredContent']) ? body['structuredContent'] : isObject(body) ? body : {};
  return isObject(content['error']) ? content['error']['code'] : content['data'];
}

/** Ways to the file of alice, as whoever else might write them. */
const ways = (): readonly string[] => {
  const { id } = people.alice;
  const folder = scratchFolderName(id);
  const file = 'deep/secret.txt';
  return [
    ...[`scratch:${id}/${file}`, `scratch:${encodeURIComponent(id)}/${file}`, `scratch:${id}//${file}`, `scratch:%6B${id.slice(1)}/${file}`],
    ...[`scratch:/../${folder}/${file}`, `scratch:../${folder}/${file}`, `scratch:..%2F${folder}/${file}`, `scratch:/%2e%2e/${folder}/${file}`],
    ...[`scratch:/${join(home, 'scratch', folder, file)}`, `scratch://${folder}/${file}`, `scratch:/${folder}/${file}`, `scratch:${folder}/${file}`],
    ...['scratch:/link/deep/secret.txt', 'scratch:/file-link', 'scratch:/hard-link', `scratch:/link/../../${folder}/${file}`],
    ...[join(home, 'scratch', folder, file), `../home/scratch/${folder}/${file}`, `./scratch:${id}/${file}`, `SCRATCH:${id}/${file}`],
    ...[`scratch:${id}\u0000/${file}`, `scratch:%E0%A4%A/${file}`, `scratch:%00/${file}`, `scratch:\\..\\${folder}/${file}`, `scratch:${id}%2F../${file}`],
  ];
};

describe('S2.d: the scratch folder of another', () => {
  it('is read by who may cross clients for its owner, and by its owner (control)', async () => {
    const named = `scratch:${people.alice.id}/deep/secret.txt`;
    expect(await call(people.alice.key, 'read_file', { path: 'scratch:/deep/secret.txt' })).toMatchObject({ content: SECRET });
    expect(await call(gateway.key, 'read_file', { path: named })).toMatchObject({ content: SECRET, path: named });
    expect(await call(people.reviewer.key, 'read_file', { path: named })).toMatchObject({ content: SECRET });
    expect(await call(people.reviewer.key, 'list_directory', { path: `scratch:${people.alice.id}`, recursive: true })).toMatchObject({
      items: [{ path: `scratch:${people.alice.id}/.linked` }, { path: `scratch:${people.alice.id}/deep` }, { path: named, size: SECRET.length }],
    });
  });

  it('is closed to everybody else, whatever the path is', async () => {
    expect(ways().length).toBeGreaterThanOrEqual(25);
    for (const path of ways()) {
      const read = await call(people.mallory.key, 'read_file', { path });
      expect([path, typeof read]).toEqual([path, 'string']);
      const listed = await call(people.mallory.key, 'list_directory', { path: path.replace(/\/?deep\/secret\.txt$/, '') || '.', recursive: true });
      expect(JSON.stringify(listed)).not.toContain('secret.txt');
    }
    for (const path of ways()) {
      // What is a path of her own folder is written there.
      await call(people.mallory.key, 'write_file', { path, content: 'by mallory' });
      expect(readFileSync(join(folderOf('alice'), '.linked'), 'utf8')).toBe(SECRET);
      expect(readFileSync(join(folderOf('alice'), 'deep/secret.txt'), 'utf8')).toBe(SECRET);
      expect(existsSync(join(projectOf(home), 'scratch:', 'deep'))).toBe(false);
    }
  });

  it('permission to read is none to write, and one for another owner is none for this', async () => {
    const path = `scratch:${people.alice.id}/planted.txt`;
    expect(await call(people.reviewer.key, 'write_file', { path, content: 'x' })).toBe('PERMISSION_DENIED');
    expect(await call(people.reviewer.key, 'read_file', { path: `scratch:${people.mallory.id}/own.txt` })).toBe('PERMISSION_DENIED');
    expect(existsSync(join(folderOf('alice'), 'planted.txt'))).toBe(false);
    expect(await call(gateway.key, 'write_file', { path, content: 'by the operator' })).toMatchObject({ bytes_written: 15 });
    expect(await call(people.alice.key, 'read_file', { path: 'scratch:/planted.txt' })).toMatchObject({ content: 'by the operator' });
  });

  it('whether there is one is told to those alone who may look, and looking makes none', async () => {
    expect(await call(people.mallory.key, 'list_directory', { path: 'scratch:key:nobody' })).toBe('PERMISSION_DENIED');
    expect(await call(gateway.key, 'list_directory', { path: 'scratch:key:nobody' })).toBe('PATH_NOT_FOUND');
    expect(await call(gateway.key, 'write_file', { path: 'scratch:key:nobody/a', content: 'a' })).toBe('PATH_NOT_FOUND');
    expect(existsSync(join(home, 'scratch', scratchFolderName('key:nobody')))).toBe(false);
  });
});

describe('S2.b S2.e: named roots', () => {
  it('a plain path is the workspace, scratch: the folder of who calls', async () => {
    await call(gateway.key, 'write_file', { path: 'same.txt', content: 'of the workspace' });
    await call(gateway.key, 'write_file', { path: 'scratch:/same.txt', content: 'of the operator' });
    await call(people.alice.key, 'write_file', { path: 'scratch:same.txt', content: 'alice' });
    expect(await call(gateway.key, 'read_file', { path: 'same.txt' })).toMatchObject({ content: 'of the workspace' });
    expect(await call(gateway.key, 'read_file', { path: 'scratch:/same.txt' })).toMatchObject({ content: 'of the operator' });
    expect(await call(people.mallory.key, 'read_file', { path: 'scratch:/same.txt' })).toBe('PATH_NOT_FOUND');
    expect(await call(people.mallory.key, 'list_directory', { path: 'scratch:' })).toMatchObject({
      path: 'scratch:',
      items: expect.arrayContaining([{ path: 'scratch:/own.txt', type: 'file', size: 10 }]) as unknown,
    });
  });

  it('a folder takes what its quota allows: the sum is measured, also of writes at once', async () => {
    const content = 'x'.repeat(QUOTA / 8);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => call(people.reviewer.key, 'write_file', { path: `scratch:/fill-${index}.txt`, content })),
    );
    const refused = answers.filter((answer) => answer === 'STORAGE_FULL').length;
    expect(refused).toBeGreaterThanOrEqual(4);
    expect(refused).toBeLessThan(7);
    expect(answers.filter((answer) => isObject(answer))).toHaveLength(12 - refused);
    expect(await call(people.mallory.key, 'write_file', { path: 'scratch:/other.txt', content })).toMatchObject({ bytes_written: content.length });
  });
});
