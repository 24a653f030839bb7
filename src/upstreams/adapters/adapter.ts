/** @module upstreams/adapters/adapter: servers that do not speak MCP, as connections that do: the rest of the house sees no difference. */
import type { UpstreamConnection, UpstreamConnector, UpstreamFacts, UpstreamListener } from '../../contracts/upstream.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Scope } from '../../core/scope.ts';
import { errorOfUpstream } from '../connection/failures.ts';
import { toUpstreamError } from '../connection/http/http-failures.ts';

/** One foreign server. */
export interface ForeignServer {
  readonly name: string;
  readonly version: string;
  /** What it says about itself, for a model; null = nothing. */
  readonly instructions: string | null;
  /** Definitions of tools. Asked anew at each comparison with what was approved. @throws AppError UPSTREAM_* */
  tools(scope: Scope): Promise<readonly JsonObject[]>;
  /**
   * One call; the result of `tools/call`. Failures of the far end are results with `isError`.
   *
   * @throws AppError INPUT_INVALID, UPSTREAM_*, RESPONSE_TOO_LARGE, or the scope's reason
   */
  call(tool: string, input: JsonObject, scope: Scope, listener: UpstreamListener | undefined): Promise<JsonObject>;
}

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

/**
 * Connections to a foreign server.
 *
 * @param open learns what it is; calls back when it takes other requests for its tools from now on: nothing is sent before these were compared
 * @param end releases what it holds
 */
export function createForeignConnector(open: (scope: Scope, onChanged: () => void) => Promise<ForeignServer>, end: () => void): UpstreamConnector {
  return {
    stderr: '',
    async close() {
      end();
      await Promise.resolve();
    },
    connect: async (scope, onEvent) => {
      const server = await open(scope, () => onEvent({ type: 'tools_changed' })).catch((failure: unknown) => {
        throw toUpstreamError(failure);
      });
      return toConnection(server, () => onEvent({ type: 'closed', reason: 'The connection was closed.' }));
    },
  };
}

function toConnection(server: ForeignServer, onClosed: () => void): UpstreamConnection {
  let pending = 0;
  let isClosed = false;
  const answer = async (method: string, params: JsonObject, scope: Scope, listener?: UpstreamListener): Promise<JsonObject> => {
    if (method === 'tools/list') return { tools: await server.tools(scope) };
    if (method !== 'tools/call') throw errorOfUpstream({ code: METHOD_NOT_FOUND, message: 'Method not found' });
    const { name, arguments: input = {} } = params;
    if (typeof name !== 'string' || !isObject(input)) throw errorOfUpstream({ code: INVALID_PARAMS, message: 'A name and arguments are needed' });
    return await server.call(name, input, scope, listener);
  };
  return {
    facts: factsOf(server),
    async request(method, params, scope, listener) {
      if (isClosed) throw new AppError('UPSTREAM_GONE', { message: 'The connection was closed.', data: { isUnsent: true } });
      pending += 1;
      try {
        return await scope.race(answer(method, params, scope, listener));
      } catch (failure) {
        throw toUpstreamError(failure);
      } finally {
        pending -= 1;
      }
    },
    // Nothing here begins a task of MCP.
    follow: () => Promise.reject(errorOfUpstream({ code: METHOD_NOT_FOUND, message: 'Method not found' })),
    // It has no resources.
    watch: () => undefined,
    get pending() {
      return pending;
    },
    strays: 0,
    async close() {
      if (isClosed) return;
      isClosed = true;
      onClosed();
      await Promise.resolve();
    },
  };
}

/** A server of the revision before the stateless one: nothing of its newer members is there. */
function factsOf({ name, version, instructions }: ForeignServer): UpstreamFacts {
  return { protocolVersion: '2025-11-25', era: 'legacy', serverInfo: { name, version }, capabilities: { tools: {} }, instructions };
}
