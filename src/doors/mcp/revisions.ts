/** @module doors/mcp/revisions: the protocol revisions served, and what names them on the wire. */
import { MODERN_REVISION, type Revision, REVISIONS } from '../../contracts/mcp.ts';

export { META, MODERN_REVISION, type Revision, REVISIONS } from '../../contracts/mcp.ts';

/** What `initialize` answers to a version that is not served. */
export const LATEST_LEGACY: Revision = '2025-11-25';
/** What a legacy request over HTTP speaks that does not say. @see MCP 2025-11-25, basic/transports, "Protocol Version Header" */
export const ASSUMED_LEGACY: Revision = '2025-03-26';
/** JSON-RPC batches exist in this revision alone. */
export const BATCH_REVISION: Revision = '2025-03-26';
/** From here on a stream may begin with an event that carries only an id. */
export const PRIMING_SINCE: Revision = '2025-11-25';

/** Revisions a client may name in `_meta`. */
export const MODERN_REVISIONS: readonly Revision[] = REVISIONS.filter((revision) => revision >= MODERN_REVISION);
/** Revisions of the handshake over HTTP; 2024-11-05 had another transport there. */
export const HTTP_LEGACY_REVISIONS: readonly Revision[] = REVISIONS.filter((revision) => revision > '2024-11-05' && revision < MODERN_REVISION);
/** Revisions of the handshake over stdio. */
export const STDIO_LEGACY_REVISIONS: readonly Revision[] = REVISIONS.filter((revision) => revision < MODERN_REVISION);

/** Whether a version text belongs to the era without a handshake, served or not. */
export function isModernVersion(version: string): boolean {
  return version >= MODERN_REVISION;
}

/** The text as one of the revisions in the list, else undefined. */
export function revisionIn(list: readonly Revision[], version: unknown): Revision | undefined {
  return list.find((revision) => revision === version);
}
