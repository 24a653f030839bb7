/** @module doors/mcp/stdio-opening: which era a connection speaks, as its opening settles it. */
import type { Admission } from '../../contracts/call.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { noteClient } from './clients.ts';
import type { McpCore } from './core.ts';
import { hasEnvelope, readEnvelope, servedRevision } from './envelope.ts';
import { LegacyConversation } from './legacy/conversation.ts';
import { readHandshake } from './legacy/handshake.ts';
import { NO_LOGS } from './log-levels.ts';
import { NO_PARAMS, type RpcRequest } from './message.ts';
import type { Peer } from './peer.ts';
import { LATEST_LEGACY, STDIO_LEGACY_REVISIONS } from './revisions.ts';

/**
 * The era of one connection: `legacy` from a handshake on, `modern` from the first request on that is
 * complete in itself. Before either, incomplete requests are served as the latest legacy revision
 * would: that is how a client finds out that it must shake hands.
 *
 * @see MCP 2026-07-28, basic/versioning, "Backward Compatibility with Initialization-Based Versions"
 */
export class StdioOpening {
  readonly contextId: string;
  readonly #core: McpCore;
  #era: 'modern' | 'legacy' | undefined;
  #conversation: LegacyConversation | undefined;

  /** @param contextId of the client in the directory */
  constructor(core: McpCore, contextId: string) {
    this.#core = core;
    this.contextId = contextId;
  }

  get era(): 'modern' | 'legacy' | undefined {
    return this.#era;
  }

  get conversation(): LegacyConversation | undefined {
    return this.#conversation;
  }

  /** The sender of a request. @throws AppError ENVELOPE_INVALID, UNSUPPORTED_VERSION */
  peer(request: RpcRequest, admission: Admission): Peer {
    const isClaimed = hasEnvelope(request.params);
    if (this.#era === 'legacy' || (this.#era === undefined && !isClaimed)) return this.legacyPeer(admission);
    const { version, capabilities, clientInfo, logRank } = readEnvelope(request.params);
    const revision = servedRevision(version);
    // A client that only asks what is served may still choose the handshake.
    if (request.method !== 'server/discover') this.#era = 'modern';
    const client = noteClient(this.#core, admission, this.contextId, { revision, era: 'modern', ...clientInfo });
    return { admission, client, revision, isModern: true, capabilities, logRank };
  }

  /** The sender of a request of the legacy era. */
  legacyPeer(admission: Admission): Peer {
    const conversation = this.#conversation;
    const { revision = LATEST_LEGACY, capabilities = NO_PARAMS, logRank = NO_LOGS } = conversation ?? {};
    const client = noteClient(this.#core, admission, this.contextId, { revision, era: 'legacy', ...conversation?.clientInfo });
    return { admission, client, revision, isModern: false, capabilities, logRank, conversation };
  }

  /** Takes the handshake. @throws AppError INVALID_REQUEST for a second one, INVALID_PARAMS, METHOD_NOT_FOUND in the modern era */
  initialize(params: JsonObject, admission: Admission): LegacyConversation {
    if (this.#era === 'modern') throw new AppError('METHOD_NOT_FOUND', { message: 'Method not found: initialize. This connection speaks 2026-07-28.' });
    if (this.#conversation) throw new AppError('INVALID_REQUEST', { message: 'This connection is initialized already.' });
    this.#conversation = new LegacyConversation(readHandshake(params, STDIO_LEGACY_REVISIONS));
    this.#era = 'legacy';
    this.legacyPeer(admission);
    return this.#conversation;
  }
}
