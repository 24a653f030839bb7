/** @module identity/identity: from a credential to a principal. */
import { userInfo } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { ConsoleSessions } from '../contracts/http.ts';
import type { Identity, Principal } from '../contracts/principal.ts';
import type { ApiKeyRecord, Store } from '../contracts/store.ts';
import { KEY_LENGTH, isKeyOf, isLive, keyIdOf } from './api-key.ts';
import { createFailureGuard } from './failure-guard.ts';

const MAX_COOKIE_LENGTH = 4_096;
const MAX_CACHED = 10_000;
/** Refusals that wait at the same time; more are answered at once, so that waiting holds no memory. */
const MAX_DELAYED = 1_000;

/** What identity needs. */
export interface IdentityOptions {
  /** Called at the first key: the store opens then, not before. */
  readonly store: () => Store;
  readonly clock: Clock;
  /** Roles of the machine's own user over stdio. Default ['developer']. */
  readonly localRoles?: readonly string[];
  /** Without it, console credentials are refused. */
  readonly sessions?: Pick<ConsoleSessions, 'principalOf'>;
  /** How refusals are delayed. Default: a timer that does not keep the process alive. */
  readonly sleep?: (ms: number) => Promise<void>;
}

interface Known {
  readonly principal: Principal;
  readonly keyPrefix: string;
  /** Version of the keys under which the principal was found. */
  readonly version: number;
  readonly expiresAt: number;
}

const waitFor = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** The principal of a stored key. */
export function principalOfKey({ id, kind, tenant, roles, scopes, models, budgets, budgetsOf, expiresAt }: ApiKeyRecord): Principal {
  const name = `key:${id}`;
  const account = `key:${budgetsOf}`;
  const own = Object.freeze(budgets.map((budget) => Object.freeze({ account, ...budget })));
  return Object.freeze({ id: name, kind, clientId: name, tenant, roles, scopes, models, budgets: own, method: 'api-key', expiresAt });
}

/** The user that runs this process. */
export function localPrincipal(roles: readonly string[] = ['developer']): Principal {
  const id = `local:${process.getuid?.() ?? userInfo().username}`;
  return Object.freeze({
    id,
    kind: 'local',
    clientId: id,
    tenant: null,
    roles: Object.freeze([...roles]),
    scopes: null,
    models: null,
    budgets: Object.freeze([]),
    method: 'local',
    expiresAt: null,
  });
}

/**
 * Recognizes API keys, the local user and console sessions. A key seen before costs a Map read and a
 * look at the store's version; it is looked up anew when any key has changed, so a revocation acts at
 * once here and within 250 ms of another process's. Every invalid credential gets the same answer,
 * whatever is wrong with it. A store that cannot be read refuses everything.
 */
export function createIdentity({ store, clock, localRoles, sessions, sleep = waitFor }: IdentityOptions): Identity {
  const cache = new RecentMap<string, Known>(MAX_CACHED);
  const guard = createFailureGuard(clock);
  const local = localPrincipal(localRoles);
  const currentAt = new WeakMap<Principal, number>();
  let delayed = 0;

  const refuse = (source: string, keyPrefix: string): MaybePromise<never> => {
    const { delayMs, blockedSeconds } = guard.fail(source, keyPrefix);
    if (blockedSeconds > 0) throw new AppError('AUTHENTICATION_BLOCKED', { data: { retryAfterSeconds: blockedSeconds } });
    const error = new AppError('AUTHENTICATION_FAILED');
    if (delayMs === 0 || delayed >= MAX_DELAYED) throw error;
    delayed += 1;
    return sleep(delayMs)
      .finally(() => {
        delayed -= 1;
      })
      .then(() => {
        throw error;
      });
  };

  const accept = (token: string, version: number, record: ApiKeyRecord | undefined, source: string, keyPrefix: string): MaybePromise<Principal> => {
    if (!isKeyOf(token, record) || !record || !isLive(record, clock.now())) return refuse(source, keyPrefix);
    const principal = principalOfKey(record);
    cache.set(token, { principal, keyPrefix, version, expiresAt: record.expiresAt ?? Infinity });
    return principal;
  };

  const bearer = (token: string, source: string): MaybePromise<Principal> => {
    // Only whole, valid keys are ever in the cache; anything else is refused before it is hashed.
    const known = token.length === KEY_LENGTH ? cache.get(token) : undefined;
    const keyPrefix = known?.keyPrefix ?? keyIdOf(token) ?? '';
    const retryAfterSeconds = guard.blockedSeconds(source, keyPrefix);
    if (retryAfterSeconds > 0) throw new AppError('AUTHENTICATION_BLOCKED', { data: { retryAfterSeconds } });
    if (keyPrefix === '') return refuse(source, keyPrefix);
    const { apiKeys } = store();
    const version = apiKeys.version();
    if (known?.version === version && (known.expiresAt === Infinity || known.expiresAt > clock.now())) return known.principal;
    const found = apiKeys.find(keyPrefix);
    return found instanceof Promise
      ? found.then((record) => accept(token, version, record, source, keyPrefix))
      : accept(token, version, found, source, keyPrefix);
  };

  /** A session ends with the key it was opened with. */
  const browser = (cookie: string, source: string): MaybePromise<Principal> => {
    const principal = cookie.length <= MAX_COOKIE_LENGTH ? sessions?.principalOf(cookie) : undefined;
    if (!principal) return refuse(source, '');
    if (!principal.id.startsWith('key:')) return principal;
    const { apiKeys } = store();
    const version = apiKeys.version();
    if (currentAt.get(principal) === version) return principal;
    const check = (record: ApiKeyRecord | undefined): MaybePromise<Principal> => {
      if (!record || !isLive(record, clock.now())) return refuse(source, '');
      // An expiring key is asked for each time: its version does not change when its time comes.
      if (record.expiresAt === null) currentAt.set(principal, version);
      return principal;
    };
    const found = apiKeys.find(principal.id.slice('key:'.length));
    return found instanceof Promise ? found.then(check) : check(found);
  };

  return {
    identify: (credential, source) => {
      switch (credential.kind) {
        case 'bearer':
          return bearer(credential.token, source);
        case 'local':
          return local;
        case 'console':
          return browser(credential.cookie, source);
        case 'none':
          throw new AppError('AUTHENTICATION_REQUIRED');
      }
    },
  };
}
