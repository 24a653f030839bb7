/** What a kind of provider tells the compliance suite of providers about itself and its vendor. */
import type { ModelDialect, ModelOperation, ModelUsage } from '../../src/contracts/model.ts';
import type { ProviderConfig, ProviderKind } from '../../src/contracts/models-config.ts';
import type { Vendor, VendorAnswer, VendorRequest } from '../helpers/vendors/vendor.ts';
import { providerEntry } from '../../src/config/well-known-models.ts';

/** The model as the provider names it; the client's body names ASKED. */
export const MODEL = 'vendor-model.1:x';
export const ASKED = 'asked-by-the-client';
/** Every credential of every fixture; none may turn up anywhere but in its header. */
export const SECRET = 'sk-secret-7f3a';

/** One request and what becomes of it. */
export interface ProviderCase {
  readonly operation: ModelOperation;
  readonly dialect: ModelDialect;
  readonly isStream: boolean;
  readonly wantsUsage?: boolean;
  /** Why it is here, where that is not plain. */
  readonly title?: string;
  /** As the client sends it: names ASKED, and has members that nobody knows and that JSON.parse would damage. */
  readonly body: string;
  /** Path and query at the vendor. */
  readonly path: string;
  /** The body at the vendor, byte for byte; a pattern where it cannot be known beforehand. */
  readonly sent: string | RegExp;
  /** What the provider hands back, byte for byte; for another framing: as server-sent events of the dialect. */
  readonly answer: string;
  /** What the reader of the dialect finds in the answer. */
  readonly usage: Partial<ModelUsage>;
}

/** A kind with its vendor. */
export interface ProviderFixture {
  /** The kind, with what makes this fixture special. */
  readonly title: string;
  readonly kind: ProviderKind;
  /** The model that every case is about, where its name decides what can be done with it. Default MODEL. */
  readonly model?: string;
  /** The entry that reaches the vendor with its credential SECRET. */
  config(vendorUrl: string): Partial<ProviderConfig>;
  /** Header of the credential and its value. Null = it has none. */
  readonly credential: { readonly header: string; readonly value: string | RegExp } | null;
  /** Keys without which it is not configured, each with what the fix says. */
  readonly required: Readonly<Partial<Record<keyof ProviderConfig, RegExp>>>;
  /** Answers as the vendor does, also the list of models. */
  serve(request: VendorRequest): VendorAnswer;
  /** Where the vendor is no HTTP server of its own: starts it. */
  start?(): Promise<Vendor>;
  /** Every operation and dialect it says it can, plain and as a stream where there are streams. */
  readonly cases: readonly ProviderCase[];
  /** What `listModels` gives. */
  readonly models: readonly string[];
  /** The body of a failure, as this vendor writes it. */
  failure(status: number, words: string): string;
  /** False where no HTTP is spoken: no redirects, no statuses. Default true. */
  readonly isHttp?: boolean;
}

/** An entry with every key. */
export const entryOf = ({ kind, config }: Pick<ProviderFixture, 'kind' | 'config'>, vendorUrl: string): ProviderConfig =>
  providerEntry(kind, config(vendorUrl));
