/** @module app/tokens: what verifies access tokens, loaded with the first of them. */
import type { Egress } from '../contracts/egress.ts';
import type { LocalIssuer, TokenVerifier } from '../contracts/tokens.ts';
import { AppError } from '../core/errors.ts';
import { Scope } from '../core/scope.ts';
import type { Foundation } from './foundation.ts';
import type { PublicUrls } from './public-urls.ts';

const FETCH_MS = 5_000;
const MAX_BYTES = 262_144;

/** Access tokens in this process. */
export interface Tokens {
  /** @throws AppError AUTHENTICATION_FAILED when no issuer is trusted */
  load(): Promise<TokenVerifier>;
  /** Trusts an authorization server of this process. Before the first token. */
  addLocal(issuer: LocalIssuer): void;
  /** Authorization servers that clients may be sent to. */
  readonly issuers: readonly string[];
  /** Fetches all keys anew, where tokens were ever used. @throws AppError ISSUER_UNAVAILABLE */
  reloadKeys(): Promise<void>;
  /** Ends idle connections to issuers. */
  close(): void;
}

/** Nothing is loaded or connected to before the first token. */
export function createTokens({ loaded, logger, clock, store }: Foundation, urls: PublicUrls): Tokens {
  const { issuers } = loaded.config.identity;
  const local: LocalIssuer[] = [];
  const documents = createJsonFetcher();
  let verifier: Promise<TokenVerifier> | undefined;

  const open = async (): Promise<TokenVerifier> => {
    const { createTokenVerifier } = await import('../identity/tokens/verifier.ts');
    return createTokenVerifier({
      issuers,
      local,
      clock,
      isOwnAudience: urls.isOwn,
      fetchJson: documents.fetch,
      revoked: () => store.revocations,
      onFailure: (issuer, cause) => logger.warn('the keys of an issuer cannot be had', { issuer, cause: String(cause) }),
    });
  };

  return {
    load: () => {
      if (issuers.length + local.length === 0) return Promise.reject(new AppError('AUTHENTICATION_FAILED', { cause: 'issuer' }));
      verifier ??= open();
      return verifier;
    },
    addLocal: (issuer) => void local.push(issuer),
    get issuers() {
      return [...local.map(({ config }) => config.issuer), ...issuers.map(({ issuer }) => issuer)];
    },
    reloadKeys: async () => {
      await (await verifier)?.reloadKeys();
    },
    close: () => documents.close(),
  };
}

/** Through the guarded dialer, one for each origin: addresses are those of the configuration and of the metadata of its issuers. */
function createJsonFetcher(): { readonly fetch: (url: string) => Promise<unknown>; close(): void } {
  const dialers = new Map<string, Egress>();
  const dialerOf = async (url: string): Promise<Egress> => {
    const { createEgress } = await import('../egress/dialer.ts');
    const { origin } = new URL(url);
    const dialer = dialers.get(origin) ?? createEgress([origin]);
    dialers.set(origin, dialer);
    return dialer;
  };
  return {
    async fetch(url) {
      const dialer = await dialerOf(url);
      using scope = new Scope({ timeoutMs: FETCH_MS });
      const headers = { accept: 'application/json' };
      const { status, body } = await dialer.send({ method: 'GET', url, headers, scope, firstByteMs: FETCH_MS, idleMs: FETCH_MS, maxBytes: MAX_BYTES });
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      if (status !== 200) throw new Error(`status ${status}`);
      return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
    },
    close() {
      for (const dialer of dialers.values()) dialer.close();
      dialers.clear();
    },
  };
}
