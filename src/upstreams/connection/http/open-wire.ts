/** @module upstreams/connection/http/open-wire: a conversation over a wire of its own. */
import type { UpstreamEvent } from '../../../contracts/upstream.ts';
import { Conversation } from '../conversation.ts';
import type { Wire } from '../wire.ts';

/** Both ends of a connection that is being opened. */
export interface OpenWire<W extends Wire> {
  readonly conversation: Conversation;
  readonly wire: W;
  /** From now on somebody has the connection, and is told of its events. */
  announce(): void;
}

/** @param wires holds the wire until the conversation has ended */
export function openWire<W extends Wire>(wires: Set<W>, make: (conversation: Conversation) => W, onEvent: (event: UpstreamEvent) => void): OpenWire<W> {
  let isAnnounced = false;
  const conversation = new Conversation((event) => {
    if (event.type === 'closed') wires.delete(wire);
    if (isAnnounced) onEvent(event);
  });
  const wire = make(conversation);
  conversation.use(wire);
  wires.add(wire);
  return {
    conversation,
    wire,
    announce: () => {
      isAnnounced = true;
    },
  };
}
