/** @module doors/mcp/clients: what is known about the client behind a request. */
import type { Admission } from '../../contracts/call.ts';
import type { ClientContext } from '../../contracts/principal.ts';
import type { McpCore } from './core.ts';
import type { Revision } from './revisions.ts';

/** How a client presents itself. */
export interface ClientFacts {
  readonly revision: Revision;
  readonly era: 'modern' | 'legacy';
  readonly name?: string | null;
  readonly version?: string | null;
}

/** Counts one request and notes what the client says of itself; without a name the last one stays. */
export function noteClient({ ports }: McpCore, { principal, door }: Admission, id: string, { revision, era, name, version }: ClientFacts): ClientContext {
  const client = ports.clients.touch({ id, principalId: principal.id, door });
  client.protocolVersion = revision;
  client.era = era;
  if (name !== undefined && name !== null) {
    client.name = name;
    client.version = version ?? null;
  }
  return client;
}
