/** @module identity/client-directory: the clients seen of late. */
import type { Clock } from '../core/clock.ts';
import type { ClientContext, ClientDirectory } from '../contracts/principal.ts';

const MAX_CLIENTS = 1_000;

/** An id that comes back with another principal or door is another client: it starts anew. */
export function createClientDirectory(clock: Pick<Clock, 'now'>, maxClients: number = MAX_CLIENTS): ClientDirectory {
  const clients = new Map<string, ClientContext>();

  const forgetIdlest = (): void => {
    let idlest: ClientContext | undefined;
    for (const client of clients.values()) {
      if (!idlest || client.lastActivityAt < idlest.lastActivityAt) idlest = client;
    }
    if (idlest) clients.delete(idlest.id);
  };

  return {
    touch: ({ id, principalId, door }) => {
      const now = clock.now();
      const known = clients.get(id);
      if (known && known.principalId === principalId && known.door === door) {
        known.lastActivityAt = now;
        known.requestCount += 1;
        return known;
      }
      clients.delete(id);
      if (clients.size >= maxClients) forgetIdlest();
      const client: ClientContext = {
        id,
        principalId,
        door,
        createdAt: now,
        lastActivityAt: now,
        requestCount: 1,
        name: null,
        version: null,
        protocolVersion: null,
        era: null,
      };
      clients.set(id, client);
      return client;
    },
    forget: (id) => {
      clients.delete(id);
    },
    list: () => [...clients.values()].reverse().sort((a, b) => b.lastActivityAt - a.lastActivityAt),
  };
}
