/** @module identity/certificates: who client certificates stand for. */
import type { CertificateConfig } from '../contracts/identity-config.ts';
import type { ClientCertificate, Principal } from '../contracts/principal.ts';
import { revokedPrincipal, type RevokedTokens } from '../contracts/tokens.ts';
import type { MaybePromise } from '../core/json.ts';
import { compileNames } from '../core/name-pattern.ts';

interface Known {
  readonly principal: Principal;
  version: number;
}

/**
 * The principal of a certificate: that of the first entry that matches one of its names, named after
 * the name that matched. Undefined for no match and for a principal that was revoked. Whether the
 * certificate is trusted is not checked here.
 */
export function createCertificatePrincipals(
  entries: readonly CertificateConfig[],
  revoked: () => RevokedTokens,
): (certificate: ClientCertificate) => MaybePromise<Principal | undefined> {
  const compiled = entries.map((entry) => ({ entry, matches: compileNames([entry.match]) }));
  const known = new WeakMap<ClientCertificate, Known>();

  const principalOf = (certificate: ClientCertificate): Principal | undefined => {
    for (const { entry, matches } of compiled) {
      const name = certificate.names.find(matches);
      if (name !== undefined) return toPrincipal(name, entry, certificate.expiresAt);
    }
    return undefined;
  };

  return (certificate) => {
    const store = revoked();
    const version = store.version();
    const before = known.get(certificate);
    if (before?.version === version) return before.principal;
    const principal = before?.principal ?? principalOf(certificate);
    if (!principal) return undefined;
    const judge = (isRevoked: boolean): Principal | undefined => {
      if (isRevoked) return undefined;
      known.set(certificate, { principal, version });
      return principal;
    };
    const found = store.isRevoked([revokedPrincipal(principal.id)]);
    return found instanceof Promise ? found.then(judge) : judge(found);
  };
}

function toPrincipal(name: string, { roles, scopes, tenant }: CertificateConfig, expiresAt: number): Principal {
  const id = `mtls:${name}`;
  return Object.freeze({
    id,
    kind: 'service',
    clientId: id,
    tenant,
    roles: Object.freeze([...roles]),
    scopes: scopes && Object.freeze([...scopes]),
    models: null,
    budgets: Object.freeze([]),
    method: 'mtls',
    expiresAt,
  });
}
