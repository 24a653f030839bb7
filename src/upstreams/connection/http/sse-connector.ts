/** @module upstreams/connection/http/sse-connector: connections to a server that speaks HTTP+SSE of 2024-11-05. */
import type { UpstreamConnector } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import { initialize } from '../negotiate.ts';
import { toConnection } from '../to-connection.ts';
import { SHARED_SESSION } from './http-failures.ts';
import type { HttpServer } from './http-wire.ts';
import { openWire } from './open-wire.ts';
import { SseWire } from './sse-wire.ts';

/** Every connection is one stream. What belongs to no request comes over it too. */
export function createSseConnector(server: HttpServer): UpstreamConnector {
  const wires = new Set<SseWire>();
  return {
    stderr: '',
    async close() {
      await Promise.all([...wires].map((wire) => wire.close()));
      server.egress.close();
    },
    async connect(scope, onEvent) {
      if (server.isPerCaller) throw new AppError('UPSTREAM_AUTH_FAILED', SHARED_SESSION);
      const { conversation, wire, announce } = openWire(wires, (own) => new SseWire(server, own), onEvent);
      try {
        await wire.open(scope);
        const facts = await initialize(conversation, scope);
        announce();
        return toConnection(facts, conversation, wire);
      } catch (failure) {
        await wire.close();
        throw failure;
      }
    },
  };
}
