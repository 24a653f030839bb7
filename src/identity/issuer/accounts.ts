/** @module identity/issuer/accounts: whom tokens stand for. People are the keys of this gateway; services are clients. */
import type { Clock } from '../../core/clock.ts';
import type { MaybePromise } from '../../core/json.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { ApiKeyRecord, Store } from '../../contracts/store.ts';
import type { LocalToken } from '../../contracts/tokens.ts';
import { isLive } from '../api-key.ts';
import { principalOfKey } from '../identity.ts';
import { findMachineClient, principalOfClient } from './clients.ts';

const PREFIX = 'key:';

/** Accounts as they are now. */
export interface Accounts {
  /** The person of that id while its key is valid. */
  find(accountId: string): Promise<Principal | undefined>;
  /** What the key of that account is called. */
  nameOf(accountId: string): Promise<string | null>;
  /** Who a token stands for, limited to its scopes; undefined = nobody any more. */
  principalOf(token: LocalToken): MaybePromise<Principal | undefined>;
}

/** Whether a principal can be the account of tokens: it must be found again by its id. */
export const canHoldTokens = ({ id, method }: Principal): boolean => method === 'api-key' && id.startsWith(PREFIX);

/** @param store keys and clients */
export function createAccounts({ apiKeys, records }: Pick<Store, 'apiKeys' | 'records'>, clock: Pick<Clock, 'now'>): Accounts {
  const toPrincipal = (record: ApiKeyRecord | undefined): Principal | undefined => (record && isLive(record, clock.now()) ? principalOfKey(record) : undefined);
  const ofKey = (accountId: string): MaybePromise<Principal | undefined> => {
    if (!accountId.startsWith(PREFIX)) return undefined;
    const found = apiKeys.find(accountId.slice(PREFIX.length));
    return found instanceof Promise ? found.then(toPrincipal) : toPrincipal(found);
  };
  const narrow = (principal: Principal | undefined, { clientId, scopes, expiresAt }: LocalToken): Principal | undefined => {
    if (!principal) return undefined;
    const held = principal.scopes;
    return Object.freeze({
      ...principal,
      clientId,
      scopes: Object.freeze(held === null ? [...scopes] : scopes.filter((scope) => held.some((pattern) => covers(pattern, scope)))),
      method: 'jwt',
      expiresAt: Math.min(expiresAt, principal.expiresAt ?? Infinity),
    });
  };
  return {
    find: async (accountId) => await ofKey(accountId),
    nameOf: async (accountId) => (await apiKeys.find(accountId.slice(PREFIX.length)))?.name ?? null,
    principalOf: (token) => {
      if (token.subject === token.clientId) {
        return findMachineClient(records, token.clientId, clock.now()).then((client) =>
          client?.grants.includes('client_credentials') === true ? principalOfClient(client, token) : undefined,
        );
      }
      const found = ofKey(token.subject);
      return found instanceof Promise ? found.then((principal) => narrow(principal, token)) : narrow(found, token);
    },
  };
}

/** Whether a scope of a credential, perhaps a wildcard, holds the scope. */
function covers(pattern: string, scope: string): boolean {
  if (pattern === scope || pattern === '*') return true;
  return (pattern.endsWith(':*') && scope.startsWith(pattern.slice(0, -1))) || (pattern === 'admin:full' && scope.startsWith('admin:'));
}
