/** @module upstreams/connection/http/http-connector: connections to a server at a URL. */
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent, UpstreamFacts } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { Conversation } from '../conversation.ts';
import { discover, type EraHint, initialize } from '../negotiate.ts';
import { toConnection } from '../to-connection.ts';
import { type HttpServer, HttpWire } from './http-wire.ts';
import { hearNotices } from './notices.ts';

/** Failures that asking in the other way would not change. */
const FINAL: ReadonlySet<string> = new Set(['UPSTREAM_SILENT', 'EGRESS_REFUSED']);

/** Every connection is a session where the server keeps sessions. */
export function createHttpConnector(server: HttpServer, hint?: EraHint): UpstreamConnector {
  let era = hint;
  const wires = new Set<HttpWire>();

  const open = async (agree: UpstreamFacts['era'], scope: Scope, onEvent: (event: UpstreamEvent) => void): Promise<UpstreamConnection> => {
    let isConnected = false;
    const conversation = new Conversation((event) => {
      if (event.type === 'closed') wires.delete(wire);
      if (isConnected) onEvent(event);
    });
    const wire = new HttpWire(server, conversation);
    conversation.use(wire);
    wires.add(wire);
    try {
      const facts = agree === 'modern' ? await discover(conversation, scope) : await initialize(conversation, scope, (version) => wire.agreeOn(version));
      era = facts.era;
      isConnected = true;
      void hearNotices(facts, conversation, wire);
      return toConnection(facts, conversation, wire);
    } catch (failure) {
      void wire.close();
      throw failure;
    }
  };

  return {
    stderr: '',
    async close() {
      await Promise.all([...wires].map((wire) => wire.close()));
      server.egress.close();
    },
    async connect(scope, onEvent) {
      const first = era ?? 'modern';
      try {
        return await open(first, scope, onEvent);
      } catch (failure) {
        if (scope.reason || (AppError.is(failure) && FINAL.has(failure.code))) throw failure;
        return await open(first === 'modern' ? 'legacy' : 'modern', scope, onEvent);
      }
    },
  };
}
