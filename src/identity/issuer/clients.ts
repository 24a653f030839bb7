/** @module identity/issuer/clients: clients that the operator makes: services, and programs that cannot describe themselves. */
import { hash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject } from '../../core/json.ts';
import type { ClientGrant, MachineClient } from '../../contracts/authorization-server.ts';
import { isBudget } from '../../contracts/budget-text.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { RecordStore } from '../../contracts/records.ts';
import type { Budget } from '../../contracts/spend.ts';
import type { LocalToken } from '../../contracts/tokens.ts';
import type { Payload } from './adapter.ts';
import { clientGroup } from './issued.ts';

const KIND = 'issuer:MachineClient';
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const MAX_LISTED = 1_000;
const NAME_SHAPE = /^[^\p{Cc}\p{Cs}]{1,100}$/u;
const ROLE_SHAPE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const SCOPE_SHAPE = /^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*$/;
const CLAIM_SHAPE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const MODEL_SHAPE = /^[\w.:@/*-]{1,200}$/;
/** Claims that the server itself writes. */
const RESERVED = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'scope', 'client_id', 'cnf', 'roles', 'tenant', 'authorization_details', 'act']);
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What a new client is for. */
export interface NewClient {
  /** For people: 1 to 100 characters, no control characters. Shown on the consent page. */
  readonly name: string;
  /** At least one. */
  readonly grants: readonly ClientGrant[];
  /** What it may ask for, at least one. Names, no wildcards. */
  readonly scopes: readonly string[];
  /** Its own roles, needed for client credentials. Not checked against the policy: a role it does not know gives nothing. */
  readonly roles?: readonly string[];
  readonly tenant?: string | null;
  readonly claims?: Readonly<Record<string, string>>;
  /** Needed for authorization codes. */
  readonly redirectUris?: readonly string[];
  /** Public keys: the client proves itself with private_key_jwt instead of a secret. */
  readonly jwks?: unknown;
  /** It can keep no secret: an application on people's machines. */
  readonly isPublic?: boolean;
  readonly models?: readonly string[] | null;
  readonly budgets?: readonly Budget[];
}

/** A client as it is shown once. Of the secret only the hash is stored. */
export interface CreatedClient {
  readonly client: MachineClient;
  readonly secret: string | null;
}

/** @throws AppError INVALID_PARAMS naming the field */
function check({
  name,
  grants,
  scopes,
  roles = [],
  tenant = null,
  claims = {},
  redirectUris = [],
  isPublic = false,
  models = null,
  budgets = [],
}: NewClient): void {
  ensure(NAME_SHAPE.test(name), 'name: 1 to 100 characters, no control characters');
  ensure(grants.length > 0, 'grants: at least one');
  ensure(scopes.length > 0 && scopes.every((scope) => SCOPE_SHAPE.test(scope)), 'scopes: at least one name such as tools:read; no wildcards');
  ensure(
    roles.every((role) => ROLE_SHAPE.test(role)),
    'roles: names of roles',
  );
  ensure(!grants.includes('client_credentials') || roles.length > 0, 'roles: a service has roles of its own');
  ensure(!grants.includes('client_credentials') || !isPublic, 'a secret or keys: a public client gets no client credentials');
  ensure(!grants.includes('authorization_code') || redirectUris.length > 0, 'redirectUris: where the browser goes back to');
  ensure(redirectUris.every(isRedirectUri), 'redirectUris: https, http to this machine, or a scheme of its own such as com.example.app:/callback; no fragment');
  ensure(tenant === null || NAME_SHAPE.test(tenant), 'tenant: 1 to 100 characters, no control characters');
  ensure(
    Object.entries(claims).every(([claim, value]) => CLAIM_SHAPE.test(claim) && !RESERVED.has(claim) && NAME_SHAPE.test(value)),
    'claims: names that the server does not write itself, with short texts',
  );
  ensure(models === null || (models.length > 0 && models.every((model) => MODEL_SHAPE.test(model))), 'models: names or patterns such as fast or openai/*');
  ensure(budgets.every(isBudget), 'budgets: such as 5usd/day, 100000tokens/day, 1000requests/hour, 600sandbox-seconds/day');
}

