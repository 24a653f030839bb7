/** @module app/issuer: the embedded authorization server, wired. What it needs is loaded with its first request. */
import type { AuthorizationServer } from '../contracts/authorization-server.ts';
import type { HttpMount } from '../contracts/http.ts';
import type { CallRunner } from '../contracts/call.ts';
import type { Policy } from '../contracts/policy.ts';
import { STANDARD_SCOPES } from '../contracts/policy-config.ts';
import type { Config } from '../contracts/config.ts';
import type { LocalIssuer } from '../contracts/tokens.ts';
import { createSignInDoor } from '../doors/sign-in/sign-in-door.ts';
import { signInHeaders } from '../doors/sign-in/sign-in-headers.ts';
import { renderDeviceConfirm, renderDeviceDone, renderFailure, renderUserCode } from '../doors/sign-in/sign-in-pages.ts';
import type { EmbeddedServer } from '../identity/issuer/server.ts';
import { createAccounts } from '../identity/issuer/accounts.ts';
import { createSigningKeys } from '../identity/issuer/signing-keys.ts';
import type { Foundation } from './foundation.ts';
import type { Guards } from './guards.ts';

/** What the server is wired to. */
export interface IssuerWiring {
  readonly foundation: Foundation;
  readonly guards: Pick<Guards, 'sessions' | 'sealer'>;
  readonly runner: CallRunner;
  readonly policy: () => Policy;
  readonly config: () => Config;
  readonly countSource: (source: string) => void;
  /** Base of every route, known when it is listened on. */
  readonly baseUrl: () => string;
  readonly isResource: (text: string) => boolean;
}

/** The server on its way to the listener and to the verifier of tokens. */
export interface IssuerHost {
  readonly mount: HttpMount;
  readonly local: LocalIssuer;
  close(): void;
}

/** Builds what is needed to answer; nothing of it runs before the first request. */
export function createIssuer({ foundation, guards, runner, policy, config, countSource, baseUrl, isResource }: IssuerWiring): IssuerHost {
  const { clock, store, audit, logger, home, loaded } = foundation;
  const settings = loaded.config.identity.server;
  // Endpoints lie at the root, also where the gateway's own address has a path.
  const issuerUrl = (): string => settings.url ?? new URL(baseUrl()).origin;
  const keys = createSigningKeys(home.keys, clock);
  const accounts = createAccounts(store, clock);
  let opened: Promise<EmbeddedServer> | undefined;

  const open = async (): Promise<EmbeddedServer> => {
    const [{ createAuthorizationServer }, { createPublicDialer }] = await Promise.all([
      import('../identity/issuer/server.ts'),
      import('../egress/public-dialer.ts'),
    ]);
    return createAuthorizationServer({
      settings,
      issuer: issuerUrl(),
      keysFolder: home.keys,
      store,
      audit,
      logger,
      clock,
      pages: {
        failure: renderFailure,
        userCode: renderUserCode,
        deviceConfirm: renderDeviceConfirm,
        deviceDone: renderDeviceDone,
        headers: signInHeaders(null),
      },
      isResource,
      defaultResource: () => `${baseUrl()}/mcp`,
      scopes: () => scopesOf(config()),
      holds: (principal, scope) => holdsScope(policy().scopesOf(principal), scope),
      fetchDocument: createPublicDialer({ allowed: settings.clientDocumentNetworks }),
    });
  };
  const server = async (): Promise<AuthorizationServer> => await (opened ??= open());

  return {
    mount: createSignInDoor({ runner, sessions: guards.sessions, sealer: guards.sealer, logger, server, countSource }),
    local: {
      get config() {
        const issuer = issuerUrl();
        return {
          issuer,
          audience: null,
          jwksUri: `${issuer}/oauth/jwks`,
          algorithms: ['ES256' as const],
          tokenTypes: ['at+jwt'],
          scopeClaims: ['scope'],
          rolesClaim: null,
          roleMap: null,
          defaultRoles: [],
          tenantClaim: null,
          keepClaims: [],
          clockSkewSeconds: 5,
          maxTokenSeconds: settings.accessTokenSeconds,
          requireBoundTokens: false,
        };
      },
      keys: () => keys.current().map(({ publicJwk }) => publicJwk),
      principalOf: (token) => accounts.principalOf(token),
      version: () => store.apiKeys.version(),
    },
    close: () => void opened?.then((running) => running.close()),
  };
}

/** Scopes that exist here: those of the gateway's own targets, and those that roles name. Wildcards are no scopes to ask for. */
function scopesOf({ policy }: Config): readonly string[] {
  const named = Object.values(policy.roles).flatMap(({ scopes = [] }) => scopes);
  return [...new Set([...STANDARD_SCOPES, ...named])].filter((scope) => !scope.includes('*')).sort();
}

/** Whether one of the scopes, wildcards among them, holds the scope. */
function holdsScope(held: readonly string[], scope: string): boolean {
  return held.some((pattern) => pattern === scope || pattern === '*' || (pattern.endsWith(':*') && scope.startsWith(pattern.slice(0, -1))));
}
