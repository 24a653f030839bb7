/** @module app/tasks/approve-shown: servers that were just added are connected to, and what they list is shown and approved: that, and nothing else. */
import type { DefinitionKind } from '../../contracts/pins.ts';
import type { UpstreamsConfig } from '../../contracts/upstreams-config.ts';
import { toAppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import { interpolatedOf } from '../../config/interpolated.ts';
import { createUpstreams, type Upstreams } from '../../upstreams/upstreams.ts';
import type { Foundation } from '../foundation.ts';
import { pinGuardOf, pinStoreOf } from '../pins.ts';
import { upstreamPorts } from '../upstream-ports.ts';
import { type TaskPlace, withFoundation } from './task.ts';

/** A definition of a server. */
export interface ShownDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** Rules of the scan that fired; empty for what was approved. */
  readonly rules: readonly string[];
}

/** What became of one server. */
export interface ShownServer {
  readonly upstream: string;
  /** Why it could not be connected to; null = it was. */
  readonly problem: string | null;
  readonly approved: readonly ShownDefinition[];
  /** Held back: suspicious, or different from what was approved earlier. */
  readonly waiting: readonly ShownDefinition[];
}

const PATIENCE_MS = 20_000;

/**
 * Connects to each of them once, all at a time. What the scan finds nothing in is approved and recorded; the rest waits for
 * `switchyard approvals`. What was approved earlier stays as it was.
 *
 * @throws AppError CONFIG_*, PINS_INVALID, STORAGE_*, AUDIT_UNAVAILABLE
 */
export async function approveShown(place: TaskPlace, names: readonly string[]): Promise<readonly ShownServer[]> {
  return await withFoundation(place, async (foundation) => {
    const all = foundation.loaded.config.upstreams;
    const chosen = Object.fromEntries(Object.entries(all).flatMap(([name, one]) => (names.includes(name) ? [[name, forOnce(one)]] : [])));
    const upstreams = createUpstreams(chosen, portsOf(foundation, place, all), { isPassive: true });
    try {
      const problems = await Promise.all(names.map(async (name) => await connect(upstreams, name)));
      return names.map((upstream, index) => describe(foundation, upstream, problems[index] ?? null));
    } finally {
      await upstreams.close();
    }
  });
}

/** Being shown is the approval that `require` waits for. */
function forOnce(config: UpstreamsConfig[string]): UpstreamsConfig[string] {
  return { ...config, pins: config.pins === 'require' ? 'trust-first-use' : config.pins, timeoutMs: Math.min(config.timeoutMs, PATIENCE_MS) };
}

function portsOf(foundation: Foundation, { env = process.env }: TaskPlace, all: UpstreamsConfig): Parameters<typeof createUpstreams>[1] {
  const { loaded, home } = foundation;
  const policy = { isVisible: () => true, decide: () => ({ isAllowed: true, rule: 'add', reason: '' }), scopesOf: () => [] };
  const ports = upstreamPorts(foundation, { env, workspace: loaded.config.workspace.root ?? home.workspace, policy: () => policy });
  return { ...ports, pins: pinGuardOf(foundation), isFromVariable: (pointer) => interpolatedOf(all).includes(pointer) };
}

async function connect(upstreams: Upstreams, name: string): Promise<string | null> {
  using scope = new Scope({ timeoutMs: PATIENCE_MS });
  const upstream = upstreams.find(name);
  if (!upstream) return 'It is disabled.';
  try {
    await upstream.connect(scope);
    return null;
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'UPSTREAM_UNREACHABLE');
    const said = upstream.stderr.trim().split('\n').at(-1) ?? '';
    return `${code}: ${message}${said === '' ? '' : ` It wrote: ${said}`}`;
  }
}

function describe(foundation: Foundation, upstream: string, problem: string | null): ShownServer {
  const store = pinStoreOf(foundation);
  const pins = store.lock().get(upstream)?.pins ?? new Map();
  const approved = [...pins.values()].flatMap((kind) => [...kind.values()]).map(({ kind, name }) => ({ kind, name, rules: [] }));
  const held = store.pending().find((pending) => pending.upstream === upstream)?.pending ?? [];
  return {
    upstream,
    problem,
    approved,
    waiting: held.map(({ kind, name, findings }) => ({ kind, name, rules: [...new Set(findings.map(({ rule }) => rule))] })),
  };
}
