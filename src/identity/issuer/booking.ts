/** @module identity/issuer/booking: a token is written down before it is signed, and gives no more than its account holds. */
import type { TokenModel } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { findMachineClient } from './clients.ts';
import { clientGroup, type Issued } from './issued.ts';
import type { IssuerPorts } from './ports.ts';

/** What booking needs. */
export interface BookingParts {
  readonly ports: IssuerPorts;
  readonly accounts: Accounts;
  readonly issued: Issued;
  readonly errors: { readonly InvalidGrant: new (description?: string) => Error };
}

/** A token before it is signed. */
export interface TokenParts {
  readonly payload: Record<string, unknown>;
}

/** Claims for other resource servers; this gateway looks the account up instead. */
export async function claimsOf({ accounts, ports }: BookingParts, { kind, clientId, accountId = '' }: TokenModel): Promise<Readonly<Record<string, unknown>>> {
  if (kind === 'ClientCredentials') {
    const client = await findMachineClient(ports.store.records, clientId, ports.clock.now());
    return client ? { ...client.claims, roles: client.roles, ...(client.tenant === null ? {} : { tenant: client.tenant }) } : {};
  }
  const person = await accounts.find(accountId);
  return person ? { roles: person.roles, ...(person.tenant === null ? {} : { tenant: person.tenant }) } : {};
}

/**
 * Cuts the scopes to what the account holds now, and writes the token into the books and the audit log before it is signed.
 * A service that asks for nothing in particular gets what it is for.
 */
export async function bookToken(
  { accounts, issued, ports, errors }: BookingParts,
  token: TokenModel,
  { payload }: TokenParts,
  isScopeNamed: boolean,
): Promise<void> {
  const { clock, store, holds, audit } = ports;
  const { clientId, accountId = null, grantId = clientGroup(clientId), jti } = token;
  const expiresAt = Number(payload['exp']) * 1000;
  const subject = accountId ?? clientId;
  const service = accountId === null ? await findMachineClient(store.records, clientId, clock.now()) : undefined;
  const asked = service && !isScopeNamed ? service.scopes : [...token.scopes];
  const principal = await accounts.principalOf({ subject, clientId, scopes: asked, expiresAt });
  if (!principal || jti === undefined) throw new errors.InvalidGrant('the account is gone');
  const scope = asked.filter((name) => holds(principal, name)).join(' ');
  token.scope = scope;
  payload['scope'] = scope === '' ? undefined : scope;
  const audience = String(payload['aud']);
  const booked = { jti, clientId, accountId, scope, expiresAt, issuedAt: clock.now(), audience, issuer: ports.issuer, grantId };
  await issued.record(booked);
  // A grant that ended meanwhile takes its tokens along, also this one.
  if (accountId !== null && (await store.records.get('issuer:Grant', grantId, clock.now())) === undefined) {
    await issued.endToken(booked, 'grant ended');
    throw new errors.InvalidGrant('the grant has ended');
  }
  await audit.append({
    event: 'token_issued',
    phase: 'notice',
    at: clock.now(),
    principal: principal.id,
    client: clientId,
    target: audience,
    detail: { jti, scope, seconds: Math.round((expiresAt - clock.now()) / 1000), bound: payload['cnf'] !== undefined },
  });
}
