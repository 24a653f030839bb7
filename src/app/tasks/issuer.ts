/** @module app/tasks/issuer: clients, consents and keys of the embedded authorization server, managed from outside of the gateway. */
import type { MachineClient } from '../../contracts/authorization-server.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import {
  createMachineClient,
  type CreatedClient,
  findMachineClient,
  listMachineClients,
  type NewClient,
  removeMachineClient,
} from '../../identity/issuer/clients.ts';
import { createIssued, type GrantSummary, type Issued } from '../../identity/issuer/issued.ts';
import { rotateSigningKeys } from '../../identity/issuer/signing-keys.ts';
import type { Store } from '../../contracts/store.ts';
import { recordedAfter, recordedFirst, withFoundation, withStore, type TaskPlace } from './task.ts';

const CLIENTS = 'admin:clients';
const GRANTS = 'admin:grants';
const KEYS = 'admin:issuer-keys';

/** Makes a client; recorded. @throws AppError INVALID_PARAMS naming the field, AUDIT_UNAVAILABLE, CONFIG_*, STORAGE_* */
export async function addClient(place: TaskPlace, client: NewClient): Promise<CreatedClient> {
  const { name, grants, scopes, roles = [] } = client;
  const detail = { name, grants: grants.join(' '), scopes: scopes.join(' '), roles: roles.join(' ') };
  return await withFoundation(place, ({ store, clock, audit, ...rest }) =>
    recordedFirst(
      { store, clock, audit, ...rest },
      { event: 'client_created', target: CLIENTS, detail },
      () => createMachineClient(store.records, clock, client),
      (created) => ({ client: created.client.id }),
    ),
  );
}

/** Newest first. @throws AppError STORAGE_* */
export async function listClients(place: TaskPlace): Promise<readonly MachineClient[]> {
  return await withStore(place, (store) => listMachineClients(store.records, systemClock.now()));
}

/**
 * Removes a client, its consents and its tokens, also while the configuration is broken or nothing can be recorded.
 *
 * @returns why it was not recorded, or undefined
 * @throws AppError GRANT_UNKNOWN, STORAGE_*
 */
export async function revokeClient(place: TaskPlace, id: string): Promise<AppError | undefined> {
  await withStore(place, async (store) => {
    const known = await findMachineClient(store.records, id, systemClock.now());
    const ended = await issuedOf(store).endClient(id, 'client revoked');
    if (!known && ended === 0) throw new AppError('GRANT_UNKNOWN', { message: `There is no client ${id}, and nothing was given to one.` });
    await removeMachineClient(store.records, id);
  });
  return await recordedAfter(place, { event: 'client_revoked', target: CLIENTS, detail: { client: id } });
}

/** Consents in force, newest first. @throws AppError STORAGE_* */
export async function listGrants(place: TaskPlace): Promise<readonly GrantSummary[]> {
  return await withStore(place, (store) => issuedOf(store).grants());
}

/**
 * Takes a consent back: its refresh tokens and access tokens are void within 250 ms in every process.
 *
 * @returns why it was not recorded, or undefined
 * @throws AppError GRANT_UNKNOWN, STORAGE_*
 */
export async function revokeGrant(place: TaskPlace, id: string): Promise<AppError | undefined> {
  const isKnown = await withStore(place, async (store) => {
    const issued = issuedOf(store);
    return (await issued.grants()).some((grant) => grant.id === id) && (await issued.endGrant(id, 'grant revoked'));
  });
  if (!isKnown) throw new AppError('GRANT_UNKNOWN');
  return await recordedAfter(place, { event: 'consent_revoked', target: GRANTS, detail: { grant: id } });
}

/** Makes a new signing key; recorded. @throws AppError AUDIT_UNAVAILABLE, HOME_INSECURE, CONFIG_*, STORAGE_* */
export async function rotateIssuerKeys(place: TaskPlace): Promise<{ readonly signing: string; readonly verifying: readonly string[] }> {
  return await withFoundation(place, (foundation) =>
    recordedFirst(
      foundation,
      { event: 'key_rotated', target: KEYS, detail: {} },
      async () => rotateSigningKeys(foundation.home.keys, foundation.clock),
      ({ signing }) => ({ key: signing }),
    ),
  );
}

function issuedOf({ records, revocations }: Store): Issued {
  return createIssued(records, revocations, systemClock);
}
