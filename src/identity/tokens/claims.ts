/** @module identity/tokens/claims: what a verified token must say, and who it says that its holder is. */
import type { IssuerConfig } from '../../contracts/identity-config.ts';
import type { ClaimValue, Principal } from '../../contracts/principal.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { refusal } from './refusal.ts';

const MAX_NAME = 255;
const MAX_LISTED = 200;
const CONTROL = /\p{Cc}|\p{Cs}/u;
const SCOPE = /^(?:\*|[\w.-]+(?::[\w.-]+)*(?::\*)?)$/;
/** Claims of ID tokens and of events: such a token was made for the client, not for us. */
const FOREIGN_CLAIMS = ['at_hash', 'c_hash', 's_hash', 'events'];
/** Values that an authorization server writes into a claim `typ` of tokens that are no access tokens. */
const FOREIGN_TYPES: ReadonlySet<unknown> = new Set(['ID', 'Refresh', 'Offline', 'Logout']);
const SERVICE_GRANTS: ReadonlySet<unknown> = new Set(['client-credentials', 'client_credentials']);

/** The key a token is bound to. */
export interface Binding {
  /** Thumbprint of the DPoP key. */
  readonly jkt?: string | undefined;
  /** Thumbprint of the client certificate. */
  readonly x5t?: string | undefined;
}

/** What a token says, checked. */
export interface CheckedClaims {
  readonly principal: Principal;
  /** Who it is about, as the token says it. */
  readonly subject: string;
  /** The application; undefined when the token does not name it. */
  readonly client: string | undefined;
  readonly tokenId: string | undefined;
  readonly binding: Binding;
}

/**
 * Checks audience, times, subject and type, and makes the principal.
 *
 * @param isAudience whether a value of `aud` names this gateway; one must
 * @throws AppError AUTHENTICATION_FAILED; TOKEN_EXPIRED when everything is right but the time
 */
export function checkClaims(
  claims: JsonObject,
  type: string | undefined,
  issuer: IssuerConfig,
  isAudience: (audience: string) => boolean,
  nowMs: number,
): CheckedClaims {
  checkType(claims, type, issuer);
  if (!hasAudience(claims['aud'], isAudience)) throw refusal('audience');
  const subject = name(claims['sub']);
  if (subject === undefined) throw refusal('subject');
  const tokenId = claims['jti'] === undefined ? undefined : name(claims['jti']);
  if (claims['jti'] !== undefined && tokenId === undefined) throw refusal('claims');
  const binding = readBinding(claims['cnf']);
  if (issuer.requireBoundTokens && binding.jkt === undefined && binding.x5t === undefined) throw refusal('binding');
  const expiresAt = checkTimes(claims, issuer, nowMs);
  const client = name(claims['client_id'] ?? claims['azp'] ?? claims['cid'] ?? claims['appid']);
  const principal: Principal = Object.freeze({
    id: `jwt:${issuer.issuer}#${subject}`,
    kind: isService(claims, subject, client) ? 'service' : 'user',
    clientId: client === undefined ? `jwt:${issuer.issuer}#${subject}` : `client:${issuer.issuer}#${client}`,
    tenant: readTenant(claims, issuer),
    roles: Object.freeze(readRoles(claims, issuer)),
    scopes: Object.freeze(readScopes(claims, issuer)),
    models: null,
    budgets: Object.freeze([]),
    method: 'jwt',
    expiresAt,
    ...keptClaims(claims, issuer),
  });
  return { principal, subject, client, tokenId, binding };
}

/** The value of a claim: by its name, or by a JSON Pointer. Own members only. */
function claimAt(claims: JsonObject, place: string): unknown {
  if (!place.startsWith('/')) return Object.hasOwn(claims, place) ? claims[place] : undefined;
  const steps = place.slice(1).split('/');
  return steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined), claims);
}