/** Makes and stores a client. @throws AppError INVALID_PARAMS naming the field, STORAGE_* */
export async function createMachineClient(records: RecordStore, clock: Pick<Clock, 'now'>, given: NewClient): Promise<CreatedClient> {
  check(given);
  const { name, grants, scopes, roles = [], tenant = null, claims = {}, redirectUris = [], jwks, isPublic = false, models = null, budgets = [] } = given;
  const keys = jwks === undefined ? null : toPublicKeys(jwks);
  ensure(keys === null || !isPublic, 'either keys or none at all');
  const secret = keys === null && !isPublic ? `sy-secret-${randomHex(SECRET_BYTES)}` : null;
  const client: MachineClient = Object.freeze({
    id: `client-${randomHex(ID_BYTES)}`,
    name,
    grants: [...new Set(grants)],
    scopes: [...new Set(scopes)],
    roles: [...new Set(roles)],
    tenant,
    claims,
    redirectUris: [...new Set(redirectUris)],
    authentication: secret !== null ? 'client_secret_basic' : keys ? 'private_key_jwt' : 'none',
    secretHash: secret === null ? null : hash('sha256', secret),
    jwks: keys,
    models,
    budgets,
    createdAt: clock.now(),
  });
  const { id, ...fields } = client;
  await records.put({
    kind: KIND,
    id,
    value: JSON.stringify(fields),
    group: null,
    alias: null,
    createdAt: client.createdAt,
    expiresAt: null,
    consumedAt: null,
  });
  return { client, secret };
}

/** Newest first, at most 1 000. @throws AppError STORAGE_* */
export async function listMachineClients(records: RecordStore, now: number): Promise<readonly MachineClient[]> {
  return (await records.list({ kind: KIND, limit: MAX_LISTED }, now)).map(({ id, value }) => toClient(id, value));
}

/** The client of that id. @throws AppError STORAGE_* */
export async function findMachineClient(records: RecordStore, id: string, now: number): Promise<MachineClient | undefined> {
  const record = await records.get(KIND, id, now);
  return record && toClient(record.id, record.value);
}

/** Removes the client; its tokens are void within 250 ms in every process. False when there is none. @throws AppError STORAGE_* */
export async function removeMachineClient(records: RecordStore, id: string): Promise<boolean> {
  return await records.delete(KIND, id);
}

/** The service that client credentials stand for, limited to the token's scopes. */
export function principalOfClient({ id, roles, tenant, models, budgets }: MachineClient, { scopes, expiresAt }: LocalToken): Principal {
  const account = clientGroup(id);
  const own = Object.freeze(budgets.map((budget) => Object.freeze({ account, ...budget })));
  return Object.freeze({ id: account, kind: 'service', clientId: account, tenant, roles, scopes, models, budgets: own, method: 'jwt', expiresAt });
}

/** The client as oidc-provider knows clients. @see RFC 7591 section 2 */
export function toClientMetadata({ id, name, grants, scopes, redirectUris, authentication, secretHash, jwks }: MachineClient): Payload {
  const isInteractive = grants.includes('authorization_code') || grants.includes('device_code');
  return {
    client_id: id,
    client_name: name,
    grant_types: [
      ...grants.map((grant) => (grant === 'device_code' ? 'urn:ietf:params:oauth:grant-type:device_code' : grant)),
      ...(isInteractive ? ['refresh_token'] : []),
    ],
    response_types: grants.includes('authorization_code') ? ['code'] : [],
    redirect_uris: redirectUris,
    scope: [...scopes, ...(isInteractive ? ['openid', 'offline_access'] : [])].join(' '),
    token_endpoint_auth_method: authentication,
    // An application on people's machines asks each time: others there can pretend to be it.
    application_type: redirectUris.some((uri) => !uri.startsWith('https:')) ? 'native' : 'web',
    ...(secretHash === null ? {} : { client_secret: secretHash }),
    ...(jwks === null ? {} : { jwks }),
  };
}

/** Whether codes may be sent there: https, http to this machine, or a private scheme with a dot. */
export function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  if (!url || text.includes('#') || text.length > 2_000 || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  // A scheme with a dot belongs to whoever owns the domain. @see RFC 8252 section 7.1
  return /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol);
}

function toPublicKeys(value: unknown): NonNullable<MachineClient['jwks']> {
  const keys = isObject(value) && Array.isArray(value['keys']) ? value['keys'] : [];
  ensure(keys.length > 0 && keys.length <= 10 && keys.every(isObject), 'jwks: a JSON Web Key Set {"keys": […]} with one to ten keys');
  const publicKeys = keys.filter(isObject);
  ensure(!publicKeys.some((key) => PRIVATE_PARTS.some((part) => part in key)), 'jwks: public keys only; this set holds a private one');
  return { keys: publicKeys };
}

function toClient(id: string, text: string): MachineClient {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isStored(value)) throw new AppError('STORAGE_CORRUPT', { message: 'A client of the authorization server is damaged in the state.' });
  return Object.freeze({ ...value, id });
}

/** The fields that protect something; the rest is for people. */
function isStored(value: object): value is Omit<MachineClient, 'id'> {
  const { grants, scopes, roles, redirectUris, budgets } = value as Partial<Record<keyof MachineClient, unknown>>;
  return [grants, scopes, roles, redirectUris].every(isTexts) && Array.isArray(budgets) && budgets.every(isBudget);
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

function ensure(isRight: boolean, rule: string): void {
  if (!isRight) throw new AppError('INVALID_PARAMS', { message: `The client needs ${rule}.` });
}
