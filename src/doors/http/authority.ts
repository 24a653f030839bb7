/** @module doors/http/authority: which hosts a request may name (the guard against DNS rebinding). */
import { AppError } from '../../core/errors.ts';

/** A host name, IPv4 or bracketed IPv6 address, and perhaps a port. Nothing that needs decoding. */
const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,252}))(?::([1-9]\d{0,4}))?$/;
const ALWAYS = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = new Set(['0.0.0.0', '::', '[::]', '']);

/** Whether a Host header (or what a trusted proxy says it was) names this gateway. */
export type HostGuard = (authority: string | undefined) => boolean;

/**
 * A guard that accepts localhost, 127.0.0.1, [::1], the bound address and the listed hosts, each with
 * any port or none: a browser on a rebound name sends the attacker's name, whatever the port, and
 * port mappings must go on working. A listed host with a port is accepted with that port only.
 *
 * @param boundHost address listened on; wildcards name nobody
 * @throws AppError CONFIG_INVALID when a listed host is not a plain host name or address
 */
export function createHostGuard(boundHost: string, port: number, allowedHosts: readonly string[]): HostGuard {
  const names = new Set(ALWAYS);
  const pinned = new Set<string>();
  if (!WILDCARDS.has(boundHost)) names.add(bracket(boundHost.toLowerCase()));
  for (const listed of allowedHosts) {
    const text = listed.toLowerCase();
    const [, name, itsPort] = AUTHORITY.exec(text) ?? AUTHORITY.exec(bracket(text)) ?? [];
    if (name === undefined) throw new AppError('CONFIG_INVALID', { message: `server.allowedHosts: not a host: ${listed}` });
    if (itsPort === undefined) names.add(name);
    else pinned.add(text);
  }
  // What nearly every request sends is found as it stands.
  const exact = new Set([...pinned, ...[...names].flatMap((name) => [name, `${name}:${port}`])]);
  return (authority) => authority !== undefined && (exact.has(authority) || matches(authority, names, pinned));
}

function matches(authority: string, names: ReadonlySet<string>, pinned: ReadonlySet<string>): boolean {
  const text = authority.toLowerCase();
  const [, name, port] = AUTHORITY.exec(text) ?? [];
  if (name === undefined || Number(port ?? 1) > 65_535) return false;
  return names.has(name) || pinned.has(text);
}

/** IPv6 as it stands in a Host header. */
function bracket(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
