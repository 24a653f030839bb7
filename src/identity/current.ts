/** @module identity/current: whether what a caller was let in with is still good. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import type { ClientCertificate, Credential, Identity, Principal } from '../contracts/principal.ts';
import type { ApiKeyRecord, Store } from '../contracts/store.ts';
import { revokedPrincipal, type TokenVerifier } from '../contracts/tokens.ts';
import { isLive, KEY_LENGTH } from './api-key.ts';

const KEY = 'key:';

/** What is looked at. */
export interface CurrencyPorts {
  readonly store: () => Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly certificates?: ((certificate: ClientCertificate) => MaybePromise<Principal | undefined>) | undefined;
  /** What verifies access tokens, once one has been presented. */
  readonly verifier: () => TokenVerifier | undefined;
}

/** The looks. None of them counts as an attempt. */
export interface Currency {
  readonly isCurrent: Identity['isCurrent'];
  /** The key behind a principal of one, while it may be used. */
  liveKeyOf(principal: Principal): MaybePromise<ApiKeyRecord | undefined>;
  /** Whether a principal that no key stands for was revoked. */
  isRevoked(principal: Principal): MaybePromise<boolean>;
}

/** Whether a principal is one of a key. */
export const isOfKey = ({ id }: Principal): boolean => id.startsWith(KEY);

/** Whether a bearer has the form of an access token; else it is a key, or nothing. */
export const isAccessToken = ({ token }: Extract<Credential, { readonly kind: 'bearer' }>): boolean => token.length !== KEY_LENGTH && token.includes('.');

/** Looks at the store, at the issuers' keys that are known, and at the clock. */
export function createCurrency({ store, clock, certificates, verifier }: CurrencyPorts): Currency {
  const liveKeyOf: Currency['liveKeyOf'] = ({ id }) => {
    const unlessDead = (record: ApiKeyRecord | undefined): ApiKeyRecord | undefined => (record && isLive(record, clock.now()) ? record : undefined);
    const found = store().apiKeys.find(id.slice(KEY.length));
    return found instanceof Promise ? found.then(unlessDead) : unlessDead(found);
  };
  const isRevoked: Currency['isRevoked'] = ({ id, kind }) => kind !== 'local' && store().revocations.isRevoked([revokedPrincipal(id)]);

  const isLiveKey = async (principal: Principal): Promise<boolean> => (await liveKeyOf(principal)) !== undefined;
  const isLiveSession = async (principal: Principal): Promise<boolean> => {
    if (principal.expiresAt !== null && principal.expiresAt <= clock.now()) return false;
    return isOfKey(principal) ? await isLiveKey(principal) : !(await isRevoked(principal));
  };
  const isTokenCurrent = async ({ token, dpop, certificate }: Extract<Credential, { readonly kind: 'bearer' }>): Promise<boolean> => {
    try {
      await verifier()?.verify({ token, dpop, certificateThumbprint: certificate?.thumbprint });
      return true;
    } catch (failure) {
      if (AppError.is(failure) && (failure.code === 'AUTHENTICATION_FAILED' || failure.code === 'TOKEN_EXPIRED')) return false;
      throw failure;
    }
  };

  return {
    liveKeyOf,
    isRevoked,
    isCurrent: async (principal, credential) => {
      switch (credential.kind) {
        case 'bearer':
          if (isAccessToken(credential)) return await isTokenCurrent(credential);
          return !isOfKey(principal) || (await isLiveKey(principal));
        case 'certificate':
          return (await certificates?.(credential.certificate)) !== undefined;
        case 'console':
          return await isLiveSession(principal);
        case 'local':
          return true;
        case 'none':
          return false;
      }
    },
  };
}
