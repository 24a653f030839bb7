/** @module doors/mcp/legacy/handshake: what `initialize` establishes. */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { type ClientInfo, readClientInfo } from '../envelope.ts';
import { LATEST_LEGACY, type Revision, revisionIn } from '../revisions.ts';

/** The client's side of a handshake, and the revision both will speak. */
export interface Handshake {
  readonly revision: Revision;
  readonly capabilities: JsonObject;
  readonly clientInfo: ClientInfo;
}

/**
 * Reads the params of `initialize`. A version that is not served is answered with the latest legacy one.
 *
 * @throws AppError INVALID_PARAMS
 * @see MCP 2025-11-25, basic/lifecycle, "Version Negotiation"
 */
export function readHandshake(params: JsonObject, served: readonly Revision[]): Handshake {
  const { protocolVersion, capabilities, clientInfo } = params;
  if (typeof protocolVersion !== 'string') throw invalid('protocolVersion must be a string');
  if (!isObject(capabilities)) throw invalid('capabilities must be an object');
  const info = readClientInfo(clientInfo);
  if (info.name === null || info.version === null) throw invalid('clientInfo must have name and version');
  return { revision: revisionIn(served, protocolVersion) ?? LATEST_LEGACY, capabilities, clientInfo: info };
}

function invalid(problem: string): AppError {
  return new AppError('INVALID_PARAMS', { message: `Invalid params: ${problem}.` });
}
