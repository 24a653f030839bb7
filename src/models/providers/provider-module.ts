/**
 * @module models/providers/provider-module: what every kind of provider brings. Each folder has the same
 * two files: `address.ts` (where its requests go) and `provider.ts` (what it can do, its credential, its
 * framing). What is heavy is imported by `send`, at its first use.
 */
import type { Egress } from '../../contracts/egress.ts';
import type { ModelProvider } from '../../contracts/model.ts';
import type { ProviderConfig } from '../../contracts/models-config.ts';

/** The ways out of the process that providers may use. */
export interface ProviderPorts {
  readonly egress: Egress;
  /** For kinds whose vendor's own tools are told by variables where the credential is. Default: process.env. */
  readonly env?: Environment | undefined;
}

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One kind of provider. */
export interface ProviderModule {
  /** Base URLs that requests of such an entry go to; only their origins count. */
  baseUrls(config: ProviderConfig, env: Environment): readonly string[];
  /** Contacts nobody and loads nothing heavy. */
  create(name: string, config: ProviderConfig, ports: ProviderPorts): ModelProvider;
}
