/** @module identity/tokens/verifier: access tokens of every issuer to principals. Loaded with the first token. */
import { hash } from 'node:crypto';
import { compactVerify } from 'jose';
import type { IssuerConfig } from '../../contracts/identity-config.ts';
import type { Principal } from '../../contracts/principal.ts';
import { revokedPrincipal, revokedToken, type LocalIssuer, type PresentedToken, type RevokedTokens, type TokenVerifier } from '../../contracts/tokens.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { MaybePromise } from '../../core/json.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { type Binding, checkClaims, type CheckedClaims } from './claims.ts';
import { type CompactToken, readCompact } from './compact.ts';
import { discoverKeysUrl, type FetchJson } from './discovery.ts';
import { createProofChecker } from './dpop.ts';
import { createKeySet, type KeySet, readKeys } from './key-set.ts';
import { refusal } from './refusal.ts';

const MAX_CACHED = 10_000;

/** What the verifier needs. */
export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerConfig[];
  readonly local?: readonly LocalIssuer[] | undefined;
  /** Whether the text is an identifier of this gateway, for issuers without an own list. */
  readonly isOwnAudience: (audience: string) => boolean;
  readonly fetchJson: FetchJson;
  readonly revoked: () => RevokedTokens;
  readonly clock: Clock;
  /** Told of an issuer that does not answer. */
  readonly onFailure?: ((issuer: string, cause: unknown) => void) | undefined;
}

/** One issuer with its keys. */
interface Trusted {
  readonly config: IssuerConfig;
  readonly isAudience: (audience: string) => boolean;
  readonly keys: KeySet;
  readonly local: LocalIssuer | undefined;
}

/** A verified token. */
interface Known {
  readonly principal: Principal;
  readonly binding: Binding | undefined;
  readonly subjects: readonly string[];
  /** Epoch milliseconds from which it is verified anew: keys may have been taken back by then. */
  readonly until: number;
  /** Where it was issued, if here, and the state of the accounts there. */
  readonly local: LocalIssuer | undefined;
  readonly localVersion: number | undefined;
  /** State of the revocations when it was last looked for among them. */
  version: number;
}

