/** @module doors/mcp/http-context: what the HTTP parts of the door share. */
import type { McpCore } from './core.ts';
import type { SessionSharing } from './legacy/sharing.ts';
import type { Sessions } from './legacy/sessions.ts';
import type { Pulse } from './pulse.ts';

/** What requests to one virtual server share; pulse and sessions are those of the whole endpoint. */
export interface HttpContext {
  readonly core: McpCore;
  readonly pulse: Pulse;
  readonly sessions: Sessions;
  /** Absent where no other node shall know sessions. */
  readonly sharing?: SessionSharing | undefined;
}
