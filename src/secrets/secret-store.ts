/** @module secrets/secret-store: secrets of one file, for all processes of a home. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SecretInfo, SecretStore } from '../contracts/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { withFileLease } from '../core/file-lease.ts';
import { withFileLock } from '../core/file-lock.ts';
import { openSecret, sealSecret } from './secret-box.ts';
import { damaged, readSecretFile, secretFileVersion, writeSecretFile, type SealedEntry } from './secret-file.ts';
import { isKeyGiven, makeSecretKey, readSecretKeys, type SecretKey, type SecretKeySource } from './secret-keys.ts';

/** What a store is made of. */
export interface SecretStoreParts {
  /** Absolute; made at the first write. */
  readonly path: string;
  /** The file for messages, relative to the home. */
  readonly label: string;
  /** What the file is for; part of what is authenticated. */
  readonly purpose: string;
  readonly keys: SecretKeySource;
  readonly clock: Clock;
}

/** Characters a value may have. */
const MAX_VALUE_LENGTH = 65_536;
const MAX_ENTRIES = 10_000;

/** A store that can also move to a new key. */
export interface RotatableSecretStore extends SecretStore {
  /** Seals everything again, with the key that seals now. @returns how many values @throws AppError as get */
  reseal(): Promise<number>;
}

/**
 * Reads the file again whenever it has changed. The key is made at the first write, unless the environment gives one;
 * never where something is sealed already, because a new key would open nothing.
 */
export function createSecretStore(parts: SecretStoreParts): RotatableSecretStore {
  const { path, label, purpose, keys, clock } = parts;
  let entries: ReadonlyMap<string, SealedEntry> = new Map();
  let readAs: string | undefined;

  const current = (): ReadonlyMap<string, SealedEntry> => {
    const version = secretFileVersion(path);
    if (version === readAs) return entries;
    entries = readSecretFile(path, label);
    readAs = version;
    return entries;
  };
  const open = (name: string, { keyId, sealed }: SealedEntry): string => {
    const key = readSecretKeys(keys).find(({ id }) => id === keyId);
    if (!key) throw new AppError('SECRETS_KEY_MISSING', { message: `The key that ${name} in ${label} is encrypted with is not there.` });
    const value = openSecret(sealed, `${purpose} ${name}`, key);
    if (value === undefined) throw damaged(`The entry ${name} in the file ${label} of the state folder does not open: it was changed.`);
    return value;
  };
  const sealingKey = (held: ReadonlyMap<string, SealedEntry>): SecretKey => {
    if (readSecretKeys(keys).length === 0 && !isKeyGiven(keys)) {
      if (held.size > 0) throw new AppError('SECRETS_KEY_MISSING', { message: `${label} holds secrets, and keys/secrets.key that opens them is gone.` });
      makeSecretKey(keys);
    }
    const key = readSecretKeys(keys).at(-1);
    if (!key) throw new AppError('SECRETS_KEY_MISSING');
    return key;
  };
  const change = async (edit: (held: Map<string, SealedEntry>) => void): Promise<void> => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await withFileLock(path, label, () => {
      const held = new Map(readSecretFile(path, label));
      edit(held);
      writeSecretFile(path, held);
    });
  };
  const seal = (name: string, value: string, held: ReadonlyMap<string, SealedEntry>): SealedEntry => {
    const key = sealingKey(held);
    return { keyId: key.id, sealed: sealSecret(value, `${purpose} ${name}`, key), updatedAt: clock.now() };
  };

  return {
    get(name) {
      const entry = current().get(name);
      return entry && open(name, entry);
    },
    list: () => [...current()].map(([name, { updatedAt }]): SecretInfo => ({ name, updatedAt })),
    version: () => secretFileVersion(path),
    async set(name, value) {
      if (value === '' || value.length > MAX_VALUE_LENGTH) {
        throw new AppError('INVALID_PARAMS', { message: `The value of a secret has 1 to ${MAX_VALUE_LENGTH} characters.` });
      }
      await change((held) => {
        if (held.size >= MAX_ENTRIES && !held.has(name)) throw new AppError('INVALID_PARAMS', { message: `At most ${MAX_ENTRIES} secrets are kept.` });
        held.set(name, seal(name, value, held));
      });
    },
    async remove(name) {
      if (!current().has(name)) return false;
      let wasThere = false;
      await change((held) => {
        wasThere = held.delete(name);
      });
      return wasThere;
    },
    async exclusively(name, patienceMs, work) {
      const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
      return await withFileLease(join(dirname(path), 'leases', `${purpose}-${hash}`), name, patienceMs, work);
    },
    async reseal() {
      let count = 0;
      await change((held) => {
        for (const [name, entry] of held) {
          const { updatedAt } = entry;
          held.set(name, { ...seal(name, open(name, entry), held), updatedAt });
          count += 1;
        }
      });
      return count;
    },
  };
}
