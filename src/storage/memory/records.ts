/** @module storage/memory/records: records that expire, without a disk. */
import type { RecordStore, StoredRecord } from '../../contracts/records.ts';

/** @param ensureOpen throws once the store is closed */
export function createMemoryRecords(ensureOpen: () => void): RecordStore {
  const records = new Map<string, StoredRecord>();
  let version = 0;

  const nameOf = (kind: string, id: string): string => JSON.stringify([kind, id]);
  const isLive = ({ expiresAt }: StoredRecord, now: number): boolean => expiresAt === null || expiresAt > now;
  const find = (kind: string, id: string, now: number): StoredRecord | undefined => {
    ensureOpen();
    const record = records.get(nameOf(kind, id));
    return record && isLive(record, now) ? record : undefined;
  };
  const newestFirst = (matches: (record: StoredRecord) => boolean): StoredRecord[] => {
    ensureOpen();
    return [...records.values()]
      .filter(matches)
      .reverse()
      .sort((a, b) => b.createdAt - a.createdAt);
  };
  const put = (record: StoredRecord): void => {
    ensureOpen();
    const name = nameOf(record.kind, record.id);
    records.delete(name);
    records.set(name, Object.freeze({ ...record }));
    version += 1;
  };
  const remove = (doomed: readonly StoredRecord[]): number => {
    for (const { kind, id } of doomed) records.delete(nameOf(kind, id));
    if (doomed.length > 0) version += 1;
    return doomed.length;
  };

  return {
    get: find,
    findByAlias: (kind, alias, now) => newestFirst((record) => record.kind === kind && record.alias === alias && isLive(record, now))[0],
    list: ({ kind, group, limit }, now) =>
      newestFirst((record) => record.kind === kind && (group === undefined || record.group === group) && isLive(record, now)).slice(0, limit),
    put: async (record) => put(record),
    insert: async (record, now) => {
      if (find(record.kind, record.id, now)) return false;
      put(record);
      return true;
    },
    consume: async (kind, id, at) => {
      const record = find(kind, id, at);
      if (!record || record.consumedAt !== null) return false;
      put({ ...record, consumedAt: at });
      return true;
    },
    delete: async (kind, id) => remove(newestFirst((record) => record.kind === kind && record.id === id)) === 1,
    deleteGroup: async (group, kind) => remove(newestFirst((record) => record.group === group && (kind === undefined || record.kind === kind))),
    prune: async (now, limit) => remove(newestFirst((record) => !isLive(record, now)).slice(0, limit)),
    version: () => {
      ensureOpen();
      return version;
    },
  };
}
