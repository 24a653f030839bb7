/** @module app/tasks/keys: the keys of a home, managed from outside of the gateway. */
import { formatBudget } from '../../contracts/budget-text.ts';
import type { Budget, BudgetState } from '../../contracts/spend.ts';
import type { ApiKeyRecord } from '../../contracts/store.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createKey, rotateKey, type CreatedKey, type NewKey } from '../../identity/api-key.ts';
import { recordedAfter, recordedFirst, withFoundation, withStore, type TaskPlace } from './task.ts';

const TARGET = 'admin:keys';

/** A new key, and which of its profiles the configuration does not have. */
export interface AddedKey extends CreatedKey {
  readonly unknownProfiles: readonly string[];
}

/** Makes a key; recorded. @throws AppError INVALID_PARAMS naming the field, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function addKey(place: TaskPlace, key: NewKey): Promise<AddedKey> {
  const { name, roles, models = null, profiles = null, budgets = [] } = key;
  const detail = {
    name,
    roles: roles.join(' '),
    models: models?.join(' ') ?? null,
    profiles: profiles?.join(' ') ?? null,
    budgets: budgets.map(formatBudget).join(' '),
  };
  return await withFoundation(place, async (foundation) => {
    const created = await recordedFirst(
      foundation,
      { event: 'key_created', target: TARGET, detail },
      () => createKey(foundation.store, foundation.clock, key),
      ({ record }) => ({ key: record.id }),
    );
    const { profiles: written, upstreams } = foundation.loaded.config;
    const unknownProfiles = (profiles ?? []).filter((profile) => !Object.hasOwn(written, profile) && !Object.hasOwn(upstreams, profile));
    return { ...created, unknownProfiles };
  });
}

/** Replaces a key by one with the same rights; recorded. @throws AppError KEY_UNKNOWN, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function replaceKey(place: TaskPlace, id: string, graceSeconds: number): Promise<CreatedKey> {
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: 'key_rotated', target: TARGET, detail: { key: id, graceSeconds } },
      () => rotateKey(foundation.store, foundation.clock, id, graceSeconds),
      ({ record }) => ({ successor: record.id }),
    ),
  );
}

/**
 * Revokes a key, also while the configuration is broken or nothing can be recorded.
 *
 * @returns why it was not recorded, or undefined
 * @throws AppError KEY_UNKNOWN, STORAGE_*
 */
export async function revokeKey(place: TaskPlace, id: string): Promise<AppError | undefined> {
  if (!(await withStore(place, (store) => store.apiKeys.revoke(id, systemClock.now())))) throw new AppError('KEY_UNKNOWN');
  return await recordedAfter(place, { event: 'key_revoked', target: TARGET, detail: { key: id } });
}

/** A key with what its budgets have left. */
export interface ListedKey extends ApiKeyRecord {
  readonly use: readonly (Budget & BudgetState)[];
}

/** Newest first. @throws AppError STORAGE_* */
export async function listKeys(place: TaskPlace): Promise<readonly ListedKey[]> {
  return await withStore(place, async ({ apiKeys, spend }) => {
    const keys = await apiKeys.list();
    const accounts = keys.flatMap(({ budgets, budgetsOf }) => budgets.map((budget) => ({ account: `key:${budgetsOf}`, ...budget })));
    const states = [...(await spend.usage(accounts, systemClock.now()))];
    return keys.map((key) => ({ ...key, use: key.budgets.map((budget) => ({ ...budget, ...(states.shift() ?? { used: 0, reserved: 0 }) })) }));
  });
}
