/** @module config/upstream-checks: rules between keys of `upstreams`. */
import type { UpstreamsConfig } from '../contracts/upstreams-config.ts';
import { joinPointer } from './pointer.ts';

/** A broken rule; its code is CONFIG_INVALID. */
export interface UpstreamViolation {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** Headers that the connection sets itself. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'transfer-encoding',
]);

/** Every upstream needs a way to it, and a prefix of its own: two with one prefix would fight for names. */
export function checkUpstreams(upstreams: UpstreamsConfig): readonly UpstreamViolation[] {
  const owners = new Map<string, string>();
  return Object.entries(upstreams).flatMap(([name, upstream]) => {
    const pointer = joinPointer('/upstreams', name);
    const prefix = upstream.prefix ?? name;
    const other = owners.get(prefix);
    owners.set(prefix, name);
    const violations: UpstreamViolation[] = [];
    if (upstream.transport === 'stdio' && upstream.command === '') {
      violations.push({ pointer, message: `The upstream ${name} has no command.`, fix: 'Add command, such as npx, and args.' });
    }
    if (upstream.transport !== 'stdio' && upstream.url === '') {
      violations.push({ pointer, message: `The upstream ${name} has no url.`, fix: 'Add url, such as https://mcp.example.org/mcp.' });
    }
    if (upstream.transport === 'openapi' && upstream.document === '') {
      violations.push({ pointer, message: `The upstream ${name} has no document.`, fix: 'Add document: the URL or path of its OpenAPI document.' });
    }
    if (upstream.transport === 'rest' && Object.keys(upstream.endpoints).length === 0) {
      violations.push({ pointer, message: `The upstream ${name} has no endpoints.`, fix: 'Add endpoints: each with method, path, description and input.' });
    }
    for (const header of upstream.transport === 'stdio' ? [] : Object.keys(upstream.headers)) {
      if (!RESERVED.has(header.toLowerCase())) continue;
      violations.push({
        pointer: joinPointer(joinPointer(pointer, 'headers'), header),
        message: `The header ${header} is set by the protocol.`,
        fix: 'Remove it.',
      });
    }
    if (other !== undefined) {
      violations.push({ pointer, message: `The upstreams ${other} and ${name} have the same prefix ${prefix}.`, fix: 'Give one of them another prefix.' });
    }
    if (prefix.includes('__')) {
      violations.push({ pointer, message: `The prefix ${prefix} contains __, which separates it from names.`, fix: 'Use a single _ or -.' });
    }
    return violations;
  });
}
