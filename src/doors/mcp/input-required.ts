/**
 * @module doors/mcp/input-required: questions to a client that holds no stream open. The call ends with
 * the questions; the client calls again with the answers, and with the sealed state that carries the
 * answers of earlier rounds.
 *
 * @see MCP 2026-07-28, basic/patterns/mrtr
 */
import { createHash } from 'node:crypto';
import { type Asker, InputRequired, type InputRequests, type InputResponses } from '../../contracts/ask.ts';
import type { Sealer } from '../../contracts/http.ts';
import { AppError } from '../../core/errors.ts';
import { canonicalJson, isObject, type JsonObject } from '../../core/json.ts';
import { parseAnswer } from './answers.ts';
import { requireCapabilities } from './capabilities.ts';

/** What a requestState belongs to: presented with anything else it does not open. */
export interface StateBinding {
  readonly principalId: string;
  /** Kind and name of the target. */
  readonly target: string;
  readonly input: unknown;
}

/** The asker of one modern call. */
export class StatelessAsker implements Asker {
  readonly #capabilities: JsonObject;
  readonly #fresh: InputResponses;
  readonly #earlier: InputResponses;
  /** Answers the target has taken: what the next state must carry. */
  readonly taken: Record<string, JsonObject> = Object.create(null) as Record<string, JsonObject>;

  constructor(capabilities: JsonObject, fresh: InputResponses, earlier: InputResponses) {
    this.#capabilities = capabilities;
    this.#fresh = fresh;
    this.#earlier = earlier;
  }

  /**
   * @throws InputRequired with the questions that have no answer yet; AppError CLIENT_CAPABILITY_MISSING,
   *   INVALID_PARAMS for an answer of the wrong shape
   */
  async ask(requests: InputRequests): Promise<InputResponses> {
    requireCapabilities(this.#capabilities, requests);
    const { answered, open } = this.answered(requests);
    if (Object.keys(open).length > 0) throw new InputRequired(open);
    return answered;
  }

  /** What was answered with the call, and what was not. @throws AppError INVALID_PARAMS for an answer of the wrong shape */
  answered(requests: InputRequests): { readonly answered: InputResponses; readonly open: InputRequests } {
    const open: Record<string, InputRequests[string]> = {};
    const answers: Record<string, JsonObject> = {};
    for (const [key, request] of Object.entries(requests)) {
      const sent = this.#sent(key);
      if (sent === undefined) {
        open[key] = request;
        continue;
      }
      const answer = parseAnswer(request.method, sent);
      if (!answer) throw new AppError('INVALID_PARAMS', { message: `inputResponses["${key.slice(0, 64)}"] is not a result of ${request.method}.` });
      answers[key] = answer;
      this.taken[key] = answer;
    }
    return { answered: answers, open };
  }

  /** What was taken in an earlier round stands; a client cannot change its mind about it. */
  #sent(key: string): unknown {
    if (Object.hasOwn(this.#earlier, key)) return this.#earlier[key];
    return Object.hasOwn(this.#fresh, key) ? this.#fresh[key] : undefined;
  }
}

/**
 * The asker for a call with these params.
 *
 * @throws AppError INVALID_PARAMS for inputResponses that are not an object of objects; STATE_INVALID
 *   for a state that was altered, has expired, or belongs to another principal, target or input
 */
export function createStatelessAsker(sealer: Sealer, capabilities: JsonObject, params: JsonObject, binding: StateBinding): StatelessAsker {
  const { inputResponses, requestState } = params;
  if (inputResponses !== undefined && !isResponses(inputResponses)) {
    throw new AppError('INVALID_PARAMS', { message: 'inputResponses must be an object whose members are objects.' });
  }
  if (requestState === undefined) return new StatelessAsker(capabilities, inputResponses ?? {}, {});
  if (typeof requestState !== 'string') throw new AppError('INVALID_PARAMS', { message: 'requestState must be a string.' });
  const earlier = sealer.open(requestState, bindingText(binding));
  if (!isResponses(earlier)) throw new AppError('STATE_INVALID');
  return new StatelessAsker(capabilities, inputResponses ?? {}, earlier);
}

/** The state that a client must bring along with its answers. */
export function sealState(sealer: Sealer, asker: StatelessAsker, ttlSeconds: number, binding: StateBinding): string {
  return sealer.seal(asker.taken, ttlSeconds, bindingText(binding));
}

function isResponses(value: unknown): value is InputResponses {
  return isObject(value) && Object.values(value).every(isObject);
}

function bindingText({ principalId, target, input }: StateBinding): string {
  const digest = createHash('sha256').update(stableText(input)).digest('base64url');
  return JSON.stringify(['mcp-request-state', principalId, target, digest]);
}

/** Canonical, so that a client may write the members in another order the second time. */
function stableText(input: unknown): string {
  try {
    return canonicalJson(input);
  } catch {
    // JSON.parse makes Infinity of 1e999, which has no canonical form.
    return JSON.stringify(input);
  }
}
