/** @module identity/issuer/issued: what was issued to whom, so that it can be listed and taken back. */
import type { Clock } from '../../core/clock.ts';
import { isObject } from '../../core/json.ts';
import type { RecordStore, StoredRecord } from '../../contracts/records.ts';
import { revokedPrincipal, revokedToken, type RevokedTokens } from '../../contracts/tokens.ts';
import { kindOf } from './adapter.ts';

const TOKEN_KIND = 'issuer:Issued';
const GRANT_KIND = kindOf('Grant');
const MAX_LISTED = 1_000;
/** Access tokens live for an hour at most. */
const LONGEST_TOKEN_MS = 2 * 3_600_000;

/** An access token that was handed out. */
export interface IssuedToken {
  readonly jti: string;
  readonly clientId: string;
  /** Null = client credentials. */
  readonly accountId: string | null;
  readonly scope: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly audience: string;
  /** What stands in its `iss`. */
  readonly issuer: string;
  /** What it hangs on: its grant, or its client where there is none. */
  readonly grantId: string;
}

/** A person's consent that is in force. */
export interface GrantSummary {
  readonly id: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** The books. */
export interface Issued {
  /** Durable when it resolves: a token that is not in the books must not be handed out. */
  record(token: IssuedToken): Promise<void>;
  find(jti: string): Promise<IssuedToken | undefined>;
  /** Ends one token; every process refuses it within 250 ms. */
  endToken(token: IssuedToken, reason: string): Promise<void>;
  /** Ends a grant: its codes, its refresh tokens, and every access token that was issued under it. False when there was nothing. */
  endGrant(grantId: string, reason: string): Promise<boolean>;
  /** Ends everything of a client, or what it holds for one account. @returns grants that ended */
  endClient(clientId: string, reason: string): Promise<number>;
  /** Newest first, at most 1 000. */
  grants(): Promise<readonly GrantSummary[]>;
}

/** What tokens of client credentials hang on: the id of their principal. */
export const clientGroup = (clientId: string): string => `client:${clientId}`;

/** The books of this state store. */
export function createIssued(records: RecordStore, revoked: RevokedTokens, clock: Pick<Clock, 'now'>): Issued {
  const endToken = async ({ issuer, jti, expiresAt }: IssuedToken, reason: string): Promise<void> => {
    await revoked.revoke({ subject: revokedToken(issuer, jti), revokedAt: clock.now(), expiresAt, reason });
    await records.delete(TOKEN_KIND, jti);
  };
  const endGrant = async (grantId: string, reason: string): Promise<boolean> => {
    // Tokens that appear while this runs find no grant any more: the provider looks for it after it has consumed what it exchanges.
    const live = async (): Promise<readonly StoredRecord[]> => await records.list({ kind: TOKEN_KIND, group: grantId, limit: MAX_LISTED }, clock.now());
    for (let tokens = await live(); tokens.length > 0; tokens = await live()) {
      for (const token of tokens.flatMap(toToken)) await endToken(token, reason);
    }
    return (await records.deleteGroup(grantId)) > 0;
  };
  const grants = async (): Promise<readonly GrantSummary[]> => (await records.list({ kind: GRANT_KIND, limit: MAX_LISTED }, clock.now())).flatMap(toGrant);
  return {
    endToken,
    endGrant,
    grants,
    async record({ jti, grantId, expiresAt, issuedAt, ...fields }) {
      await records.put({
        kind: TOKEN_KIND,
        id: jti,
        value: JSON.stringify(fields),
        group: grantId,
        alias: null,
        createdAt: issuedAt,
        expiresAt,
        consumedAt: null,
      });
    },
    async find(jti) {
      const record = await records.get(TOKEN_KIND, jti, clock.now());
      return record && toToken(record)[0];
    },
    async endClient(clientId, reason) {
      // One word for all that it holds in its own name: however many tokens that are.
      const now = clock.now();
      await revoked.revoke({ subject: revokedPrincipal(clientGroup(clientId)), revokedAt: now, expiresAt: now + LONGEST_TOKEN_MS, reason });
      await records.deleteGroup(clientGroup(clientId));
      const own = (await grants()).filter((grant) => grant.clientId === clientId);
      for (const { id } of own) await endGrant(id, reason);
      return own.length;
    },
  };
}

function toToken({ id, value, group, createdAt, expiresAt }: StoredRecord): readonly IssuedToken[] {
  const fields: unknown = JSON.parse(value);
  if (!isObject(fields) || group === null || expiresAt === null) return [];
  const { clientId, accountId, scope, audience, issuer } = fields;
  return [
    {
      jti: id,
      grantId: group,
      issuedAt: createdAt,
      expiresAt,
      clientId: String(clientId),
      accountId: typeof accountId === 'string' ? accountId : null,
      scope: String(scope),
      audience: String(audience),
      issuer: String(issuer),
    },
  ];
}

function toGrant({ id, value, createdAt, expiresAt }: StoredRecord): readonly GrantSummary[] {
  const fields: unknown = JSON.parse(value);
  if (!isObject(fields) || typeof fields['clientId'] !== 'string' || typeof fields['accountId'] !== 'string') return [];
  const { clientId, accountId, resources } = fields;
  const scopes = isObject(resources) ? Object.values(resources).flatMap((scope) => String(scope).split(' ')) : [];
  return [{ id, clientId, accountId, scopes: [...new Set(scopes)].filter((scope) => scope !== ''), createdAt, expiresAt }];
}