/** Verified tokens are kept by their hash: at most 10 000, each until its keys are due, it expires or is revoked. */
export function createTokenVerifier({ issuers, local = [], isOwnAudience, fetchJson, revoked, clock, onFailure }: TokenVerifierOptions): TokenVerifier {
  const trusted = new Map<string, Trusted>();
  const cache = new RecentMap<string, Known>(MAX_CACHED);
  const proofs = createProofChecker(clock);
  let generation = 0;
  /** Proofs that were accepted, by the object they came in: a request that is looked at twice proves itself once. */
  const proven = new WeakMap<object, string>();

  const trust = (config: IssuerConfig, localIssuer: LocalIssuer | undefined, load: () => Promise<readonly Readonly<Record<string, unknown>>[]>): void => {
    const keys = createKeySet({ load, clock, cooldownMs: localIssuer && 0, onFailure: (cause) => onFailure?.(config.issuer, cause) });
    const listed = config.audience && new Set(config.audience);
    trusted.set(config.issuer, { config, isAudience: listed ? (audience) => listed.has(audience) : isOwnAudience, keys, local: localIssuer });
  };
  for (const config of issuers) trust(config, undefined, createLoader(config, fetchJson));
  for (const one of local) trust(one.config, one, async () => await one.keys());

  const verifySignature = async ({ token, algorithm, keyId, claims }: CompactToken): Promise<Trusted> => {
    const { iss } = claims;
    const issuer = typeof iss === 'string' ? trusted.get(iss) : undefined;
    if (!issuer) throw refusal('issuer');
    if (!issuer.config.algorithms.includes(algorithm)) throw refusal('algorithm');
    const key = await issuer.keys.find(keyId, algorithm);
    if (!key) throw refusal('key');
    await compactVerify(token, key, { algorithms: [algorithm] }).catch(() => {
      throw refusal('signature');
    });
    return issuer;
  };

  const verifyNew = async (token: string): Promise<Known> => {
    const compact = readCompact(token);
    const issuer = await verifySignature(compact);
    const { config, keys } = issuer;
    const now = clock.now();
    const checked = checkClaims(compact.claims, compact.type, config, issuer.isAudience, now);
    const { tokenId, binding } = checked;
    const localVersion = issuer.local?.version();
    const principal = issuer.local ? await localPrincipal(issuer.local, checked) : checked.principal;
    const subjects = [revokedPrincipal(principal.id), ...(tokenId === undefined ? [] : [revokedToken(config.issuer, tokenId)])];
    const version = revoked().version();
    if (await revoked().isRevoked(subjects)) throw refusal('revoked');
    const isBound = binding.jkt !== undefined || binding.x5t !== undefined;
    const until = Math.min(checked.principal.expiresAt ?? 0, now + keys.trustMs);
    return { principal, binding: isBound ? binding : undefined, subjects, version, until, local: issuer.local, localVersion };
  };

  const accept = (known: Known, presented: PresentedToken): MaybePromise<Principal> => {
    const { dpop, certificateThumbprint, token } = presented;
    const { binding, principal } = known;
    if (!binding && !dpop) return principal;
    if (binding?.x5t !== undefined && binding.x5t !== certificateThumbprint) throw refusal('binding');
    const jkt = binding?.jkt;
    if (jkt === undefined && !dpop) return principal;
    // A bound token in the plain scheme was stolen; an unbound one in the other proves nothing.
    if (jkt === undefined || !dpop) throw refusal('binding');
    if (proven.get(dpop) === jkt) return principal;
    return proofs.check(dpop, token, jkt).then(() => {
      proven.set(dpop, jkt);
      return principal;
    });
  };

  const again = (known: Known, digest: string, presented: PresentedToken): MaybePromise<Principal> => {
    const store = revoked();
    const version = store.version();
    if (known.version === version) return accept(known, presented);
    const judge = (isRevoked: boolean): MaybePromise<Principal> => {
      if (isRevoked) {
        cache.delete(digest);
        throw refusal('revoked');
      }
      known.version = version;
      return accept(known, presented);
    };
    const found = store.isRevoked(known.subjects);
    return found instanceof Promise ? found.then(judge) : judge(found);
  };

  return {
    verify(presented) {
      const digest = hash('sha256', presented.token, 'base64url');
      const known = cache.get(digest);
      if (known && known.until > clock.now() && known.localVersion === known.local?.version()) return again(known, digest, presented);
      const begun = generation;
      return verifyNew(presented.token).then((fresh) => {
        if (begun === generation) cache.set(digest, fresh);
        return accept(fresh, presented);
      });
    },
    async reloadKeys() {
      const reloads = await Promise.allSettled([...trusted.values()].map(({ keys }) => keys.reload()));
      // What was verified with the keys of before, also what is being verified now, counts no more.
      generation += 1;
      cache.clear();
      if (reloads.some(({ status }) => status === 'rejected')) throw new AppError('ISSUER_UNAVAILABLE');
    },
  };
}

/** The principal as the issuer of this process knows it now. @throws AppError AUTHENTICATION_FAILED when it is gone */
async function localPrincipal(local: LocalIssuer, { principal, subject, client }: CheckedClaims): Promise<Principal> {
  const found = await local.principalOf({ subject, clientId: client ?? subject, scopes: principal.scopes ?? [], expiresAt: principal.expiresAt ?? 0 });
  if (!found) throw refusal('subject');
  return found;
}

/** Remembers where the keys are until they cannot be fetched from there any more. */
function createLoader({ issuer, jwksUri }: IssuerConfig, fetchJson: FetchJson): () => Promise<readonly Readonly<Record<string, unknown>>[]> {
  let discovered: string | undefined;
  return async () => {
    discovered ??= jwksUri ?? (await discoverKeysUrl(issuer, fetchJson));
    try {
      return readKeys(await fetchJson(discovered));
    } catch (problem) {
      discovered = undefined;
      throw problem;
    }
  };
}
