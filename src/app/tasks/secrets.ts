/** @module app/tasks/secrets: the secrets of a home, set and taken away from outside of the gateway. */
import type { SecretInfo } from '../../contracts/secrets.ts';
import { homePaths, resolveHome } from '../../config/home.ts';
import { AppError } from '../../core/errors.ts';
import { secretsOf } from '../secrets.ts';
import { recordedAfter, recordedFirst, withFoundation, type TaskPlace } from './task.ts';

/** Names and times, never values. @throws AppError SECRETS_DAMAGED, HOME_INSECURE, STORAGE_* */
export async function listSecrets(place: TaskPlace): Promise<readonly SecretInfo[]> {
  return (await open(place)).values.list();
}

/**
 * Sets or replaces a secret; recorded first, without the value. A running gateway whose configuration refers to it loads
 * the configuration anew.
 *
 * @throws AppError INVALID_PARAMS for a name or value that cannot be kept; CONFIG_*, AUDIT_UNAVAILABLE, SECRETS_*, STORAGE_*
 */
export async function setSecret(place: TaskPlace, name: string, value: string): Promise<void> {
  await withFoundation({ ...place, pendingSecrets: { [name]: value } }, async (foundation) => {
    const { values } = await foundation.secrets();
    await recordedFirst(foundation, { event: 'config_secret_set', target: 'admin:secrets', detail: { name: name.slice(0, 64) } }, () =>
      values.set(name, value),
    );
  });
}

/** Takes a secret away, also while the configuration is broken. @returns why that was not recorded, or undefined @throws AppError SECRET_UNKNOWN, SECRETS_*, STORAGE_* */
export async function removeSecret(place: TaskPlace, name: string): Promise<AppError | undefined> {
  const { values } = await open(place);
  if (!(await values.remove(name))) throw new AppError('SECRET_UNKNOWN', { message: `There is no secret ${name.slice(0, 100)}.` });
  return await recordedAfter({ ...place, pendingSecrets: {} }, { event: 'config_secret_removed', target: 'admin:secrets', detail: { name } });
}

/** A new key, and everything sealed with it. @returns how many values @throws AppError as setSecret */
export async function rotateSecretsKey(place: TaskPlace): Promise<number> {
  return await withFoundation({ ...place, pendingSecrets: {} }, async (foundation) => {
    const secrets = await foundation.secrets();
    const change = { event: 'config_secrets_rotated', target: 'admin:secrets', detail: {} } as const;
    return await recordedFirst(
      foundation,
      change,
      () => secrets.rotate(),
      (count) => ({ count }),
    );
  });
}

async function open({ home, env = process.env }: TaskPlace): ReturnType<ReturnType<typeof secretsOf>> {
  const root = homePaths(resolveHome(home === undefined ? env : { ...env, SWITCHYARD_HOME: home })).root;
  return await secretsOf(root, env)();
}
