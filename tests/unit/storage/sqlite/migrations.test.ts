import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { prepareKeyReads } from '../../../../src/storage/sqlite/api-keys.ts';
import { migrate, MIGRATIONS } from '../../../../src/storage/sqlite/migrations.ts';

const FIRST = 'CREATE TABLE notes (text TEXT)';
const SECOND = `ALTER TABLE notes ADD COLUMN mood TEXT DEFAULT 'calm'`;
const versionOf = (database: DatabaseSync): unknown => database.prepare('PRAGMA user_version').get()?.['user_version'];

describe('migrate', () => {
  it('runs only the steps that are missing and keeps the data', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, [FIRST]);
    database.exec(`INSERT INTO notes VALUES ('kept')`);
    migrate(database, [FIRST, SECOND]);
    migrate(database, [FIRST, SECOND]);
    expect(versionOf(database)).toBe(2);
    expect({ ...database.prepare('SELECT * FROM notes').get() }).toEqual({ text: 'kept', mood: 'calm' });
  });

  it('takes back every step when one fails', () => {
    const database = new DatabaseSync(':memory:');
    expect(() => migrate(database, [FIRST, 'NOT SQL'])).toThrow();
    expect(versionOf(database)).toBe(0);
    expect(database.isTransaction).toBe(false);
    migrate(database, [FIRST]);
    expect(versionOf(database)).toBe(1);
  });

  it('refuses a newer schema and says both versions', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, [FIRST, SECOND]);
    expect(() => migrate(database, [FIRST])).toThrowError(expect.objectContaining({ code: 'STORAGE_SCHEMA', data: { found: 2, supported: 1 } }));
  });

  it('keys of before the budgets have none, may call every model, and count on themselves', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, MIGRATIONS.slice(0, 1));
    database.exec(`INSERT INTO api_keys VALUES ('0123456789ab', 'h', 'n', 'user', '["user"]', NULL, NULL, 1, NULL, NULL, NULL)`);
    migrate(database);
    expect(prepareKeyReads(database).find('0123456789ab')).toMatchObject({ models: null, profiles: null, budgets: [], budgetsOf: '0123456789ab' });
  });

  it('a damaged budget is not taken for none', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database);
    const row = (budgets: string): string =>
      `INSERT OR REPLACE INTO api_keys VALUES ('a', 'h', 'n', 'user', '[]', NULL, NULL, 1, NULL, NULL, NULL, NULL, '${budgets}', 'a', NULL)`;
    for (const budgets of ['', '{}', '[1]', '[{"unit":"usd","limit":1,"window":"day"}]']) {
      database.exec(row(budgets));
      expect(() => prepareKeyReads(database).find('a')).toThrowError(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
    }
  });

  it('the released steps apply to an empty file', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database);
    expect(versionOf(database)).toBe(MIGRATIONS.length);
  });
});
