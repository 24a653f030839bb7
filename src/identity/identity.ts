/** @module identity/identity: from a credential to a principal. */
import { hash } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { ConsoleSessions } from '../contracts/http.ts';
import type { ClientCertificate, Credential, Identity, Principal } from '../contracts/principal.ts';
import type { ApiKeyRecord, Store } from '../contracts/store.ts';
import type { TokenVerifier } from '../contracts/tokens.ts';
import { KEY_LENGTH, isKeyOf, isLive, keyIdOf } from './api-key.ts';
import { createCurrency, isAccessToken, isOfKey } from './current.ts';
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
  /** Loads what verifies access tokens; called at the first. Without it, they are refused. */
  readonly tokens?: (() => Promise<TokenVerifier>) | undefined;
  /** Who a trusted client certificate stands for; undefined = nobody. Without it, they are refused. */
  readonly certificates?: ((certificate: ClientCertificate) => MaybePromise<Principal | undefined>) | undefined;
  /** How refusals are delayed. Default: a timer that does not keep the process alive. */
  readonly sleep?: (ms: number) => Promise<void>;
}

type BearerCredential = Extract<Credential, { readonly kind: 'bearer' }>;

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
export function principalOfKey({ id, kind, tenant, roles, scopes, models, profiles, budgets, budgetsOf, expiresAt }: ApiKeyRecord): Principal {
  const name = `key:${id}`;
  const account = `key:${budgetsOf}`;
  const own = Object.freeze(budgets.map((budget) => Object.freeze({ account, ...budget })));
  return Object.freeze({ id: name, kind, clientId: name, tenant, roles, scopes, models, profiles, budgets: own, method: 'api-key', expiresAt });
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
 * Recognizes API keys, access tokens, client certificates, the local user and console sessions. A key seen before costs a Map read and a
 * look at the store's version; it is looked up anew when any key has changed, so a revocation acts at
 * once here and within 250 ms of another process's. Every invalid credential gets the same answer,
 * whatever is wrong with it. A store that cannot be read refuses everything.
 */
export function createIdentity({ store, clock, localRoles, sessions, tokens, certificates, sleep = waitFor }: IdentityOptions): Identity {
  const cache = new RecentMap<string, Known>(MAX_CACHED);
  const guard = createFailureGuard(clock);
  const local = localPrincipal(localRoles);
  const currentAt = new WeakMap<Principal, number>();
  let delayed = 0;
  let verifier: TokenVerifier | undefined;
  const currency = createCurrency({ store, clock, certificates, verifier: () => verifier });

  const refuse = (source: string, keyPrefix: string, reason?: unknown): MaybePromise<never> => {
    const { delayMs, blockedSeconds } = guard.fail(source, keyPrefix);
    if (blockedSeconds > 0) throw new AppError('AUTHENTICATION_BLOCKED', { data: { retryAfterSeconds: blockedSeconds } });
    const error = new AppError('AUTHENTICATION_FAILED', reason === undefined ? {} : { cause: reason });
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
    if (keyPrefix === '') return refuse(source, keyPrefix, 'malformed');
    const { apiKeys } = store();
    const version = apiKeys.version();
    if (known?.version === version && (known.expiresAt === Infinity || known.expiresAt > clock.now())) return known.principal;
    const found = apiKeys.find(keyPrefix);
    return found instanceof Promise
      ? found.then((record) => accept(token, version, record, source, keyPrefix))
      : accept(token, version, found, source, keyPrefix);
  };

  /** Expired tokens and silent issuers are not attempts: a client with many users behind one address has them all the time. */
  const judge = (failure: unknown, source: string, prefix: string): MaybePromise<never> => {
    if (!AppError.is(failure) || failure.code !== 'AUTHENTICATION_FAILED') throw failure;
    return refuse(source, prefix, failure.cause);
  };

  const accessToken = ({ token, dpop, certificate }: BearerCredential, source: string): MaybePromise<Principal> => {
    const presented = { token, dpop, certificateThumbprint: certificate?.thumbprint };
    const prefixOf = (): string => `token:${hash('sha256', token).slice(0, 12)}`;
    try {
      if (verifier) {
        const found = verifier.verify(presented);
        return found instanceof Promise ? found.catch((failure: unknown) => judge(failure, source, prefixOf())) : found;
      }
      if (!tokens) return refuse(source, '');
      return tokens()
        .then((loaded) => (verifier = loaded).verify(presented))
        .catch((failure: unknown) => judge(failure, source, prefixOf()));
    } catch (failure) {
      return judge(failure, source, prefixOf());
    }
  };

  const byCertificate = (certificate: ClientCertificate, source: string): MaybePromise<Principal> => {
    const prefix = `certificate:${certificate.thumbprint.slice(0, 12)}`;
    const retryAfterSeconds = guard.blockedSeconds(source, prefix);
    if (retryAfterSeconds > 0) throw new AppError('AUTHENTICATION_BLOCKED', { data: { retryAfterSeconds } });
    if (!certificate.isTrusted || certificate.expiresAt <= clock.now()) return refuse(source, prefix, 'certificate');
    const found = certificates?.(certificate);
    if (!(found instanceof Promise)) return found ?? refuse(source, prefix, 'certificate');
    return found.then((principal) => principal ?? refuse(source, prefix, 'certificate'));
  };

  const held = (credential: BearerCredential, source: string): MaybePromise<Principal> => {
    const { token, dpop, certificate } = credential;
    if (certificate?.isTrusted === false) return refuse(source, '', 'certificate');
    if (isAccessToken(credential)) return accessToken(credential, source);
    // A key proves nothing about the proof that came along.
    return dpop ? refuse(source, '', 'proof') : bearer(token, source);
  };

  /** Of a console session that no key opened. */
  const unlessRevoked = (principal: Principal, source: string): MaybePromise<Principal> => {
    const judgeSession = (isOver: boolean): MaybePromise<Principal> => (isOver ? refuse(source, '') : principal);
    const found = currency.isRevoked(principal);
    return found instanceof Promise ? found.then(judgeSession) : judgeSession(found);
  };

  /** A session ends with the key, token or certificate it was opened with, and when its principal is revoked. */
  const browser = (cookie: string, source: string): MaybePromise<Principal> => {
    const principal = cookie.length <= MAX_COOKIE_LENGTH ? sessions?.principalOf(cookie) : undefined;
    // One that was opened with a token or a certificate lives no longer than that.
    if (!principal || (principal.expiresAt !== null && principal.expiresAt <= clock.now())) return refuse(source, '');
    if (!isOfKey(principal)) return unlessRevoked(principal, source);
    const version = store().apiKeys.version();
    if (currentAt.get(principal) === version) return principal;
    const check = (record: ApiKeyRecord | undefined): MaybePromise<Principal> => {
      if (!record) return refuse(source, '');
      // An expiring key is asked for each time: its version does not change when its time comes.
      if (record.expiresAt === null) currentAt.set(principal, version);
      return principal;
    };
    const found = currency.liveKeyOf(principal);
    return found instanceof Promise ? found.then(check) : check(found);
  };

  return {
    isCurrent: currency.isCurrent,
    identify: (credential, source) => {
      switch (credential.kind) {
        case 'bearer':
          return held(credential, source);
        case 'certificate':
          return byCertificate(credential.certificate, source);
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
