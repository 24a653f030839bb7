/** @module identity/issuer/adapter: where oidc-provider keeps its state: in the record store, credentials hashed. */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { RecordStore, StoredRecord } from '../../contracts/records.ts';

/** What oidc-provider hands over: its models' fields. */
export type Payload = Record<string, unknown>;

/** As oidc-provider expects it of each model. */
export interface Adapter {
  upsert(id: string, payload: Payload, expiresInSeconds: number | undefined): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/** What the adapter needs. */
export interface AdapterPorts {
  readonly records: RecordStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Clients of other sources than the models' own. */
  readonly findClient: (id: string) => Promise<Payload | undefined>;
  /** An access token by the handle that stands for it at the endpoints that take tokens. */
  readonly findIssued: (model: string, handle: string) => Promise<Payload | undefined>;
  readonly endIssued: (jti: string) => Promise<void>;
  /** Ends a grant with everything that was issued under it. */
  readonly endGrant: (grantId: string) => Promise<void>;
  /** What to throw at whoever came second with a code or a token that serves once. */
  readonly usedTwice: () => Error;
}

/** Kinds of records, so that they are not mistaken for another owner's. */
export const kindOf = (model: string): string => `issuer:${model}`;

/** Everything that oidc-provider keeps here. */
const MODELS = new Set([
  'AccessToken',
  'AuthorizationCode',
  'BackchannelAuthenticationRequest',
  'Client',
  'ClientCredentials',
  'DeviceCode',
  'Grant',
  'InitialAccessToken',
  'Interaction',
  'PreAuthorizedCode',
  'PushedAuthorizationRequest',
  'RefreshToken',
  'RegistrationAccessToken',
  'ReplayDetection',
  'Session',
]);
/** Models whose id is a secret: stored under its hash. */
const SECRET_IDS = new Set(['Session', 'Interaction', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'RegistrationAccessToken', 'InitialAccessToken']);
/** Of these, those that are found by their id alone: their fields are encrypted with it. */
const SEALED = new Set(['Interaction', 'AuthorizationCode', 'RefreshToken']);
/** Not stored by oidc-provider: they are signed, and have books of their own. */
const ACCESS_TOKENS = new Set(['AccessToken', 'ClientCredentials']);
/** Whoever registered itself does so again after this. */
const CLIENT_MS = 30 * 86_400_000;
/** How much longer a record stays than it is valid, so that "expired" is told apart from "unknown". */
const GRACE_MS = 60_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const storedId = (model: string, id: string): string => (SECRET_IDS.has(model) ? hash('sha256', `${model} ${id}`, 'base64url') : id);
const aliasOfCode = (userCode: string): string => hash('sha256', `user code ${userCode}`, 'base64url');
const keyFrom = (secret: string): Buffer => hash('sha256', `switchyard issuer ${secret}`, 'buffer');

/** Encrypts with a key that only the secret gives. The nonce is of the text, so that versions of a record never share one. */
function seal(secret: string, text: string): string {
  const nonce = hash('sha256', `nonce ${secret} ${text}`, 'buffer').subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyFrom(secret), nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function unseal(secret: string, sealed: string): string {
  const box = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(secret), box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
}

/** Makes the adapter of each model. */
export function createAdapters({ records, clock, findClient, findIssued, endIssued, endGrant, usedTwice }: AdapterPorts): (model: string) => Adapter {
  return (model) => {
    // They come from the names of classes, which a bundler may take away.
    if (!MODELS.has(model)) throw new AppError('INTERNAL', { message: `Unknown kind of record: ${model}.` });
    const kind = kindOf(model);
    const isSecret = SECRET_IDS.has(model);
    const isSealed = SEALED.has(model);
    const aliasOf = ({ uid, userCode }: Payload): string | null => {
      if (model === 'Session' && typeof uid === 'string') return uid;
      return typeof userCode === 'string' ? aliasOfCode(userCode) : null;
    };
    const read = (record: StoredRecord | undefined, id?: string): Payload | undefined => {
      if (!record || (isSealed && id === undefined)) return undefined;
      const value: unknown = JSON.parse(isSealed ? unseal(id ?? '', record.value) : record.value);
      if (!isObject(value)) return undefined;
      const { sealedId: _, ...fields } = value;
      return {
        ...fields,
        ...(id !== undefined && isSecret ? { jti: id } : {}),
        ...(record.consumedAt === null ? {} : { consumed: Math.floor(record.consumedAt / 1000) }),
      };
    };
    const groupOf = (id: string, { grantId }: Payload): string | null => {
      if (model === 'Grant') return id;
      return typeof grantId === 'string' && model !== 'Session' && model !== 'Interaction' ? grantId : null;
    };

    return {
      async upsert(id, payload, expiresInSeconds) {
        const { jti, userCode, consumed, client_secret: secret, ...fields } = payload;
        // Whoever types the code must be able to change the record, whose id is the device's secret.
        const sealedId = typeof userCode === 'string' ? { sealedId: seal(userCode, id) } : {};
        const text = JSON.stringify({
          ...fields,
          ...sealedId,
          ...(isSecret ? {} : { jti }),
          ...(typeof secret === 'string' ? { client_secret: hash('sha256', secret) } : {}),
        });
        const now = clock.now();
        await records.put({
          kind,
          id: storedId(model, id),
          value: isSealed ? seal(id, text) : text,
          group: groupOf(id, payload),
          alias: aliasOf(payload),
          createdAt: now,
          expiresAt: expiresInSeconds === undefined ? now + CLIENT_MS : now + expiresInSeconds * 1000 + GRACE_MS,
          consumedAt: typeof consumed === 'number' ? consumed * 1000 : null,
        });
      },
      async find(id) {
        if (ACCESS_TOKENS.has(model)) return await findIssued(model, id);
        const own = read(await records.get(kind, storedId(model, id), clock.now()), id);
        return own ?? (model === 'Client' ? await findClient(id) : undefined);
      },
      findByUid: async (uid) => read(await records.findByAlias(kind, uid, clock.now())),
      async findByUserCode(userCode) {
        const record = await records.findByAlias(kind, aliasOfCode(userCode), clock.now());
        const value: unknown = record && JSON.parse(record.value);
        if (!isObject(value) || typeof value['sealedId'] !== 'string') return undefined;
        return { ...read(record, unseal(userCode, value['sealedId'])), userCode };
      },
      async consume(id) {
        if (await records.consume(kind, storedId(model, id), clock.now())) return;
        // Two at the same moment: whoever is second may be a thief, and so may the first.
        const record = await records.get(kind, storedId(model, id), clock.now());
        if (record?.group) await endGrant(record.group);
        throw usedTwice();
      },
      async destroy(id) {
        if (ACCESS_TOKENS.has(model)) await endIssued(id);
        else if (model === 'Grant') await endGrant(id);
        else await records.delete(kind, storedId(model, id));
      },
      revokeByGrantId: endGrant,
    };
  };
}
