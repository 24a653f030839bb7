/** @module secrets/home-secrets: the secrets of one home: what an operator sets, and what was obtained for upstreams. */
import { join } from 'node:path';
import type { HomePaths } from '../contracts/home.ts';
import type { SecretStore } from '../contracts/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { withFileLock } from '../core/file-lock.ts';
import { addSecretKey, dropOldSecretKeys, isKeyGiven, makeSecretKey, type SecretKeySource } from './secret-keys.ts';
import { createSecretStore } from './secret-store.ts';

/** Names an operator may choose, as they stand in `${secret:NAME}`. */
export const SECRET_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Both files of a home, under one key. */
export interface HomeSecrets {
  /** What `switchyard secrets` shows, by names that match SECRET_NAME. */
  readonly values: SecretStore;
  /** Tokens and registrations; nobody but the gateway reads them. */
  readonly credentials: SecretStore;
  /**
   * Makes a new key and seals everything with it; where the environment gives the key, seals everything with that one.
   * Stopped half-way, both keys are there and everything opens.
   *
   * @returns how many values @throws AppError SECRETS_*, HOME_INSECURE, STORAGE_*
   */
  rotate(): Promise<number>;
}

/** Touches no file before it is asked for something. */
export function createHomeSecrets(home: Pick<HomePaths, 'root' | 'keys'>, env: Readonly<Record<string, string | undefined>>, clock: Clock): HomeSecrets {
  const keys: SecretKeySource = { path: join(home.keys, 'secrets.key'), env };
  const folder = join(home.root, 'secrets');
  const values = createSecretStore({ path: join(folder, 'values.json'), label: 'secrets/values.json', purpose: 'value', keys, clock });
  const credentials = createSecretStore({ path: join(folder, 'credentials.json'), label: 'secrets/credentials.json', purpose: 'credential', keys, clock });
  return {
    values: {
      ...values,
      async set(name, value) {
        if (!SECRET_NAME.test(name)) {
          throw new AppError('INVALID_PARAMS', { message: 'The name of a secret has letters, digits, _, . and -, at most 64, and begins with a letter or _.' });
        }
        await values.set(name, value);
      },
    },
    credentials,
    async rotate() {
      const isOwn = !isKeyGiven(keys);
      if (isOwn) {
        makeSecretKey(keys);
        await withFileLock(keys.path, 'keys/secrets.key', () => addSecretKey(keys));
      }
      const count = (await values.reseal()) + (await credentials.reseal());
      if (isOwn) await withFileLock(keys.path, 'keys/secrets.key', () => dropOldSecretKeys(keys));
      return count;
    },
  };
}
