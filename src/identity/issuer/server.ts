/** @module identity/issuer/server: the embedded authorization server: oidc-provider on the state of this gateway. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AsyncLocalStorage } from 'node:async_hooks';
import { errors, type InteractionModel, type KoaContext, Provider } from 'oidc-provider';
import { AppError, describeError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { AuthorizationServer } from '../../contracts/authorization-server.ts';
import type { Principal } from '../../contracts/principal.ts';
import { canHoldTokens, createAccounts } from './accounts.ts';
import { findMachineClient } from './clients.ts';
import { describeClient } from './client-rules.ts';
import { createConfiguration, ROUTES, SESSION_SECONDS } from './configuration.ts';
import { kindOf } from './adapter.ts';
import { createTokenHandles } from './handles.ts';
import { createIssued } from './issued.ts';
import type { IssuerPorts } from './ports.ts';
import { createIssuerRates } from './rates.ts';
import { createSigningKeys, type SigningKey } from './signing-keys.ts';
import { secretMatches } from './client-secrets.ts';
import { OIDC_SCOPES, prepareRequest } from './requests.ts';

const PRUNE_MS = 60_000;
const PRUNE_ROWS = 5_000;
const waitFor = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** The server with its life. */
export interface EmbeddedServer extends AuthorizationServer {
  close(): void;
}

