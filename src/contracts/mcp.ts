/** @module contracts/mcp: the revisions of the protocol and what names them on the wire, for both sides of the gateway. */

/** Every revision spoken here, oldest first. Dates: plain string comparison orders them. */
export const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const;

/** A revision spoken here. */
export type Revision = (typeof REVISIONS)[number];

/** The extension by which calls become tasks. @see SEP-2663 */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** The first revision without a handshake: every request says what it is. */
export const MODERN_REVISION = '2026-07-28';

/** Keys of `_meta` that the protocol reserves. @see MCP 2026-07-28, basic, "_meta" */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscription: 'io.modelcontextprotocol/subscriptionId',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
} as const;
