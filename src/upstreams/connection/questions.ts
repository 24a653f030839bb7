/** @module upstreams/connection/questions: what an upstream asks during a call goes to the client behind that call. */
import type { InputRequest, InputRequests } from '../../contracts/ask.ts';
import type { UpstreamListener } from '../../contracts/upstream.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Waiting } from './wire.ts';

/** How often one call may ask. */
export const MAX_ROUNDS = 16;
const MAX_QUESTIONS_AT_ONCE = 16;

const ASKABLE: readonly InputRequest['method'][] = ['elicitation/create', 'sampling/createMessage', 'roots/list'];

const isAskable = (method: unknown): method is InputRequest['method'] => ASKABLE.some((known) => known === method);

/**
 * Members of an answer to a request of the upstream (legacy revisions).
 *
 * @param owner the call it belongs to; undefined = nobody can tell, so nobody is asked
 * @throws InputRequired when the client is asked by ending the call; AppError CLIENT_CAPABILITY_MISSING and the like
 */
export async function answerQuestion(method: string, params: JsonObject, owner: Waiting | undefined): Promise<JsonObject> {
  if (!isAskable(method)) throw new AppError('METHOD_NOT_FOUND', { message: `Method not found: ${method.slice(0, 100)}` });
  if (!owner?.listener?.ask) {
    throw new AppError('CLIENT_CAPABILITY_MISSING', { message: 'Nobody can be asked: the question belongs to no call, or its client cannot answer.' });
  }
  owner.questions += 1;
  if (owner.questions > MAX_ROUNDS) throw new AppError('UPSTREAM_INVALID', { message: `The upstream asked more than ${MAX_ROUNDS} times.` });
  // The same key for the same question when the call runs again from its start.
  const key = `q${owner.questions}`;
  const answers = await owner.listener.ask({ [key]: { method, params: withoutMeta(params) } });
  const answer = answers[key];
  if (!answer) throw new AppError('INTERNAL', { message: 'A question was left without an answer.' });
  return { result: answer };
}

/**
 * Members that the next request carries for the questions of a modern result.
 *
 * @throws AppError UPSTREAM_INVALID, CLIENT_CAPABILITY_MISSING, or InputRequired
 */
export async function askRound(result: JsonObject, round: number, listener: UpstreamListener | undefined): Promise<JsonObject> {
  const { inputRequests, requestState } = result;
  const state = requestState === undefined ? {} : { requestState };
  // A state without questions says: not yet, come again.
  if (inputRequests === undefined) return state;
  const questions = readRequests(inputRequests, round);
  if (!listener?.ask) throw new AppError('CLIENT_CAPABILITY_MISSING', { message: 'The upstream asks for input, and this client cannot be asked here.' });
  const answers = await listener.ask(questions);
  const inputResponses = Object.fromEntries(Object.entries(answers).map(([key, answer]) => [key.slice(key.indexOf('.') + 1), answer]));
  return { ...state, inputResponses };
}

/** The round stands in the key: an upstream may use the same one again, and means another question. */
function readRequests(value: unknown, round: number): InputRequests {
  const invalid = (message: string): never => {
    throw new AppError('UPSTREAM_INVALID', { message });
  };
  if (!isObject(value)) return invalid('The upstream asks for input without saying which.');
  const entries = Object.entries(value);
  if (entries.length > MAX_QUESTIONS_AT_ONCE) return invalid('The upstream asks too much at once.');
  return Object.fromEntries(
    entries.map(([key, request]) => {
      const { method, params } = isObject(request) ? request : ({} as JsonObject);
      if (!isAskable(method)) return invalid('The upstream asks for something that is no question of the protocol.');
      return [`${round}.${key.slice(0, 128)}`, { method, params: isObject(params) ? params : {} }];
    }),
  );
}

function withoutMeta({ _meta: _, ...params }: JsonObject): JsonObject {
  return params;
}
