/** @module upstreams/connection/http/http-connector: connections to a server at a URL. */
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent, UpstreamFacts } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Scope } from '../../../core/scope.ts';
import { errorCodeOf } from '../failures.ts';
import { assumeModern, discover, type EraHint, initialize } from '../negotiate.ts';
import { toConnection } from '../to-connection.ts';
import { SHARED_SESSION } from './http-failures.ts';
import { type HttpServer, HttpWire } from './http-wire.ts';
import { hearNotices } from './notices.ts';
import { openWire } from './open-wire.ts';

/** Failures that asking in the other way would not change. */
const FINAL: ReadonlySet<string> = new Set([
  'UPSTREAM_SILENT',
  'EGRESS_REFUSED',
  'UPSTREAM_LOGIN_REQUIRED',
  'UPSTREAM_AUTH_FAILED',
  'UPSTREAM_AUTH_INVALID',
  'UPSTREAM_AUTH_UNAVAILABLE',
]);

/** @see JSON-RPC 2.0 section 5.1 */
const NO_SUCH_METHOD = -32_601;

const OPENINGS = {
  modern: discover,
  legacy: initialize,
  assumed: assumeModern,
} as const;
type Opening = keyof typeof OPENINGS;

/** Every connection is a session where the server keeps sessions. */
export function createHttpConnector(server: HttpServer, hint?: EraHint): UpstreamConnector {
  let era = hint;
  const wires = new Set<HttpWire>();

  const open = async (agree: Opening, scope: Scope, onEvent: (event: UpstreamEvent) => void): Promise<UpstreamConnection> => {
    const { conversation, wire, announce } = openWire(wires, (own) => new HttpWire(server, own), onEvent);
    try {
      const facts = await OPENINGS[agree](conversation, scope, (version) => wire.agreeOn(version));
      if (server.isPerCaller && facts.era === 'legacy') throw new AppError('UPSTREAM_AUTH_FAILED', SHARED_SESSION);
      era = facts.era;
      announce();
      void hearNotices(facts, conversation, wire);
      return toConnection(facts, conversation, wire, facts.era === 'modern' ? (method, result) => learnHeaders(method, result, wire) : undefined);
    } catch (failure) {
      void wire.close();
      throw failure;
    }
  };

  const openOtherwise = async (
    first: UpstreamFacts['era'],
    firstFailure: unknown,
    scope: Scope,
    onEvent: (event: UpstreamEvent) => void,
  ): Promise<UpstreamConnection> => {
    try {
      return await open(first === 'modern' ? 'legacy' : 'modern', scope, onEvent);
    } catch (failure) {
      // A modern server refuses the handshake; one that has no server/discover either still speaks for itself in each request.
      if (errorCodeOf(failure) !== NO_SUCH_METHOD || errorCodeOf(firstFailure) !== NO_SUCH_METHOD) throw failure;
      return await open('assumed', scope, onEvent);
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
        return await openOtherwise(first, failure, scope, onEvent);
      }
    },
  };
}

/** What a list of tools says about headers is learnt from it, and tools that say it wrongly are left out. */
function learnHeaders(method: string, result: JsonObject, { params }: HttpWire): JsonObject {
  const { tools } = result;
  return method === 'tools/list' && Array.isArray(tools) ? { ...result, tools: params.learn(tools) } : result;
}
