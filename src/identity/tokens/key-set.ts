/** @module identity/tokens/key-set: the public keys of one issuer, fetched when needed and no older than two minutes. */
import { type CryptoKey, importJWK } from 'jose';
import type { TokenAlgorithm } from '../../contracts/identity-config.ts';
import type { PublicJwk } from '../../contracts/tokens.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';

/** How long keys are used without asking again. With the time below, a key that was taken back is accepted for 120 s at most. */
const MAX_AGE_MS = 118_000;
/** Verified tokens are good for at least this long, also while the issuer does not answer. */
const MIN_TRUST_MS = 2_000;
/** How long keys still serve while the issuer does not answer. */
const STALE_MAX_MS = 900_000;
/** Tokens with made-up key ids must not make the gateway ask the issuer each time. */
const COOLDOWN_MS = 10_000;
/** After a question that failed. */
const RETRY_MS = 2_000;
const MAX_KEYS = 100;

/** Keys of one issuer. */
export interface KeySet {
  /**
   * The key that verifies such a token; undefined when the issuer has none.
   *
   * @throws AppError ISSUER_UNAVAILABLE when the issuer would have to be asked and does not answer
   */
  find(keyId: string | undefined, algorithm: TokenAlgorithm): Promise<CryptoKey | undefined>;
  /** Milliseconds for which what its keys have verified may be believed without looking again. */
  readonly trustMs: number;
  /** Asks now. @throws AppError ISSUER_UNAVAILABLE, and the keys known so far are dropped */
  reload(): Promise<void>;
}

/** Where keys come from, and the clock. */
export interface KeySetPorts {
  /** The keys as published. May fail in any way. */
  readonly load: () => Promise<readonly PublicJwk[]>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds between two questions about unknown key ids. Default 10 000. */
  readonly cooldownMs?: number | undefined;
  /** Told of questions that failed. */
  readonly onFailure?: ((cause: unknown) => void) | undefined;
}

/** What each algorithm's key looks like. @see RFC 7518 section 6, RFC 8037 section 2 */
const KEY_SHAPES: Readonly<Record<TokenAlgorithm, Readonly<Record<string, string>>>> = {
  RS256: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
};

/** One question at a time; whoever comes meanwhile waits for the same answer. */
export function createKeySet({ load, clock, cooldownMs = COOLDOWN_MS, onFailure }: KeySetPorts): KeySet {
  let published: readonly PublicJwk[] | undefined;
  let imported = new WeakMap<PublicJwk, Promise<CryptoKey | undefined>>();
  let loadedAt = -Infinity;
  let askedAt = -Infinity;
  let hasFailed = false;
  let asking: Promise<void> | undefined;

  const ask = (): Promise<void> => {
    asking ??= load()
      .then(
        (keys) => {
          published = keys.slice(0, MAX_KEYS);
          imported = new WeakMap();
          loadedAt = clock.monotonic();
          hasFailed = false;
        },
        (cause: unknown) => {
          hasFailed = true;
          onFailure?.(cause);
        },
      )
      .finally(() => {
        askedAt = clock.monotonic();
        asking = undefined;
      });
    return asking;
  };
  const mayAsk = (): boolean => asking !== undefined || clock.monotonic() - askedAt >= (hasFailed ? Math.min(RETRY_MS, cooldownMs) : cooldownMs);
  const importOnce = (jwk: PublicJwk, algorithm: TokenAlgorithm): Promise<CryptoKey | undefined> => {
    const known = imported.get(jwk) ?? toKey(jwk, algorithm);
    imported.set(jwk, known);
    return known;
  };
  const match = async (keyId: string | undefined, algorithm: TokenAlgorithm): Promise<CryptoKey | undefined> => {
    const fitting = (published ?? []).filter((jwk) => fits(jwk, keyId, algorithm));
    // Several that fit: the issuer does not say which, and trying all would let it be guessed.
    const [only] = fitting;
    return only && fitting.length === 1 ? await importOnce(only, algorithm) : undefined;
  };

  return {
    async find(keyId, algorithm) {
      if (clock.monotonic() - loadedAt >= MAX_AGE_MS && mayAsk()) await ask();
      if (published === undefined || clock.monotonic() - loadedAt >= STALE_MAX_MS) throw new AppError('ISSUER_UNAVAILABLE');
      const known = await match(keyId, algorithm);
      if (known) return known;
      if (mayAsk()) await ask();
      if (hasFailed) throw new AppError('ISSUER_UNAVAILABLE');
      return await match(keyId, algorithm);
    },
    get trustMs() {
      return Math.max(MIN_TRUST_MS, MAX_AGE_MS - (clock.monotonic() - loadedAt));
    },
    async reload() {
      await asking;
      published = undefined;
      loadedAt = -Infinity;
      await ask();
      if (hasFailed) throw new AppError('ISSUER_UNAVAILABLE');
    },
  };
}

/** Public keys of a JSON Web Key Set. @throws TypeError when it is none */
export function readKeys(value: unknown): readonly PublicJwk[] {
  const keys: unknown = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys)) throw new TypeError('not a JSON Web Key Set');
  return keys.filter(isObject);
}

function fits({ kid, use, alg, key_ops: operations, ...jwk }: PublicJwk, keyId: string | undefined, algorithm: TokenAlgorithm): boolean {
  if (keyId !== undefined && kid !== keyId) return false;
  if (use !== undefined && use !== 'sig') return false;
  if (alg !== undefined && alg !== algorithm && !(algorithm === 'EdDSA' && alg === 'Ed25519')) return false;
  if (Array.isArray(operations) && !operations.includes('verify')) return false;
  return Object.entries(KEY_SHAPES[algorithm]).every(([name, value]) => jwk[name] === value);
}

/** Undefined for a key that is damaged or too weak (RSA below 2048 bits): it verifies nothing. */
async function toKey(jwk: PublicJwk, algorithm: TokenAlgorithm): Promise<CryptoKey | undefined> {
  try {
    const { kty, crv, x, y, n, e } = jwk;
    const key = await importJWK({ kty, crv, x, y, n, e } as Parameters<typeof importJWK>[0], algorithm);
    if (key instanceof Uint8Array || key.type !== 'public') return undefined;
    const { algorithm: facts } = key;
    return 'modulusLength' in facts && Number(facts.modulusLength) < 2048 ? undefined : key;
  } catch {
    return undefined;
  }
}