function checkType(claims: JsonObject, type: string | undefined, { tokenTypes }: IssuerConfig): void {
  const accepted = tokenTypes.map((one) => one.toLowerCase().replace(/^application\//, ''));
  if (!accepted.includes(type ?? 'jwt')) throw refusal('type');
  if (type !== 'at+jwt' && (FOREIGN_CLAIMS.some((claim) => Object.hasOwn(claims, claim)) || FOREIGN_TYPES.has(claims['typ']))) throw refusal('type');
}

function hasAudience(audience: unknown, isAudience: (audience: string) => boolean): boolean {
  const listed: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  return listed.length <= MAX_LISTED && listed.every((one): one is string => typeof one === 'string') && listed.some(isAudience);
}

/** Epoch milliseconds of the expiry. */
function checkTimes({ exp, iat, nbf }: JsonObject, { clockSkewSeconds, maxTokenSeconds }: IssuerConfig, nowMs: number): number {
  const now = nowMs / 1_000;
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) throw refusal('time');
  if (iat > now + clockSkewSeconds || (nbf !== undefined && nbf > now + clockSkewSeconds)) throw refusal('time');
  if (exp <= iat || exp - iat > maxTokenSeconds) throw refusal('lifetime');
  if (exp + clockSkewSeconds <= now) throw new AppError('TOKEN_EXPIRED');
  return Math.floor((exp + clockSkewSeconds) * 1_000);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME && !CONTROL.test(value) && value.trim() === value ? value : undefined;
}

/** Bindings that nobody here can verify are refused, not ignored. @see RFC 7800 section 3, RFC 8705, RFC 9449 */
function readBinding(confirmation: unknown): Binding {
  if (confirmation === undefined) return {};
  if (!isObject(confirmation)) throw refusal('binding');
  const { jkt, 'x5t#S256': x5t, ...others } = confirmation;
  const isText = (value: unknown): value is string | undefined => value === undefined || (typeof value === 'string' && /^[\w-]{43}$/.test(value));
  if (Object.keys(others).length > 0 || !isText(jkt) || !isText(x5t) || (jkt === undefined && x5t === undefined)) throw refusal('binding');
  return { jkt, x5t };
}

/** Tokens of a program that acts for itself. Says what the principal is, and changes no right. */
function isService(claims: JsonObject, subject: string, client: string | undefined): boolean {
  return subject === client || (client !== undefined && subject === `${client}@clients`) || SERVICE_GRANTS.has(claims['gty']) || claims['idtyp'] === 'app';
}

function readTenant(claims: JsonObject, { tenantClaim }: IssuerConfig): string | null {
  if (tenantClaim === null) return null;
  const tenant = name(claimAt(claims, tenantClaim));
  if (tenant === undefined) throw refusal('tenant');
  return tenant;
}

function readRoles(claims: JsonObject, { rolesClaim, roleMap, defaultRoles }: IssuerConfig): string[] {
  const claimed = rolesClaim === null ? [] : texts(claimAt(claims, rolesClaim));
  const mapped = roleMap === null ? claimed : claimed.flatMap((role) => (Object.hasOwn(roleMap, role) ? (roleMap[role] ?? []) : []));
  return [...new Set([...defaultRoles, ...mapped])];
}

/** What is no scope of ours by its form gives nothing. */
function readScopes(claims: JsonObject, { scopeClaims }: IssuerConfig): string[] {
  return [...new Set(scopeClaims.flatMap((claim) => texts(claimAt(claims, claim))))].filter((scope) => SCOPE.test(scope)).slice(0, MAX_LISTED);
}

/** A text is a list with spaces between its items. @see RFC 8693 section 4.2 */
function texts(value: unknown): string[] {
  const items: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return items.filter((item): item is string => typeof item === 'string' && item !== '').slice(0, MAX_LISTED);
}

function keptClaims(claims: JsonObject, { keepClaims }: IssuerConfig): Pick<Principal, 'claims'> {
  const kept = keepClaims.flatMap((claim): (readonly [string, ClaimValue])[] => {
    const value = claimAt(claims, claim);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[claim, value]];
    return Array.isArray(value) ? [[claim, Object.freeze(texts(value))]] : [];
  });
  return kept.length === 0 ? {} : { claims: Object.freeze(Object.fromEntries(kept)) };
}
