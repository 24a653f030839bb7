/** @module doors/mcp/watch: may this client watch this? */
import type { Exchange } from './exchange.ts';

/**
 * Watching is a call: authorized, counted and recorded as reading is.
 *
 * @param name URI of a resource, or `*` for the lists
 * @throws AppError as the call failed, such as UNKNOWN_TARGET or PERMISSION_DENIED
 */
export async function authorizeWatch({ core, peer, trace, outlet }: Exchange, name: string): Promise<void> {
  const { terminal } = await core.ports.runner.run({
    admission: peer.admission,
    target: { kind: 'subscription', name },
    input: {},
    trace,
    client: peer.client,
    profile: core.profile,
    signal: outlet.scope,
  });
  if (terminal.type === 'error') throw terminal.error;
}
