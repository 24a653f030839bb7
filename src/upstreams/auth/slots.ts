/** @module upstreams/auth/slots: the credentials of one upstream as this process sees them; other processes see the same. */
import { createHash } from 'node:crypto';
import type { SecretStore } from '../../contracts/secrets.ts';
import type { UpstreamCaller } from '../../contracts/upstream.ts';
import type { UpstreamAuthConfig } from '../../contracts/upstreams-config.ts';
import type { AppError } from '../../core/errors.ts';
import { type Credential, type CredentialRecord, keyOf, NO_CREDENTIAL, readCredentials, writeCredential } from './credential.ts';

/** How long one process waits for another that is at the authorization server. */
const LEASE_PATIENCE_MS = 30_000;
/** How old a look at the store may be: each request would cost a system call otherwise. */
const LOOK_MS = 250;
/** Callers whose tokens are remembered in this process. */
const MAX_CALLERS = 1000;

/** What one key of the store holds, as this process saw it last. */
export interface Slot {
  readonly key: string;
  caller: UpstreamCaller | undefined;
  record: CredentialRecord;
  /** Of the store when the record was read. */
  version: string;
  /** When the store was looked at last, in monotonic milliseconds. */
  lookedAt: number;
  /** Why only a person can go on; forgotten when the store changes. */
  blocked: AppError | undefined;
  /** What the servers said when a token was asked for last, and until when (epoch milliseconds) that is not asked again. */
  refused: { readonly failure: AppError; readonly until: number } | undefined;
  /** What is under way for it. */
  working: Promise<void> | undefined;
  renewNotBefore: number;
}

/** Whose credentials. */
export interface SlotPlace {
  /** Of the upstream. */
  readonly name: string;
  readonly url: string;
  readonly config: UpstreamAuthConfig;
}

/** All of it @throws AppError SECRETS_*, HOME_INSECURE, STORAGE_* */
export class Slots {
  readonly #place: SlotPlace;
  readonly #open: () => Promise<SecretStore>;
  readonly #slots = new Map<string, Slot>();
  #store: SecretStore | undefined;

  constructor(place: SlotPlace, open: () => Promise<SecretStore>) {
    this.#place = place;
    this.#open = open;
  }

  /**
   * As any process wrote it last; of the last quarter of a second, unless `isFresh` asks to look now. One for everybody,
   * unless each caller has a token of its own.
   */
  async of(caller: UpstreamCaller | undefined, isFresh = false): Promise<Slot> {
    const store = await this.#opened();
    const own = this.#place.config.subject === 'caller' ? caller : undefined;
    const suffix = own === undefined ? '' : `#${createHash('sha256').update(own.id).digest('hex').slice(0, 32)}`;
    const key = `${keyOf(this.#place.name)}${suffix}`;
    const slot = this.#slots.get(key) ?? this.#make(key);
    slot.caller = own;
    const now = performance.now();
    if (!isFresh && now - slot.lookedAt < LOOK_MS) return slot;
    slot.lookedAt = now;
    const version = store.version();
    if (slot.version === version) return slot;
    slot.record = readCredentials(store, key, this.#place.url);
    slot.version = version;
    slot.blocked = undefined;
    slot.refused = undefined;
    return slot;
  }

  /** At the issuer in use. A client that is not the configured one any more has nothing. */
  credentialOf({ record }: Slot): Credential {
    const { config } = this.#place;
    const issuer = config.issuer ?? record.issuer;
    const credential = issuer === null ? undefined : record.issuers[issuer];
    const isOurs = config.clientId === null || credential?.client?.id === config.clientId;
    return credential && isOurs ? credential : NO_CREDENTIAL;
  }

  /** Durable when it resolves; the issuer becomes the one in use. */
  async keep(slot: Slot, issuer: string, credential: Credential): Promise<void> {
    const store = await this.#opened();
    slot.record = await writeCredential(store, slot.key, slot.record, issuer, credential);
    slot.version = store.version();
  }

  /** Runs while no other process works for the slot, after what they have written was read. */
  async exclusively(slot: Slot, work: () => Promise<void>): Promise<void> {
    const store = await this.#opened();
    await store.exclusively(slot.key, LEASE_PATIENCE_MS, async () => {
      slot.record = readCredentials(store, slot.key, this.#place.url);
      await work();
    });
  }

  #make(key: string): Slot {
    if (this.#slots.size >= MAX_CALLERS) this.#slots.clear();
    const record = { url: this.#place.url, issuer: null, issuers: {} };
    // No store has this version: the first look reads.
    const slot: Slot = {
      key,
      caller: undefined,
      version: 'unread',
      lookedAt: -Infinity,
      record,
      blocked: undefined,
      refused: undefined,
      working: undefined,
      renewNotBefore: 0,
    };
    this.#slots.set(key, slot);
    return slot;
  }

  async #opened(): Promise<SecretStore> {
    return (this.#store ??= await this.#open());
  }
}
