/** @module upstreams/auth/login: a sign-in that a person has asked for. */
import type { SecretStore } from '../../contracts/secrets.ts';
import type { UpstreamConfig } from '../../contracts/upstreams-config.ts';
import { AppError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { fetchCatalogue } from '../catalogue.ts';
import { createConnector } from '../connector.ts';
import type { UpstreamPorts } from '../ports.ts';
import { Authorizer } from './authorizer.ts';
import { keyOf, readCredentials } from './credential.ts';

/** What came of it. */
export interface LoginResult {
  /** Undefined = the server asked for nothing. */
  readonly issuer: string | undefined;
  readonly scopes: readonly string[];
  /** Epoch milliseconds at which the token ends; null = unknown. */
  readonly expiresAt: number | null;
  /** Whether it is renewed without a person. */
  readonly isRenewed: boolean;
  readonly tools: number;
}

/**
 * Connects as the gateway does, with a person there to sign in when the server asks; then lists, so that what is
 * kept is known to work. What was kept before is used no more: whoever asks for a sign-in wants a new one.
 *
 * @throws AppError UPSTREAM_*, SECRETS_*, or the scope's reason
 */
export async function logIn(
  name: string,
  config: Exclude<UpstreamConfig, { readonly transport: 'stdio' }>,
  ports: UpstreamPorts,
  scope: Scope,
): Promise<LoginResult> {
  const store = await ports.credentials?.();
  if (!store) throw new AppError('INTERNAL', { message: 'A sign-in needs a place to keep its tokens.' });
  await forgetTokens(name, store, config.url);
  const connector = createConnector(name, config, ports, undefined);
  try {
    const connection = await connector.connect(scope, () => undefined);
    const { tools } = await fetchCatalogue(connection, scope);
    await connection.close();
    // Some servers list to anybody, and ask only at a call.
    if (!hasTokens(name, store, config.url)) await askUnasked(new Authorizer(name, config, ports, () => Promise.resolve(store)), scope);
    const { issuer, issuers } = readCredentials(store, keyOf(name), config.url);
    const credential = issuer === null ? undefined : issuers[issuer];
    const tokens = credential?.tokens;
    return {
      issuer: tokens ? (issuer ?? undefined) : undefined,
      scopes: tokens ? (credential?.scopes ?? []) : [],
      expiresAt: tokens?.expiresAt ?? null,
      isRenewed: tokens?.refresh !== undefined,
      tools: tools.length,
    };
  } catch (failure) {
    if (scope.reason?.code !== 'DEADLINE_EXCEEDED') throw failure;
    throw new AppError('UPSTREAM_LOGIN_REQUIRED', { message: `Nobody has signed in to ${name} in time.`, cause: failure });
  } finally {
    await connector.close();
  }
}

/** Forgets everything that was obtained for the upstream, for every caller. False when there was nothing. @throws AppError SECRETS_*, STORAGE_* */
export async function logOut(name: string, store: SecretStore): Promise<boolean> {
  const own = store.list().filter((secret) => secret.name === keyOf(name) || secret.name.startsWith(`${keyOf(name)}#`));
  for (const secret of own) await store.remove(secret.name);
  return own.length > 0;
}

function hasTokens(name: string, store: SecretStore, url: string): boolean {
  const { issuer, issuers } = readCredentials(store, keyOf(name), url);
  return issuer !== null && issuers[issuer]?.tokens !== undefined;
}

/** Signs in where the server says how, and else asks for nothing. */
async function askUnasked(authorizer: Authorizer, scope: Scope): Promise<void> {
  const refusal = { status: 401, error: undefined, scopes: [], resourceMetadata: undefined, wantsDpop: false };
  await authorizer.answer(refusal, undefined, undefined, scope).catch((failure: unknown) => {
    if (!AppError.is(failure) || failure.code !== 'UPSTREAM_AUTH_FAILED' || failure.data?.['isUnnamed'] !== true) throw failure;
  });
}

/** Registrations and the scopes that were asked for stay. */
async function forgetTokens(name: string, store: SecretStore, url: string): Promise<void> {
  const record = readCredentials(store, keyOf(name), url);
  const issuers = Object.fromEntries(Object.entries(record.issuers).map(([issuer, credential]) => [issuer, { ...credential, tokens: undefined }]));
  if (Object.keys(issuers).length > 0) await store.set(keyOf(name), JSON.stringify({ ...record, issuers }));
}
