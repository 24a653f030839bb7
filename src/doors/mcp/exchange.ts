/** @module doors/mcp/exchange: one request on its way, for the parts that answer it. */
import type { McpCore } from './core.ts';
import type { RequestId } from './message.ts';
import type { Outlet, Peer } from './peer.ts';
import type { FullTrace } from './trace.ts';

/** Everything known about one request. */
export interface Exchange {
  readonly core: McpCore;
  readonly id: RequestId;
  readonly peer: Peer;
  readonly trace: FullTrace;
  readonly outlet: Outlet;
}
