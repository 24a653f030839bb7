/** A key as stores keep it, with what a test does not care about filled in. */
import type { ApiKeyRecord } from '../../src/contracts/store.ts';
import { randomHex } from '../../src/core/ids.ts';

export const keyRecord = (id: string, over: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id,
  hash: randomHex(32),
  name: 'a key',
  kind: 'user',
  roles: ['developer'],
  scopes: null,
  tenant: null,
  createdAt: 1_000,
  expiresAt: null,
  revokedAt: null,
  rotatedFrom: null,
  models: null,
  profiles: null,
  budgets: [],
  budgetsOf: id,
  ...over,
});
