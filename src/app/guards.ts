/** @module app/guards: who calls, what is switched off, and the seals and sessions that go with it. */
import type { ClusterConfig } from '../contracts/cluster-config.ts';
import type { ConsoleSessions, Sealer } from '../contracts/http.ts';
import type { ClientDirectory, Identity, Principal } from '../contracts/principal.ts';
import { ensureAdminKey } from '../identity/admin-key.ts';
import { createCertificatePrincipals } from '../identity/certificates.ts';
import { createClientDirectory } from '../identity/client-directory.ts';
import { createConsoleSessions } from '../identity/console-sessions.ts';
import { createIdentity, principalOfKey } from '../identity/identity.ts';
import { deriveSealKeys, type SealKey } from '../identity/seal-keys.ts';
import { createSealer } from '../identity/sealer.ts';
import { createKillSwitch, type WatchedKillSwitch } from '../policy/kill-switch.ts';
import type { Foundation } from './foundation.ts';
import type { PublicUrls } from './public-urls.ts';
import { createTokens, type Tokens } from './tokens.ts';

/** The guards of one app. */
export interface Guards {
  readonly identity: Identity;
  readonly sessions: ConsoleSessions;
  readonly clients: ClientDirectory;
  readonly sealer: Sealer;
  readonly tokens: Tokens;
  readonly killSwitch: WatchedKillSwitch;
  /** Undefined where no admin key is needed (a lone `stdio`). */
  readonly admin: Principal | undefined;
}

/** @throws AppError HOME_INSECURE, STORAGE_* */
export async function createGuards(foundation: Foundation, urls: PublicUrls, { hasAdminKey }: { readonly hasAdminKey: boolean }): Promise<Guards> {
  const { home, store, clock, loaded, audit } = foundation;
  const { cluster, storage } = loaded.config;
  const sealer = createSealer({ home: home.root, clock, keys: sharedSealKeys(cluster) });
  const sessions =
    cluster.secret !== null && storage.driver === 'postgres'
      ? (await import('../identity/shared-console-sessions.ts')).createSharedConsoleSessions({ sealer, clock, records: () => store.records })
      : createConsoleSessions(clock);
  const { localRoles, certificates } = loaded.config.identity;
  const tokens = createTokens(foundation, urls);
  const identity = createIdentity({
    store: () => store,
    clock,
    sessions,
    localRoles,
    tokens: tokens.load,
    certificates: createCertificatePrincipals(certificates, () => store.revocations),
  });
  const key = hasAdminKey ? await ensureAdminKey({ home: home.root, store, clock }) : undefined;
  if (key?.isNew === true)
    await audit.append({ event: 'key_created', phase: 'notice', at: clock.now(), detail: { key: key.record.id, name: key.record.name } });
  return {
    identity,
    tokens,
    sessions,
    clients: createClientDirectory(clock),
    sealer,
    killSwitch: createKillSwitch({ path: home.killSwitch, clock }),
    admin: key && principalOfKey(key.record),
  };
}

/** Undefined = the home has its own. */
function sharedSealKeys({ secret, previousSecret }: ClusterConfig): readonly SealKey[] | undefined {
  if (secret === null) return undefined;
  return deriveSealKeys(previousSecret === null ? [secret] : [previousSecret, secret]);
}
