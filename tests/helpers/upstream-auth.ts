/** Upstreams that want a token, for tests. */
import { join } from 'node:path';
import type { SecretStore } from '../../src/contracts/secrets.ts';
import type { UpstreamCaller } from '../../src/contracts/upstream.ts';
import type { HttpUpstream, UpstreamAuthConfig } from '../../src/contracts/upstreams-config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Scope } from '../../src/core/scope.ts';
import { createEgress } from '../../src/egress/dialer.ts';
import type { ResolveName } from '../../src/egress/guarded-lookup.ts';
import { createHomeSecrets } from '../../src/secrets/home-secrets.ts';
import { createLoopbackInteraction } from '../../src/upstreams/auth/loopback-sign-in.ts';
import { createConnector } from '../../src/upstreams/connector.ts';
import type { UpstreamPorts } from '../../src/upstreams/ports.ts';

/** What an upstream without a section `auth` has. */
export const NO_AUTH: UpstreamAuthConfig = {
  grant: 'authorization_code',
  clientId: null,
  clientSecret: null,
  clientKey: null,
  clientKeyId: null,
  clientKeyAlgorithm: 'ES256',
  clientMetadataUrl: null,
  issuer: null,
  scopes: null,
  assertion: null,
  assertionFile: null,
  subject: 'configured',
  subjectTokenType: 'urn:ietf:params:oauth:token-type:id_token',
  idpTokenUrl: null,
  idpClientId: null,
  idpClientSecret: null,
  dpop: 'auto',
};

/** What a test wants of one upstream with a sign-in. */
export interface GuardedOptions {
  readonly home: string;
  readonly url: string;
  readonly auth?: Partial<UpstreamAuthConfig>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Brings the address to the person; absent = nobody is there. */
  readonly show?: ((url: string) => void) | undefined;
  /** Milliseconds that the clock of this process is ahead. */
  readonly aheadMs?: () => number;
  readonly resolve?: ResolveName;
  /** Milliseconds for all of it. */
  readonly timeoutMs?: number;
}

const silent = (): void => undefined;

/** Configuration and ports of an upstream, as the gateway makes them, with the home's real store. */
export function guardedUpstream({ home, url, auth, headers = {}, show, aheadMs = () => 0, resolve }: GuardedOptions): {
  readonly config: HttpUpstream;
  readonly ports: UpstreamPorts;
  readonly credentials: SecretStore;
} {
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs() };
  const { credentials } = createHomeSecrets({ root: home, keys: join(home, 'keys') }, {}, clock);
  const config: HttpUpstream = {
    transport: 'http',
    url,
    headers,
    auth: { ...NO_AUTH, ...auth },
    isEnabled: true,
    connect: 'lazy',
    timeoutMs: 20_000,
    concurrency: 16,
    prefix: null,
    pins: 'off',
    results: { scan: 'tag', maxCharacters: 4_194_304 },
    tools: { allow: null, deny: [], rename: {}, describe: {}, defaults: {}, permissions: {} },
  };
  const ports: UpstreamPorts = {
    clock,
    logger: { isDebug: false, debug: silent, info: silent, warn: silent, error: silent },
    env: {},
    folder: join(home, 'upstreams'),
    workspace: home,
    maxMessageBytes: 1_000_000,
    compile: () => () => undefined,
    isVisible: () => true,
    parseYaml: () => Promise.reject(new Error('no documents here')),
    createEgress: (urls, ledBy) => createEgress(urls, { ledBy, resolve }),
    credentials: () => Promise.resolve(credentials),
    interaction: show && createLoopbackInteraction(show),
  };
  return { config, ports, credentials };
}

/** One call of `echo` on a connection of its own. */
export async function callEcho(options: GuardedOptions, count = 1, caller?: UpstreamCaller): Promise<readonly JsonObject[]> {
  const { config, ports } = guardedUpstream(options);
  const connector = createConnector('guarded', config, ports, 'modern');
  using scope = new Scope({ timeoutMs: options.timeoutMs ?? 20_000 });
  try {
    const connection = await connector.connect(scope, silent);
    const listener = caller === undefined ? {} : { caller };
    return await Promise.all(
      Array.from({ length: count }, (_, index) => connection.request('tools/call', { name: 'echo', arguments: { index } }, scope, listener)),
    );
  } finally {
    await connector.close();
  }
}
