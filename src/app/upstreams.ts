/** @module app/upstreams: other MCP servers as the rest of the app sees them. Nothing of them is loaded where none is configured. */
import { existsSync } from 'node:fs';
import type { CatalogEvent, CatalogList, Listed } from '../contracts/catalog.ts';
import type { Config } from '../contracts/config.ts';
import type { PinGuard } from '../contracts/pins.ts';
import type { Policy } from '../contracts/policy.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import type { UpstreamsConfig } from '../contracts/upstreams-config.ts';
import { interpolatedOf, rememberInterpolated } from '../config/interpolated.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import type { Foundation } from './foundation.ts';
import { memoryPathOf } from './upstream-memory.ts';

/** Upstreams that may not be there. */
export interface UpstreamTargets {
  /**
   * Loads what the configuration asks for; connects in the background. Resolves at once where none is configured, or where
   * nothing is known of any: then it is loaded a moment later.
   */
  load(): Promise<void>;
  /** @param among upstreams by name, in the order of their precedence; undefined = all */
  resolve(kind: TargetKind, name: string, among?: readonly string[]): Target | undefined;
  /** The same array until something changes. */
  list(list: CatalogList, among?: readonly string[]): readonly Listed[];
  subscribe(listener: (event: CatalogEvent) => void, among?: readonly string[]): () => void;
  /** See Catalog.watch. Does nothing where none is loaded. */
  watch(uri: string, among?: readonly string[]): () => void;
  status(): readonly ComponentStatus[];
  /** Brings upstreams in line with the configuration in force; those that are new appear a moment later. */
  applyConfig(): void;
  /** Ends every connection and program. */
  close(): Promise<void>;
}

/** Whom upstreams ask. */
export interface UpstreamJudges {
  readonly config: () => UpstreamsConfig;
  readonly policy: () => Policy;
  /** Absolute folder where programs run that name none. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True = nothing is connected: only what is remembered is there. Default false. */
  readonly isPassive?: boolean;
}

/**
 * The upstreams of the configuration in force; with a profile only those that it shows, so that a process for one
 * client does not start what that client cannot reach. The same object until the configuration changes.
 */
export function upstreamsFor(profile: string | undefined, config: () => Config): () => UpstreamsConfig {
  let known: { readonly from: Config; readonly upstreams: UpstreamsConfig } | undefined;
  return () => {
    const from = config();
    if (profile === undefined) return from.upstreams;
    if (known?.from === from) return known.upstreams;
    const wanted = from.profiles[profile] ? from.profiles[profile].upstreams : [profile];
    const upstreams = wanted === null ? from.upstreams : Object.fromEntries(Object.entries(from.upstreams).filter(([name]) => wanted.includes(name)));
    // What came from a variable is remembered by the object that it is in.
    rememberInterpolated(upstreams, interpolatedOf(from.upstreams));
    known = { from, upstreams };
    return upstreams;
  };
}

const NONE: readonly Listed[] = Object.freeze([]);
/** Milliseconds from the start of the gateway to what nobody waits for. */
const FIRST_PAUSE_MS = 200;

/** Builds nothing yet. */
export function createUpstreamTargets(foundation: Foundation, judges: UpstreamJudges): UpstreamTargets {
  const listeners = new Map<(event: CatalogEvent) => void, { readonly among: readonly string[] | undefined; stop?: () => void }>();
  let upstreams: Upstreams | undefined;
  let pins: PinGuard | undefined;
  let loading: Promise<void> | undefined;
  let applied: UpstreamsConfig | undefined;
  let later: NodeJS.Timeout | undefined;
  let isClosed = false;

  const build = async (): Promise<void> => {
    const [{ createUpstreams }, { upstreamPorts }, { pinGuardOf }] = await Promise.all([
      import('../upstreams/upstreams.ts'),
      import('./upstream-ports.ts'),
      import('./pins.ts'),
    ]);
    if (isClosed) return;
    applied = judges.config();
    pins = pinGuardOf(foundation);
    const isFromVariable = (pointer: string): boolean => interpolatedOf(judges.config()).includes(pointer);
    const ports = { ...upstreamPorts(foundation, judges), pins, isFromVariable };
    upstreams = createUpstreams(applied, ports, { isPassive: judges.isPassive, pauseMs: later === undefined ? FIRST_PAUSE_MS : 0 });
    for (const [listener, entry] of listeners) {
      entry.stop = upstreams.subscribe(listener, entry.among);
      for (const type of ['tools_changed', 'resources_changed', 'prompts_changed'] as const) listener({ type });
    }
  };
  const begin = (): Promise<void> => (Object.keys(judges.config()).length === 0 ? Promise.resolve() : (loading ??= build()));
  const tell = (error: unknown): void => foundation.logger.error('upstreams cannot be loaded', { error: String(error) });
  const isRemembered = (): boolean => Object.keys(judges.config()).some((name) => existsSync(memoryPathOf(foundation.home, name)));
  const load = async (): Promise<void> => {
    // Nothing to list before they have been asked: whoever waits for the first answer does not wait for their code either.
    if (loading === undefined && judges.isPassive !== true && !isRemembered()) later ??= setTimeout(() => begin().catch(tell), FIRST_PAUSE_MS).unref();
    else await begin();
  };

  return {
    load,
    resolve: (kind, name, among) => upstreams?.resolve(kind, name, among),
    list: (list, among) => upstreams?.list(list, among) ?? NONE,
    subscribe(listener, among) {
      const stop = upstreams?.subscribe(listener, among);
      listeners.set(listener, { among, ...(stop && { stop }) });
      return () => {
        listeners.get(listener)?.stop?.();
        listeners.delete(listener);
      };
    },
    watch: (uri, among) => upstreams?.watch(uri, among) ?? (() => undefined),
    status: () => upstreams?.status() ?? Object.keys(judges.config()).map((name) => ({ name, state: 'off' })),
    applyConfig() {
      const next = judges.config();
      if (next === applied) return;
      if (!upstreams) return void begin().catch(tell);
      applied = next;
      return upstreams.apply(next);
    },
    async close() {
      isClosed = true;
      clearTimeout(later);
      await upstreams?.close();
      pins?.close();
    },
  };
}
