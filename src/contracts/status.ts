/** @module contracts/status: what the platform says about itself, probed at the moment of asking. */

/** One part of the platform and whether it works now. */
export interface ComponentStatus {
  readonly name: string;
  readonly state: 'up' | 'degraded' | 'down' | 'off';
  /** One line for a person: an address, a version, what is missing. No secret, no path of the machine. */
  readonly detail?: string | undefined;
}

/** A client seen of late. */
export interface ClientStatus {
  readonly name: string | null;
  readonly version: string | null;
  readonly door: string;
  readonly protocolVersion: string | null;
  readonly requests: number;
}

/** Everything `platform_status` reports. Empty lists say that there are none, not that nobody looked. */
export interface PlatformReport {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly environment: { readonly node: string; readonly platform: string; readonly mode: string };
  readonly doors: readonly ComponentStatus[];
  readonly runtimes: readonly ComponentStatus[];
  /** The isolation that the self-test found: `native`, `wasm` or `none`, with the reason. */
  readonly sandbox: { readonly level: string; readonly detail?: string | undefined };
  readonly providers: readonly ComponentStatus[];
  readonly upstreams: readonly ComponentStatus[];
  /** What this node shares with others: state, limits, the kill switch. */
  readonly cluster: readonly ComponentStatus[];
  readonly clients: readonly ClientStatus[];
  readonly calls: { readonly total: number; readonly failed: number; readonly running: number; readonly queued: number };
}

/** Asks every part. Takes at most two seconds; a part that does not answer is reported as down. */
export interface PlatformStatus {
  report(): Promise<PlatformReport>;
}

/** One thing the health check exercises. */
export interface HealthCheck {
  readonly name: string;
  /** Really does it (writes and reads back, verifies a credential …). A rejection means that it does not work. */
  check(): Promise<void>;
}

/** The effective configuration with every secret replaced, for `config://platform`. */
export interface ConfigView {
  redacted(): Readonly<Record<string, unknown>>;
}

/** A library that a feature needs, for `sdks://list`. */
export interface LibraryUse {
  /** Name of the package. */
  readonly name: string;
  readonly purpose: string;
  /** Version that is part of the bundle; absent = it is looked for among the installed packages. */
  readonly bundledVersion?: string | undefined;
}
