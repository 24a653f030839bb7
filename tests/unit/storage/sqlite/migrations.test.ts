import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
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

  it('the released steps apply to an empty file', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database);
    expect(versionOf(database)).toBe(MIGRATIONS.length);
  });
});
