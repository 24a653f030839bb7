/** @module upstreams/auth/authorizer: the tokens of one upstream: kept, renewed early, obtained when the server asks. */
import type { SecretStore } from '../../contracts/secrets.ts';
import type { UpstreamCaller } from '../../contracts/upstream.ts';
import type { ServerUpstream } from '../../contracts/upstreams-config.ts';
import { toAppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import { pause } from '../connection/pause.ts';
import type { UpstreamPorts } from '../ports.ts';
import type { Refusal } from './challenge.ts';
import { type Credential, NO_CREDENTIAL, type Tokens } from './credential.ts';
import { makeProof } from './dpop.ts';
import { authFailed, loginRequired } from './failures.ts';
import { fetchServerMetadata } from './metadata.ts';
import { findAuthority, obtain, type ObtainPlace, renew, union } from './obtain.ts';
import { type Slot, Slots } from './slots.ts';
import { createWeb, type Web } from './web.ts';

/** Milliseconds after which a renewal that failed while the old token was still good is tried again. */
const RETRY_RENEWAL_MS = 5000;
/** Milliseconds during which a refused client does not ask again, unless something was changed. */
const REFUSED_MS = 5000;
const REFUSALS: ReadonlySet<string> = new Set(['UPSTREAM_AUTH_FAILED', 'UPSTREAM_AUTH_INVALID']);
/** Milliseconds between two looks whether somebody has signed in: one look at the facts of a file. */
const SIGN_IN_LOOK_MS = 1000;
/** Milliseconds that everything up to a token may take. */
const OBTAIN_MS = 60_000;

/** A request as it may be sent. */
export interface Authorized {
  readonly headers: Readonly<Record<string, string>>;
  /** The token that was used; undefined = none. */
  readonly token: string | undefined;
  /** The nonce of its proof. */
  readonly nonce: string | undefined;
}

/** Everything it throws is an AppError UPSTREAM_LOGIN_REQUIRED, UPSTREAM_AUTH_*, SECRETS_* or the scope's reason. */
export class Authorizer {
  readonly #place: ObtainPlace;
  readonly #ports: UpstreamPorts;
  readonly #slots: Slots;
  readonly #life = new Scope();
  /** By origin. @see RFC 9449 sections 8 and 9 */
  readonly #nonces = new Map<string, string>();

  constructor(name: string, { url, auth: config }: ServerUpstream, ports: UpstreamPorts, openStore: () => Promise<SecretStore>) {
    this.#place = { name, url, config, interaction: ports.interaction, now: () => ports.clock.now() };
    this.#ports = ports;
    this.#slots = new Slots(this.#place, openStore);
  }

  /** What the request carries: nothing until the server has asked for something. Renews a token that is about to end. */
  async authorize(method: string, url: string, caller: UpstreamCaller | undefined, scope: Scope): Promise<Authorized> {
    const slot = await this.#slots.of(caller);
    if (slot.blocked) throw slot.blocked;
    const held = this.#slots.credentialOf(slot);
    const { tokens: old } = held;
    const isDue = old?.renewAt !== undefined && old.renewAt !== null && this.#place.now() >= Math.max(old.renewAt, slot.renewNotBefore);
    if (isDue) await this.#renewEarly(slot, { ...held, tokens: old }, scope);
    const { tokens, proofKey } = isDue ? this.#slots.credentialOf(slot) : held;
    if (!tokens) return { headers: {}, token: undefined, nonce: undefined };
    const { access, type } = tokens;
    if (type === 'Bearer' || !proofKey) return { headers: { authorization: `Bearer ${access}` }, token: access, nonce: undefined };
    const nonce = this.#nonces.get(new URL(url).origin);
    const proof = await makeProof(proofKey, { method, url, nonce, accessToken: access });
    return { headers: { authorization: `DPoP ${access}`, dpop: proof }, token: access, nonce };
  }

  /** Ends what is under way. */
  close(): void {
    this.#life.cancel();
  }

  /** Resolves when the sign-in that is missing may have happened. @throws the scope's reason */
  async signedIn(scope: Scope): Promise<void> {
    while ((await this.#slots.of(undefined, true)).blocked) await pause(SIGN_IN_LOOK_MS, scope);
  }

  /** Every answer may bring the nonce of the next proof. */
  noteNonce(url: string, nonce: string | undefined): void {
    if (nonce !== undefined && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce)) this.#nonces.set(new URL(url).origin, nonce);
  }

  /** Gets another token than the one that was refused. Resolved = the request may be sent once more. */
  async answer(refusal: Refusal, used: string | undefined, caller: UpstreamCaller | undefined, scope: Scope): Promise<void> {
    const slot = await this.#slots.of(caller, true);
    const seen = this.#slots.credentialOf(slot).tokens?.access;
    // Somebody else, here or in another process, has got one meanwhile.
    if (refusal.status === 401 && seen !== undefined && seen !== used) return;
    if (refusal.status === 403) this.#requireMore(refusal, this.#slots.credentialOf(slot));
    else if (slot.refused && slot.refused.until > this.#place.now()) throw slot.refused.failure;
    await this.#once(slot, scope, (work) => this.#obtain(slot, refusal, used, work));
  }

  /** One at a time for each slot; whoever comes meanwhile waits for the same. The work goes on when one who waits gives up. */
  #once(slot: Slot, scope: Scope, work: (scope: Scope) => Promise<void>): Promise<void> {
    if (!slot.working) {
      // A person takes as long as the one who started it waits.
      const own = new Scope({ parent: this.#life, timeoutMs: this.#place.interaction ? scope.remainingMs : OBTAIN_MS });
      slot.working = work(own).finally(() => {
        own.end();
        slot.working = undefined;
      });
    }
    return scope.race(slot.working);
  }

  async #renewEarly(slot: Slot, known: Credential & { readonly tokens: Tokens }, scope: Scope): Promise<void> {
    const { tokens, scopes } = known;
    const isByPerson = this.#place.config.grant === 'authorization_code';
    if (isByPerson && tokens.refresh === undefined) return;
    const again: Refusal = { status: 401, error: undefined, scopes, resourceMetadata: undefined, wantsDpop: tokens.type === 'DPoP' };
    try {
      await this.#once(slot, scope, (work) =>
        tokens.refresh === undefined ? this.#obtain(slot, again, tokens.access, work) : this.#renew(slot, tokens.access, work),
      );
    } catch (failure) {
      const isStillGood = tokens.expiresAt !== null && tokens.expiresAt > this.#place.now();
      // An ended token that nobody renews is sent once more: the server then says anew what it wants.
      if (scope.reason || (!isStillGood && isByPerson)) throw failure;
      slot.renewNotBefore = this.#place.now() + RETRY_RENEWAL_MS;
      const { code, message } = toAppError(failure);
      this.#ports.logger.warn('a token is not renewed yet', { upstream: this.#place.name, code, problem: message });
    }
  }

  /** Under the lease of all processes: the one who comes second finds the first one's token. */
  async #renew(slot: Slot, used: string | undefined, scope: Scope): Promise<void> {
    await this.#slots.exclusively(slot, () =>
      this.#withWeb(async (web) => {
        const known = this.#slots.credentialOf(slot);
        const issuer = this.#place.config.issuer ?? slot.record.issuer;
        if (issuer === null || known.tokens?.access !== used) return;
        const server = await fetchServerMetadata(issuer, web, scope);
        const renewed = await renew(this.#place, server, known, web, scope);
        await this.#slots.keep(slot, issuer, renewed ?? { ...known, tokens: undefined });
      }),
    );
  }

  async #obtain(slot: Slot, refusal: Refusal, used: string | undefined, scope: Scope): Promise<void> {
    const { config, interaction, name } = this.#place;
    const isForPerson = config.grant === 'authorization_code';
    try {
      if (isForPerson && !interaction) await this.#withoutPerson(slot, refusal, used, scope);
      else if (isForPerson) await this.#withWeb((web) => this.#ask(slot, refusal, used, web, scope));
      else await this.#slots.exclusively(slot, () => this.#withWeb((web) => this.#ask(slot, refusal, used, web, scope)));
    } catch (failure) {
      const error = toAppError(failure);
      const { code, message } = error;
      // Clients are locked out by servers that they ask too often with a wrong secret.
      if (refusal.status === 401 && REFUSALS.has(code)) slot.refused = { failure: error, until: this.#place.now() + REFUSED_MS };
      this.#ports.logger.warn('no token for an upstream', { upstream: name, code, problem: message });
      throw failure;
    }
  }

  async #ask(slot: Slot, refusal: Refusal, used: string | undefined, web: Web, scope: Scope): Promise<void> {
    if (this.#slots.credentialOf(slot).tokens?.access !== used) return;
    const authority = await findAuthority(this.#place, refusal, slot.record.issuer, web, scope);
    const { issuer } = authority.server;
    // Nothing of one issuer goes to another.
    const known = issuer === slot.record.issuer ? this.#slots.credentialOf(slot) : (slot.record.issuers[issuer] ?? NO_CREDENTIAL);
    const renewed = refusal.status === 401 && used !== undefined ? await renew(this.#place, authority.server, known, web, scope) : undefined;
    const scopes = renewed ? known.scopes : this.#scopesFor(refusal, known, authority.scopesSupported, authority.server.scopesSupported);
    await this.#slots.keep(slot, issuer, renewed ?? (await obtain(this.#place, authority, known, scopes, slot.caller, web, scope)));
  }

  /** A token that ended can be renewed; for more than was granted somebody has to sign in, and is then asked for it. */
  async #withoutPerson(slot: Slot, refusal: Refusal, used: string | undefined, scope: Scope): Promise<void> {
    const known = this.#slots.credentialOf(slot);
    if (refusal.status === 401 && known.tokens?.refresh !== undefined) {
      await this.#renew(slot, used, scope);
      if (this.#slots.credentialOf(slot).tokens) return;
    }
    const { name } = this.#place;
    if (refusal.status === 401) {
      slot.blocked = loginRequired(name, known.tokens ? 'the last sign-in has ended.' : 'nobody has signed in yet.');
      throw slot.blocked;
    }
    const { issuer } = slot.record;
    if (issuer !== null) await this.#slots.keep(slot, issuer, { ...known, wanted: union(known.wanted, refusal.scopes) });
    throw loginRequired(name, `the server wants more than was granted: ${refusal.scopes.join(' ').slice(0, 200)}.`);
  }

  /** Asking again for what was given already would never end. @throws AppError UPSTREAM_AUTH_FAILED */
  #requireMore({ scopes: challenged }: Refusal, known: Credential): void {
    const { scopes: most } = this.#place.config;
    const missing = challenged.filter((one) => !known.scopes.includes(one));
    if (missing.length === 0) throw authFailed('The upstream refuses the token although it carries the scopes that it asks for.');
    const forbidden = most === null ? undefined : missing.find((one) => !most.includes(one));
    if (forbidden === undefined) return;
    throw authFailed(
      `The upstream wants the scope ${forbidden.slice(0, 100)}, which upstreams.<name>.auth.scopes does not allow.`,
      'Add it there if it is meant.',
    );
  }

  /** @see MCP 2026-07-28, basic/authorization, "Scope Selection Strategy" and "Step-Up Authorization Flow" */
  #scopesFor(refusal: Refusal, known: Credential, ofResource: readonly string[] | undefined, ofServer: readonly string[]): readonly string[] {
    const { scopes: most, grant } = this.#place.config;
    if (most !== null) return most;
    const asked = refusal.scopes.length > 0 ? refusal.scopes : (ofResource ?? []);
    const offline = grant === 'authorization_code' && ofServer.includes('offline_access') ? ['offline_access'] : [];
    return union(known.scopes, known.wanted, asked, offline);
  }

  async #withWeb(work: (web: Web) => Promise<void>): Promise<void> {
    const { url, config } = this.#place;
    const trusted = [config.issuer, config.idpTokenUrl].filter((one) => one !== null);
    const web = createWeb(url, trusted, this.#ports.createEgress);
    try {
      await work(web);
    } finally {
      web.close();
    }
  }
}
