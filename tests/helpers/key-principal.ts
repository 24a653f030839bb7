import type { Principal } from '../../src/contracts/principal.ts';

/** A user with an API key that limits nothing by itself; frozen. */
export const keyPrincipal = (id: string, own: Partial<Principal> = {}): Principal =>
  Object.freeze({
    id,
    kind: 'user',
    clientId: id,
    tenant: null,
    roles: ['user'],
    scopes: null,
    models: null,
    budgets: [],
    method: 'api-key',
    expiresAt: null,
    ...own,
  });
