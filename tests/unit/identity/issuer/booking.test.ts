/** A token is written down before it is signed, or not handed out. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import type { AuditEvent } from '../../../../src/contracts/audit.ts';
import type { Store } from '../../../../src/contracts/store.ts';
import { createKey } from '../../../../src/identity/api-key.ts';
import { createAccounts } from '../../../../src/identity/issuer/accounts.ts';
import { bookToken, type BookingParts } from '../../../../src/identity/issuer/booking.ts';
import { createMachineClient } from '../../../../src/identity/issuer/clients.ts';
import { createIssued } from '../../../../src/identity/issuer/issued.ts';
import { createMemoryStore } from '../../../../src/storage/memory/store.ts';

const clock = { now: () => 1_000_000, monotonic: () => 0 } as never;
const SCOPES = ['tools:ping', 'tools:read'];
let store: Store;
let account = '';
let records: AuditEvent[];
let isAuditBroken = false;

beforeEach(async () => {
  store = createMemoryStore();
  records = [];
  isAuditBroken = false;
  account = `key:${(await createKey(store, clock, { name: 'me', kind: 'user', roles: ['user'], scopes: SCOPES })).record.id}`;
});

const parts = (): BookingParts => ({
  accounts: createAccounts(store, clock),
  issued: createIssued(store.records, store.revocations, clock),
  errors: { InvalidGrant: class InvalidGrant extends Error {} },
  ports: {
    clock,
    store,
    issuer: 'https://issuer.example',
    holds: (_principal: unknown, scope: string) => SCOPES.includes(scope),
    audit: {
      append: async (event: AuditEvent) => {
        if (isAuditBroken) throw new AppError('AUDIT_UNAVAILABLE');
        records.push(event);
      },
    },
  } as never,
});
const grantExists = async (id: string): Promise<void> =>
  await store.records.put({ kind: 'issuer:Grant', id, value: '{}', group: id, alias: null, createdAt: 1, expiresAt: null, consumedAt: null });
const tokenOf = (over: object = {}): never =>
  ({
    kind: 'AccessToken',
    jti: 'j1',
    clientId: 'client-1',
    accountId: account,
    grantId: 'g1',
    scope: 'tools:ping tools:write',
    scopes: new Set(['tools:ping', 'tools:write']),
    ...over,
  }) as never;
const payload = (): Record<string, unknown> => ({ exp: 2_000, aud: 'https://gateway.example/mcp' });

describe('a token of a person', () => {
  it('has the scopes that the key holds, is in the books with its grant, and recorded', async () => {
    await grantExists('g1');
    const claims = payload();
    await bookToken(parts(), tokenOf(), { payload: claims }, true);
    expect(claims['scope']).toBe('tools:ping');
    expect(await createIssued(store.records, store.revocations, clock).find('j1')).toMatchObject({ grantId: 'g1', accountId: account, scope: 'tools:ping' });
    expect(records).toMatchObject([{ event: 'token_issued', principal: account, client: 'client-1' }]);
  });

  it('that cannot be recorded is not handed out', async () => {
    await grantExists('g1');
    isAuditBroken = true;
    await expect(bookToken(parts(), tokenOf(), { payload: payload() }, true)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });

  it('whose grant ended while it was made is void from the start', async () => {
    await expect(bookToken(parts(), tokenOf(), { payload: payload() }, true)).rejects.toThrow('the grant has ended');
    expect(await store.revocations.isRevoked(['token:https://issuer.example#j1'])).toBe(true);
    expect(records).toEqual([]);
  });

  it('whose key is gone is not made', async () => {
    await grantExists('g1');
    await store.apiKeys.revoke(account.slice(4), 1);
    await expect(bookToken(parts(), tokenOf(), { payload: payload() }, true)).rejects.toThrow('the account is gone');
  });
});

// @requirement A4.d
it('a service has the models, budgets and tenant that it was made with, under an account of its own', async () => {
  const { client } = await createMachineClient(store.records, clock, {
    name: 'nightly',
    grants: ['client_credentials'],
    scopes: SCOPES,
    roles: ['user'],
    tenant: 'acme',
    models: ['fast'],
    budgets: [{ unit: 'requests', limit: 5, window: 'day' }],
  });
  const token = { subject: client.id, clientId: client.id, scopes: ['tools:ping'], expiresAt: 9e9 };
  const principal = await parts().accounts.principalOf(token);
  const id = `client:${client.id}`;
  expect(principal).toMatchObject({
    id,
    kind: 'service',
    tenant: 'acme',
    roles: ['user'],
    scopes: ['tools:ping'],
    models: ['fast'],
    budgets: [{ account: id, limit: 5 }],
  });
  await store.records.delete('issuer:MachineClient', client.id);
  expect(await parts().accounts.principalOf(token)).toBeUndefined();
});
