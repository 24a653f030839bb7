/** @module models/orchestrator/conversations: which tier a conversation has reached. */
import { RecentMap } from '../../core/recent-map.ts';

/** What is remembered of a conversation. */
export interface ConversationState {
  readonly tierIndex: number;
  /** `provider/model` that answered last. */
  readonly servedBy: string;
}

/** In the memory of this process, bounded: what was not used for long is forgotten. */
export interface Conversations {
  get(owner: string, id: string | undefined): ConversationState | undefined;
  /** The tier only rises. */
  note(owner: string, id: string | undefined, state: ConversationState): void;
}

/** @param maxEntries conversations that are remembered */
export function createConversations(maxEntries: number): Conversations {
  const states = new RecentMap<string, ConversationState>(maxEntries);
  // A length in front keeps `a` + `b/c` apart from `a/b` + `c`.
  const keyOf = (owner: string, id: string): string => `${owner.length}:${owner}:${id}`;
  return {
    get: (owner, id) => (id === undefined ? undefined : states.get(keyOf(owner, id))),
    note(owner, id, { tierIndex, servedBy }) {
      if (id === undefined) return;
      const before = states.get(keyOf(owner, id))?.tierIndex ?? 0;
      states.set(keyOf(owner, id), { tierIndex: Math.max(before, tierIndex), servedBy });
    },
  };
}
