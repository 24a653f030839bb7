/** @module upstreams/connection/negotiate: which revision an upstream speaks, found out without a way to hang. */
import type { UpstreamFacts } from '../../contracts/upstream.ts';
import { META, MODERN_REVISION } from '../../contracts/mcp.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { Scope } from '../../core/scope.ts';
import type { Conversation } from './conversation.ts';
import { errorCodeOf } from './failures.ts';
import { ASKED_LEGACY, CAPABILITIES, CLIENT_INFO, isSpokenLegacy } from './protocol.ts';

/** Era of an earlier connection to the same upstream; a guess, not a promise. */
export type EraHint = UpstreamFacts['era'] | undefined;

/** @see MCP 2026-07-28, basic/versioning */
const UNSUPPORTED_VERSION = -32_022;
const MAX_TEXT = 128;
const MAX_INSTRUCTIONS = 16_384;

/**
 * `server/discover`. The conversation is modern afterwards.
 *
 * @throws AppError UPSTREAM_INVALID when it speaks other revisions; whatever the request throws
 */
export async function discover(conversation: Conversation, scope: Scope): Promise<UpstreamFacts> {
  conversation.isModern = true;
  const result = await conversation.once('server/discover', {}, scope).catch((failure: unknown) => {
    // Refused although it is one that the server says it speaks: once more.
    if (errorCodeOf(failure) !== UNSUPPORTED_VERSION || !speaksModern(failure)) throw failure;
    return conversation.once('server/discover', {}, scope);
  });
  const { supportedVersions: versions, capabilities, instructions, _meta: meta } = result;
  if (!Array.isArray(versions) || !versions.includes(MODERN_REVISION)) {
    throw new AppError('UPSTREAM_INVALID', { message: `The server speaks none of the revisions known here: ${JSON.stringify(versions)?.slice(0, 200)}.` });
  }
  const info = isObject(meta) && isObject(meta[META.serverInfo]) ? meta[META.serverInfo] : result['serverInfo'];
  return factsOf('modern', MODERN_REVISION, info, capabilities, instructions);
}

/**
 * For a server that knows neither opening: modern requests say of themselves what they are. What it has is found out by
 * asking; its lists are asked for, and one that it does not know counts as empty.
 */
export function assumeModern(conversation: Conversation): Promise<UpstreamFacts> {
  conversation.isModern = true;
  return Promise.resolve(factsOf('modern', MODERN_REVISION, {}, { tools: {}, resources: {}, prompts: {} }, null));
}

/**
 * The handshake of the legacy revisions. The conversation is legacy afterwards.
 *
 * @throws AppError UPSTREAM_INVALID when it insists on another revision; whatever the request throws
 */
export async function initialize(conversation: Conversation, scope: Scope, onVersion?: (version: string) => void): Promise<UpstreamFacts> {
  conversation.isModern = false;
  const params = { protocolVersion: ASKED_LEGACY, capabilities: CAPABILITIES, clientInfo: CLIENT_INFO };
  const { protocolVersion, serverInfo, capabilities, instructions } = await conversation.once('initialize', params, scope);
  if (!isSpokenLegacy(protocolVersion)) {
    throw new AppError('UPSTREAM_INVALID', {
      message: `The server speaks none of the revisions known here: ${JSON.stringify(protocolVersion)?.slice(0, 200)}.`,
    });
  }
  onVersion?.(protocolVersion);
  conversation.notify('notifications/initialized');
  return factsOf('legacy', protocolVersion, serverInfo, capabilities, instructions);
}

/**
 * Both eras over one pipe. The one of last time is asked first; when it is refused, or nothing has come for
 * `patienceMs` (the server may still be starting, or ignore what it does not know), the other one is asked as
 * well, and the first success counts. Ends with the scope at the latest.
 */
export async function negotiateOnPipe(conversation: Conversation, scope: Scope, hint: EraHint, patienceMs: number): Promise<UpstreamFacts> {
  using loser = new Scope({ parent: scope });
  const first = hint === 'legacy' ? initialize : discover;
  const second = first === discover ? initialize : discover;
  const opened = first(conversation, loser);
  const outcome = await settledWithin(opened, patienceMs);
  if (outcome === 'done') return await opened;
  if (conversation.ended) throw conversation.ended;
  if (outcome === 'failed') return await second(conversation, scope);
  const facts = await Promise.any([opened, second(conversation, loser)]).catch(() => {
    throw conversation.ended ?? scope.reason ?? new AppError('UPSTREAM_INVALID', { message: 'The server refuses the opening of every revision.' });
  });
  // What the later opening has set, the answer to the earlier one may contradict.
  conversation.isModern = facts.era === 'modern';
  loser.cancel(new AppError('CANCELLED', { message: 'Another revision was agreed on.' }));
  return facts;
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<'done' | 'failed' | 'waiting'> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<'waiting'>((resolve) => {
    timer = setTimeout(() => resolve('waiting'), ms);
  });
  try {
    return await Promise.race([
      patience,
      work.then(
        () => 'done' as const,
        () => 'failed' as const,
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function factsOf(era: UpstreamFacts['era'], protocolVersion: string, info: unknown, capabilities: unknown, instructions: unknown): UpstreamFacts {
  const { name, version } = isObject(info) ? info : ({} as JsonObject);
  return {
    era,
    protocolVersion,
    serverInfo: { name: textOf(name), version: textOf(version) },
    capabilities: isObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === 'string' ? instructions.slice(0, MAX_INSTRUCTIONS) : null,
  };
}

function speaksModern(failure: unknown): boolean {
  const data = AppError.is(failure) ? failure.data?.['upstreamData'] : undefined;
  const supported = isObject(data) ? data['supported'] : undefined;
  return Array.isArray(supported) && supported.includes(MODERN_REVISION);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}
