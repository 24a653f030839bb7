import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/contracts/store.ts';
import { createKey } from '../../../src/identity/api-key.ts';
import { ensureAdminKey, type AdminKey } from '../../../src/identity/admin-key.ts';
import { createMemoryStore } from '../../../src/storage/memory/store.ts';

let home = '';
let store: Store;
const clock = { now: () => 1_000 };
const ensure = (): Promise<AdminKey> => ensureAdminKey({ home, store, clock });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'admin-key-'));
  store = createMemoryStore();
});
afterEach(() => rmSync(home, { recursive: true }));

describe('ensureAdminKey', () => {
  // @requirement A5.a
  it('makes the key at the first start and finds it at the next', async () => {
    const first = await ensure();
    expect(first).toMatchObject({ isNew: true, record: { roles: ['admin'], expiresAt: null } });
    expect(readFileSync(join(home, 'admin.key'), 'utf8')).toBe(`${first.key}\n`);
    expect(statSync(join(home, 'admin.key')).mode & 0o777).toBe(0o600);
    expect(await ensure()).toEqual({ ...first, isNew: false });
  });

  it("makes another when the key is revoked, unknown, no longer an admin's, or the file is damaged", async () => {
    const { record } = await ensure();
    await store.apiKeys.revoke(record.id, 1);
    const second = await ensure();
    expect(second.isNew).toBe(true);
    store = createMemoryStore();
    expect((await ensure()).isNew).toBe(true);
    const user = await createKey(store, clock, { name: 'u', kind: 'user', roles: ['user'] });
    for (const text of ['', 'nonsense', user.key, second.key.slice(0, -1)]) {
      writeFileSync(join(home, 'admin.key'), text);
      expect((await ensure()).isNew).toBe(true);
      expect((await ensure()).isNew).toBe(false);
    }
  });

  it('refuses a file that others can read, and says what to do without naming the folder', async () => {
    await ensure();
    chmodSync(join(home, 'admin.key'), 0o644);
    await expect(ensure()).rejects.toMatchObject({ code: 'HOME_INSECURE', message: expect.stringMatching(/^(?!.*\/).*chmod 600/) });
  });

  it('gives all that start at once the same key, and leaves no other valid', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, ensure));
    expect(new Set(keys.map(({ key }) => key)).size).toBe(1);
    expect(keys.filter(({ isNew }) => isNew).length).toBe(1);
    expect((await store.apiKeys.list()).filter(({ revokedAt }) => revokedAt === null).length).toBe(1);
  });
});
