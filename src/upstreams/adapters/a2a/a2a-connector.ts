/** @module upstreams/adapters/a2a/a2a-connector: an agent that speaks A2A as a server: each of its skills is a tool. */
import type { UpstreamCaller, UpstreamConnector, UpstreamListener } from '../../../contracts/upstream.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { readWhole } from '../../../core/read-bytes.ts';
import { Scope } from '../../../core/scope.ts';
import type { UpstreamEgress } from '../../auth/authorized-egress.ts';
import { errorOfUpstream } from '../../connection/failures.ts';
import { PATIENT } from '../../connection/http/http-failures.ts';
import { pause } from '../../connection/pause.ts';
import { createForeignConnector, type ForeignServer } from '../adapter.ts';
import { type AgentCard, readAgentCard } from './agent-card.ts';
import { type AgentAnswer, isSettled, readAnswer, resultOfAgent, type Said, sendParams, WORDS } from './agent-words.ts';

/** Where the agent is. */
export interface AgentPlace {
  /** Of the card, or of the server. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** To the origin of the URL alone: a card cannot lead anywhere else. */
  readonly egress: UpstreamEgress;
  readonly maxMessageBytes: number;
}

const CARD_PATH = '/.well-known/agent-card.json';
/** Milliseconds between two looks at a task: from, to. */
const LOOK_MS = { first: 200, most: 5000 } as const;
const CANCEL_MS = 5000;
const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    message: { type: 'string', description: 'What the agent is told or asked.' },
    context_id: { type: 'string', description: 'Goes on with an earlier conversation: context_id of its result.' },
    task_id: { type: 'string', description: 'Answers a question of the agent: task_id of the result in which it asked.' },
  },
  required: ['message'],
  additionalProperties: false,
} as const;

/** Reads the card at each connection, and again whenever its skills are compared with what was approved. */
export function createA2aConnector(place: AgentPlace): UpstreamConnector {
  return createForeignConnector(
    async (scope) => new Agent(place, await fetchCard(place, scope)),
    () => place.egress.close(),
  );
}

class Agent implements ForeignServer {
  readonly #place: AgentPlace;
  #card: AgentCard;
  #requests = 0;

  constructor(place: AgentPlace, card: AgentCard) {
    this.#place = place;
    this.#card = card;
  }

  get name(): string {
    return this.#card.name;
  }

  get version(): string {
    return this.#card.version;
  }

  get instructions(): string | null {
    return this.#card.description === '' ? null : this.#card.description;
  }

  async tools(scope: Scope): Promise<readonly JsonObject[]> {
    this.#card = await fetchCard(this.#place, scope);
    return this.#card.skills.map(({ id, description }) => ({
      name: id,
      description: `Asks the agent ${this.#card.name}. ${description}`,
      inputSchema: INPUT_SCHEMA,
      annotations: { readOnlyHint: false, openWorldHint: true },
    }));
  }

  async call(_skill: string, input: JsonObject, scope: Scope, listener: UpstreamListener | undefined): Promise<JsonObject> {
    const { message, context_id: contextId, task_id: taskId } = input;
    if (typeof message !== 'string') throw new AppError('INPUT_INVALID', { message: 'message must be a text.' });
    const said: Said = { message, contextId: typeof contextId === 'string' ? contextId : undefined, taskId: typeof taskId === 'string' ? taskId : undefined };
    const { revision } = this.#card;
    const first = answerOf(await this.#ask(WORDS[revision].send, sendParams(said, revision), scope, listener?.caller));
    return resultOfAgent(isSettled(first) ? first : await this.#follow(first, scope, listener));
  }

  /** Looks again and again, less and less often. A call that is given up cancels the task. */
  async #follow(begun: AgentAnswer, scope: Scope, listener: UpstreamListener | undefined): Promise<AgentAnswer> {
    const { taskId } = begun;
    if (taskId === null) throw new AppError('UPSTREAM_INVALID', { message: 'The agent began a task without a name.' });
    const stop = scope.onCancel(() => this.#cancel(taskId, listener?.caller));
    try {
      let answer = begun;
      for (let looks = 1, waitMs: number = LOOK_MS.first; !isSettled(answer); looks += 1, waitMs = Math.min(waitMs * 1.5, LOOK_MS.most)) {
        await listener?.emit?.({ type: 'progress', progress: looks, message: `The agent's task is ${answer.state.replaceAll('_', ' ')}.` });
        await pause(waitMs, scope);
        answer = answerOf(await this.#ask(WORDS[this.#card.revision].get, { id: taskId }, scope, listener?.caller));
      }
      return answer;
    } finally {
      stop();
    }
  }

  #cancel(taskId: string, caller: UpstreamCaller | undefined): void {
    const scope = new Scope({ timeoutMs: CANCEL_MS });
    this.#ask(WORDS[this.#card.revision].cancel, { id: taskId }, scope, caller)
      .catch(() => undefined)
      .finally(() => scope.end());
  }

  async #ask(method: string, params: JsonObject, scope: Scope, caller: UpstreamCaller | undefined): Promise<JsonObject> {
    const { url, revision } = this.#card;
    this.#requests += 1;
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: this.#requests, method, params }));
    const answer = await exchange(
      this.#place,
      { method: 'POST', url, body, headers: { 'content-type': 'application/json', 'a2a-version': revision } },
      scope,
      caller,
    );
    if (isObject(answer['error'])) throw errorOfUpstream(answer['error']);
    if (!isObject(answer['result'])) throw new AppError('UPSTREAM_INVALID', { message: `The agent answers ${method} without a result.` });
    return answer['result'];
  }
}

function answerOf(result: JsonObject): AgentAnswer {
  const answer = readAnswer(result);
  if (!answer) throw new AppError('UPSTREAM_INVALID', { message: 'The agent answers with neither a message nor a task.' });
  return answer;
}

async function fetchCard(place: AgentPlace, scope: Scope): Promise<AgentCard> {
  const url = new URL(place.url);
  if (!url.pathname.endsWith('.json')) url.pathname = `${url.pathname.replace(/\/$/, '')}${CARD_PATH}`;
  const card = readAgentCard(await exchange(place, { method: 'GET', url: url.href, headers: {} }, scope));
  if (URL.parse(card.url)?.origin === url.origin) return card;
  throw new AppError('EGRESS_REFUSED', {
    message: 'The card of the agent names another server than the one that it lies on.',
    fix: 'Add the agent by the URL of the server that answers: its card must lie there.',
  });
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

async function exchange({ headers, egress, maxMessageBytes }: AgentPlace, asked: Asked, scope: Scope, caller?: UpstreamCaller): Promise<JsonObject> {
  const common = { accept: 'application/json', 'user-agent': 'switchyard' };
  const request = { ...asked, headers: { ...common, ...asked.headers, ...headers }, scope, ...PATIENT, maxBytes: maxMessageBytes };
  const response = await egress.send(request, caller);
  const text = (await readWhole(response.body)).toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    // Errors of the protocol come with other statuses, too.
    if (isObject(value) && (response.status === 200 || isObject(value['error']))) return value;
  } catch {
    // Told below.
  }
  throw new AppError('UPSTREAM_UNREACHABLE', { message: `The agent answers with HTTP ${response.status} and no message of the protocol.` });
}
