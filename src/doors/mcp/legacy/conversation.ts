/** @module doors/mcp/legacy/conversation: what a handshake leaves behind, over whatever transport. */
import type { CatalogEvent } from '../../../contracts/catalog.ts';
import type { JsonObject } from '../../../core/json.ts';
import { changeText } from '../change-hub.ts';
import type { ClientInfo } from '../envelope.ts';
import { DEFAULT_LOG_RANK } from '../log-levels.ts';
import type { RpcMessage } from '../message.ts';
import { isRequest, isResponse } from '../message.ts';
import type { Conversation } from '../peer.ts';
import type { Revision } from '../revisions.ts';
import type { Handshake } from './handshake.ts';
import { Questions } from './questions.ts';

/** The state of one legacy client. */
export class LegacyConversation implements Conversation {
  readonly revision: Revision;
  readonly capabilities: JsonObject;
  readonly clientInfo: ClientInfo;
  readonly watched = new Map<string, () => void>();
  readonly questions: Questions;
  logRank = DEFAULT_LOG_RANK;
  /** After notifications/initialized. Before it, the client hears nothing it did not ask for. */
  isReady = false;

  /** @param firstQuestion id of the first request to the client */
  constructor({ revision, capabilities, clientInfo }: Handshake, firstQuestion: number = 1) {
    this.questions = new Questions(firstQuestion);
    this.revision = revision;
    this.capabilities = capabilities;
    this.clientInfo = clientInfo;
  }

  /** The client is gone: nothing is watched for it any more. */
  endWatches(): void {
    for (const end of this.watched.values()) end();
    this.watched.clear();
  }

  /** The notification of a change, if this client cares about it now. */
  changeText(event: CatalogEvent): string | undefined {
    const isWanted = this.isReady && (event.type !== 'resource_updated' || this.watched.has(event.uri));
    return isWanted ? changeText(event) : undefined;
  }

  /** Takes in a message that wants no answer; `cancel` is called with the id that notifications/cancelled names. */
  take(message: RpcMessage, cancel: (requestId: unknown) => void): void {
    if (isRequest(message)) return;
    if (isResponse(message)) this.questions.settle(message);
    else if (message.method === 'notifications/initialized') this.isReady = true;
    else if (message.method === 'notifications/cancelled') cancel(message.params?.['requestId']);
  }
}
