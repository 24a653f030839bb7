/** @module upstreams/auth/authorized-egress: requests to an upstream with a token, and once more with another when it is refused. */
import type { Egress, EgressRequest, EgressResponse } from '../../contracts/egress.ts';
import type { UpstreamCaller } from '../../contracts/upstream.ts';
import type { Authorizer } from './authorizer.ts';
import { refusalOf } from './challenge.ts';
import { authFailed } from './failures.ts';

/** The way to one upstream. */
export interface UpstreamEgress {
  /** As Egress.send. @param caller whom it is for, where each caller has its own token */
  send(request: EgressRequest, caller?: UpstreamCaller): Promise<EgressResponse>;
  close(): void;
}

/** Refusals of one request that are answered: no token, too few scopes, one more. A nonce is not counted, and answered once. */
const MAX_REFUSALS = 3;

/**
 * What a client of the gateway sent never reaches the upstream as its credential: the header is the authorizer's alone.
 *
 * `send` also @throws AppError UPSTREAM_LOGIN_REQUIRED, UPSTREAM_AUTH_*, SECRETS_*
 */
export function authorizedEgress(egress: Egress, authorizer: Authorizer): UpstreamEgress {
  return {
    close() {
      authorizer.close();
      egress.close();
    },
    async send(request, caller) {
      const { method, url, scope } = request;
      let mayAnswerNonce = true;
      for (let refusals = 0; ; ) {
        const { headers, token, nonce } = await authorizer.authorize(method, url, caller, scope);
        const response = await egress.send({ ...request, headers: { ...request.headers, ...headers } });
        const next = response.headers['dpop-nonce'];
        authorizer.noteNonce(url, next);
        const refusal = refusalOf(response.status, response.headers['www-authenticate']);
        if (!refusal) return response;
        await response.body[Symbol.asyncIterator]().return?.();
        if (refusal.error === 'use_dpop_nonce' && next !== undefined && next !== nonce && mayAnswerNonce) {
          mayAnswerNonce = false;
          continue;
        }
        refusals += 1;
        if (refusals > MAX_REFUSALS) throw authFailed('The upstream refuses every token that its authorization server gives.');
        await authorizer.answer(refusal, token, caller, scope);
      }
    },
  };
}
