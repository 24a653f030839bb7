/** @module identity/api-key: making, replacing and recognizing API keys. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';
import { isBudget } from '../contracts/budget-text.ts';
import type { Budget } from '../contracts/spend.ts';
import type { ApiKeyRecord, Store } from '../contracts/store.ts';

const ID_BYTES = 6;
const SECRET_BYTES = 24;
const KEY_SHAPE = /^sk-sy-([0-9a-f]{12})-[0-9a-f]{48}$/;
const NAME_SHAPE = /^[^\p{Cc}\p{Cs}]{1,100}$/u;
const ROLE_SHAPE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MODEL_SHAPE = /^[\w.:@/*-]{1,200}$/;
/** As the configuration spells names of profiles. */
const PROFILE_SHAPE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const MAX_LISTED = 100;
/** A hundred years. A time that no date can hold would make all keys unreadable. */
const MAX_SECONDS = 36_500 * 86_400;
const SCOPE_SHAPE = /^(?:[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*(?::\*)?|\*)$/;

/** Length of every key: `sk-sy-`, 12 hexadecimal digits, `-`, 48 hexadecimal digits. */
export const KEY_LENGTH = 67;

/** What a new key is for. */
export interface NewKey {
  /** For people: 1–100 characters, no control characters. */
  readonly name: string;
  readonly kind: ApiKeyRecord['kind'];
  /** At least one. Not checked against the policy: a role it does not know gives nothing. */
  readonly roles: readonly string[];
  /** Default null: all that the roles give. */
  readonly scopes?: readonly string[] | null;
  readonly tenant?: string | null;
  /** Default null: does not expire. */
  readonly ttlSeconds?: number | null;
  /** Patterns of the models it may call. Default null: all that the policy gives. */
  readonly models?: readonly string[] | null;
  /** Names of the profiles through which alone it may be used. Default null: everywhere. */
  readonly profiles?: readonly string[] | null;
  /** At most one of each unit and window. Default none. */
  readonly budgets?: readonly Budget[];
}

/** A key as it is shown once. Only the hash is stored. */
export interface CreatedKey {
  readonly key: string;
  readonly record: ApiKeyRecord;
}

/** The public id inside a well-formed key, else undefined. */
export function keyIdOf(token: string): string | undefined {
  return token.length === KEY_LENGTH ? KEY_SHAPE.exec(token)?.[1] : undefined;
}

/**
 * Whether the key is the one whose hash is stored. Takes the same time wherever they differ, and
 * also when there is no record.
 */
export function isKeyOf(token: string, record: ApiKeyRecord | undefined): boolean {
  const digest = hash('sha256', token, 'buffer');
  const stored = Buffer.from(record?.hash ?? '', 'hex');
  const isComparable = stored.length === digest.length;
  return timingSafeEqual(digest, isComparable ? stored : Buffer.alloc(digest.length)) && isComparable;
}

/** Whether the key may be used at that time. */
export function isLive(record: ApiKeyRecord, nowEpochMs: number): boolean {
  return record.revokedAt === null && (record.expiresAt === null || record.expiresAt > nowEpochMs);
}

function mint({ budgetsOf, ...fields }: Omit<ApiKeyRecord, 'id' | 'hash' | 'revokedAt' | 'budgetsOf'> & { readonly budgetsOf?: string }): CreatedKey {
  const id = randomHex(ID_BYTES);
  const key = `sk-sy-${id}-${randomHex(SECRET_BYTES)}`;
  return { key, record: Object.freeze({ ...fields, id, hash: hash('sha256', key, 'hex'), revokedAt: null, budgetsOf: budgetsOf ?? id }) };
}

/**
 * Makes and stores a key.
 *
 * @throws AppError INVALID_PARAMS naming the field, or as the store fails
 */
export async function createKey(
  store: Store,
  clock: Pick<Clock, 'now'>,
  { name, kind, roles, scopes = null, tenant = null, ttlSeconds = null, models = null, profiles = null, budgets = [] }: NewKey,
): Promise<CreatedKey> {
  ensure(NAME_SHAPE.test(name), 'name: 1 to 100 characters, no control characters');
  ensure(roles.length > 0 && roles.every((role) => ROLE_SHAPE.test(role)), 'roles: at least one role name');
  ensure(scopes === null || scopes.every((scope) => SCOPE_SHAPE.test(scope)), 'scopes: names such as tools:read or tools:*');
  ensure(tenant === null || NAME_SHAPE.test(tenant), 'tenant: 1 to 100 characters, no control characters');
  ensure(ttlSeconds === null || (ttlSeconds > 0 && ttlSeconds <= MAX_SECONDS), 'ttlSeconds: a positive number, at most a hundred years');
  ensure(
    models === null || (models.length > 0 && models.length <= MAX_LISTED && models.every((model) => MODEL_SHAPE.test(model))),
    'models: one to 100 names or patterns such as fast or openai/*',
  );
  ensure(
    profiles === null || (profiles.length > 0 && profiles.length <= MAX_LISTED && profiles.every((profile) => PROFILE_SHAPE.test(profile))),
    'profiles: one to 100 names of profiles, as the configuration has them',
  );
  ensure(budgets.length <= MAX_LISTED && budgets.every(isBudget), 'budgets: such as 5usd/day, 100000tokens/day, 1000requests/hour, 600sandbox-seconds/day');
  ensure(new Set(budgets.map(({ unit, window }) => `${unit}/${window}`)).size === budgets.length, 'budgets: at most one of each unit and window');
  const createdAt = clock.now();
  const expiresAt = ttlSeconds === null ? null : Math.round(createdAt + ttlSeconds * 1_000);
  const created = mint({
    name,
    kind,
    roles: [...new Set(roles)],
    scopes: scopes && [...new Set(scopes)],
    tenant,
    createdAt,
    expiresAt,
    rotatedFrom: null,
    models: models && [...new Set(models)],
    profiles: profiles && [...new Set(profiles)],
    budgets,
  });
  await store.apiKeys.insert(created.record);
  return created;
}

/**
 * Replaces a key by one with the same rights and the same lifetime, counted from now. The old key
 * goes on working for the grace period, so that clients can be changed without a gap.
 *
 * @param graceSeconds 0 ends the old key at once
 * @throws AppError KEY_UNKNOWN when there is no such key or it is revoked, INVALID_PARAMS, or as the store fails
 */
export async function rotateKey(store: Store, clock: Pick<Clock, 'now'>, id: string, graceSeconds: number): Promise<CreatedKey> {
  ensure(graceSeconds >= 0 && graceSeconds <= MAX_SECONDS, 'graceSeconds: 0 or more, at most a hundred years');
  const old = await store.apiKeys.find(id);
  if (!old) throw new AppError('KEY_UNKNOWN');
  const now = clock.now();
  const { name, kind, roles, scopes, tenant, models, profiles, budgets, budgetsOf } = old;
  const expiresAt = old.expiresAt === null ? null : now + Math.max(1, old.expiresAt - old.createdAt);
  const created = mint({ name, kind, roles, scopes, tenant, createdAt: now, expiresAt, rotatedFrom: id, models, profiles, budgets, budgetsOf });
  if (!(await store.apiKeys.rotate(created.record, Math.round(now + graceSeconds * 1_000)))) {
    throw new AppError('KEY_UNKNOWN', { message: 'The key is revoked and cannot be rotated.' });
  }
  return created;
}

function ensure(isRight: boolean, rule: string): void {
  if (!isRight) throw new AppError('INVALID_PARAMS', { message: `The key needs ${rule}.` });
}
