/** @module identity/tokens/dpop: proofs that the holder of a token holds its key. @see RFC 9449 */
import { hash } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import type { PresentedToken } from '../../contracts/tokens.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { type CompactToken, readCompact } from './compact.ts';
import { refusal } from './refusal.ts';

/** Seconds that a proof may be old. */
const MAX_AGE_SECONDS = 60;
/** Seconds that the client's clock may be ahead. */
const MAX_AHEAD_SECONDS = 10;
/** Proofs remembered at a time. All of them come with a valid token and key. */
const MAX_REMEMBERED = 100_000;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];

type Proof = NonNullable<PresentedToken['dpop']>;

/** Checks proofs, each of which serves once. */
export interface ProofChecker {
  /**
   * @param thumbprint of the key that the token is bound to
   * @throws AppError AUTHENTICATION_FAILED; OVERLOADED when too many proofs would have to be remembered
   */
  check(proof: Proof, token: string, thumbprint: string): Promise<void>;
}

/** Proofs are remembered in this process: another one of the home does not know them. They are good for a minute. */
export function createProofChecker(clock: Pick<Clock, 'now'>): ProofChecker {
  /** Proof → when it may be forgotten, in the order of arrival. */
  const used = new Map<string, number>();

  const remember = (key: string, now: number): void => {
    for (const [old, until] of used) {
      if (until > now) break;
      used.delete(old);
    }
    if (used.has(key)) throw refusal('replay');
    // Forgetting one that is still good would let it be replayed.
    if (used.size >= MAX_REMEMBERED) throw new AppError('OVERLOADED');
    used.set(key, now + (MAX_AGE_SECONDS + MAX_AHEAD_SECONDS) * 1_000);
  };

  return {
    async check({ proof, method, url }, token, thumbprint) {
      const compact = readProof(proof);
      const key = await keyOf(compact);
      if (key.thumbprint !== thumbprint) throw refusal('binding');
      await compactVerify(proof, key.key, { algorithms: [compact.algorithm] }).catch(() => {
        throw refusal('proof');
      });
      const now = clock.now();
      remember(`${thumbprint} ${checkProof(compact, { method, url, token }, now)}`, now);
    },
  };
}

function readProof(proof: string): CompactToken {
  const compact = readCompact(proof, ['jwk']);
  if (compact.type !== 'dpop+jwt' || compact.keyId !== undefined) throw refusal('proof');
  return compact;
}

async function keyOf({
  header,
  algorithm,
}: CompactToken): Promise<{ readonly key: Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>; readonly thumbprint: string }> {
  const jwk = header['jwk'];
  if (!isObject(jwk) || PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) throw refusal('proof');
  try {
    const { kty, crv, x, y, n, e } = jwk;
    const plain = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as JWK;
    const key = await importJWK(plain, algorithm);
    if (key instanceof Uint8Array || key.type !== 'public') throw refusal('proof');
    return { key, thumbprint: await calculateJwkThumbprint(plain) };
  } catch {
    throw refusal('proof');
  }
}

/** The id of a proof that is for this request, this token and this moment. */
function checkProof({ claims }: CompactToken, request: { readonly method: string; readonly url: string; readonly token: string }, nowMs: number): string {
  const { jti, htm, htu, iat, ath } = claims;
  const age = typeof iat === 'number' ? nowMs / 1_000 - iat : Number.NaN;
  const isInTime = age <= MAX_AGE_SECONDS && age >= -MAX_AHEAD_SECONDS;
  if (!isInTime || typeof jti !== 'string' || jti === '' || jti.length > 255) throw refusal('proof');
  if (htm !== request.method || typeof htu !== 'string' || bareUrl(htu) !== bareUrl(request.url)) throw refusal('proof');
  if (ath !== hash('sha256', request.token, 'base64url')) throw refusal('proof');
  return hash('sha256', jti, 'base64url');
}

/** Without query and fragment, host in lower case, without the default port. @see RFC 9449 section 4.3 */
function bareUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url ? `${url.origin}${url.pathname}` : undefined;
}