/** Builds the server. Loads oidc-provider: import this module only where the server is configured. */
export function createAuthorizationServer(ports: IssuerPorts): EmbeddedServer {
  const { issuer, store, clock, audit, logger, holds } = ports;
  const accounts = createAccounts(store, clock);
  const issued = createIssued(store.records, store.revocations, clock);
  const rates = createIssuerRates(clock, waitFor);
  const signingKeys = createSigningKeys(ports.keysFolder, clock);
  const handles = createTokenHandles(issuer, signingKeys, issued);
  const rules = {
    issuer,
    rates,
    defaultScopes: ports.settings.defaultScopes,
    scopesOfClient: async (id: string) => (await findMachineClient(store.records, id, clock.now()))?.scopes,
    registeredClients: async () => (await store.records.list({ kind: kindOf('Client'), limit: 1_000 }, clock.now())).length,
    handleOf: handles.handleOf,
  };
  const sources = new AsyncLocalStorage<string>();
  const sourceOf = (): string => sources.getStore() ?? '';
  let current: { readonly keys: readonly SigningKey[]; readonly scopes: string; readonly provider: Provider } | undefined;

  const build = (keys: readonly [SigningKey, ...SigningKey[]]): Provider => {
    const provider = new Provider(issuer, createConfiguration({ ports, accounts, issued, rates, handles, errors, keys, sourceOf }));
    // The scheme is that of the client's own connection, which the door tells in the header.
    provider.proxy = true;
    provider.silent = true;
    provider.use(async (context, next) => {
      await next();
      if (context.oidc?.route === 'discovery' && isObject(context.body)) context.body = { ...context.body, response_modes_supported: ['query'] };
    });
    Object.assign(provider.Client.prototype, { compareClientSecret: secretMatches });
    // A form that comes without a session gets one in the answer; the library's own error page forgets to save it first.
    const { persist } = provider.Session.prototype;
    provider.Session.prototype.persist = async function () {
      return typeof this.exp === 'number' ? await persist.call(this) : await this.save(SESSION_SECONDS);
    };
    provider.ReplayDetection.unique = async (owner, jti, expiresAt) =>
      await store.records.insert(
        {
          kind: 'issuer:Replay',
          id: JSON.stringify([owner, jti]).slice(0, 1000),
          value: '',
          group: null,
          alias: null,
          createdAt: clock.now(),
          expiresAt: expiresAt * 1000 + PRUNE_MS,
          consumedAt: null,
        },
        clock.now(),
      );
    provider.on('server_error', (_context, error) => logger.error('authorization server', { error: describeError(error) }));
    for (const event of ['grant.error', 'revocation.error', 'introspection.error']) provider.on(event, refused);
    return provider;
  };
  /** A rotation, and a role with a new scope, take effect at the next request. */
  const provider = (): Provider => {
    const keys = signingKeys.current();
    const scopes = ports.scopes().join(' ');
    if (current?.keys !== keys || current.scopes !== scopes) current = { keys, scopes, provider: build(keys) };
    return current.provider;
  };
  const refused = (context: KoaContext, error: Error): void => {
    const { name } = error;
    if (name === 'InvalidClient' || name === 'InvalidClientAuth') rates.failed('client', sourceOf());
    const client = context.oidc.entities['Client'] === undefined ? null : context.oidc.client.clientId;
    if (client === null) return;
    const reason = 'error_detail' in error && typeof error.error_detail === 'string' ? error.error_detail : error.message;
    const detail = { error: name, reason: reason.slice(0, 200), route: context.oidc.route };
    audit
      .append({ event: 'token_refused', phase: 'notice', at: clock.now(), client, source: sourceOf(), detail })
      .catch(() => logger.error('audit', { problem: 'a refused token request was not recorded' }));
  };

  const interactionOf = async (request: IncomingMessage, response: ServerResponse): Promise<InteractionModel | undefined> =>
    await provider()
      .interactionDetails(request, response)
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
        throw error;
      });
  const need = async (request: IncomingMessage, response: ServerResponse): Promise<InteractionModel> => {
    const interaction = await interactionOf(request, response);
    if (!interaction) throw new AppError('SIGN_IN_OVER');
    return interaction;
  };
  const scopesOf = async ({
    params,
    session,
  }: InteractionModel): Promise<{ readonly account: Principal | undefined; readonly given: string[]; readonly withheld: string[] }> => {
    const account = session && (await accounts.find(session.accountId));
    const asked = textOf(params['scope'])
      .split(' ')
      .filter((scope) => scope !== '' && !OIDC_SCOPES.has(scope));
    const known = new Set(ports.scopes());
    const given = account ? asked.filter((scope) => known.has(scope) && holds(account, scope)) : [];
    return { account, given, withheld: asked.filter((scope) => known.has(scope) && !given.includes(scope)) };
  };

  let pruning: NodeJS.Timeout | undefined;
  const keepClean = (): void => {
    pruning ??= setInterval(() => {
      void store.records.prune(clock.now(), PRUNE_ROWS).catch((error: unknown) => logger.warn('expired records', { error: describeError(error) }));
    }, PRUNE_MS).unref();
  };

  return {
    issuer,
    async handle(request, response, source) {
      keepClean();
      await sources.run(source, async () => {
        await provider().callback()(await prepareRequest(request, source, rules), response);
      });
    },
    async find(request, response, uid) {
      const interaction = await interactionOf(request, response);
      if (interaction?.uid !== uid) return undefined;
      const client = await provider().Client.find(textOf(interaction.params['client_id']));
      if (!client) return undefined;
      const { account, given, withheld } = await scopesOf(interaction);
      return {
        uid,
        stage: interaction.prompt.name === 'consent' && account ? 'consent' : 'sign-in',
        client: describeClient(client),
        redirectUri: interaction.deviceCode === undefined ? textOf(interaction.params['redirect_uri']) : null,
        account: account?.id ?? null,
        accountName: account ? await accounts.nameOf(account.id) : null,
        scopes: given,
        withheld,
      };
    },
    async signIn(request, response, principal) {
      if (!canHoldTokens(principal)) throw new AppError('PERMISSION_DENIED', { message: 'Only keys of this gateway can sign in here.' });
      const { session } = await need(request, response);
      if (session && session.accountId !== principal.id) return await this.switchAccount(request, response);
      await provider().interactionFinished(request, response, { login: { accountId: principal.id, remember: false } }, { mergeWithLastSubmission: false });
    },
    async allow(request, response) {
      const interaction = await need(request, response);
      const { params, session, grantId } = interaction;
      const { account, given, withheld } = await scopesOf(interaction);
      if (!account || !session) throw new AppError('SIGN_IN_OVER');
      if (given.length === 0) throw new AppError('PERMISSION_DENIED', { message: 'Your key holds nothing of what is asked for.' });
      const { Grant } = provider();
      const clientId = textOf(params['client_id']);
      const grant = (grantId === undefined ? undefined : await Grant.find(grantId)) ?? new Grant({ accountId: account.id, clientId });
      const oidcScopes = textOf(params['scope'])
        .split(' ')
        .filter((scope) => OIDC_SCOPES.has(scope));
      // What was withheld once is asked for again when the account holds it.
      grant.rejected = undefined;
      grant.addOIDCScope([...oidcScopes, ...given].join(' '));
      if (withheld.length > 0) grant.rejectOIDCScope(withheld.join(' '));
      for (const resource of resourcesOf(params['resource'], ports.defaultResource())) {
        grant.addResourceScope(resource, given.join(' '));
        if (withheld.length > 0) grant.rejectResourceScope(resource, withheld.join(' '));
      }
      const detail = { scopes: given.join(' '), redirect: textOf(params['redirect_uri']).slice(0, 300), device: interaction.deviceCode !== undefined };
      await audit.append({ event: 'consent_granted', phase: 'notice', at: clock.now(), principal: account.id, client: clientId, detail });
      await provider().interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    },
    async deny(request, response) {
      const { params, session } = await need(request, response);
      const client = textOf(params['client_id']);
      await audit
        .append({ event: 'consent_refused', phase: 'notice', at: clock.now(), client, ...(session ? { principal: session.accountId } : {}) })
        .catch(() => logger.error('audit', { problem: 'a refusal was not recorded' }));
      const result = { error: 'access_denied', error_description: 'The person refused.' };
      await provider().interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    },
    async switchAccount(request, response) {
      const interaction = await need(request, response);
      const { cookie } = interaction.session ?? {};
      if (cookie !== undefined) await provider().Session.adapter.destroy(cookie);
      await interaction.destroy();
      // A device's request is begun at the device page; everybody else's is sent again, without asking for what was just done.
      const { prompt: _, ...params } = interaction.params;
      const query = new URLSearchParams(Object.entries(params).flatMap(([name, value]) => textsOf(value).map((text): [string, string] => [name, text])));
      const location = interaction.deviceCode === undefined ? `${ROUTES.authorization}?${query}` : ROUTES.code_verification;
      response.writeHead(303, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': 0 }).end();
    },
    close() {
      clearInterval(pruning);
    },
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');

function resourcesOf(value: unknown, fallback: string): readonly string[] {
  const named = isObject(value) ? [] : textsOf(value);
  return named.length > 0 ? named : [fallback];
}
