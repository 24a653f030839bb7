/**
 * @module doors/mcp/legacy/questions: requests of the server to a legacy client, over the stream of the
 * call that asks.
 *
 * @see MCP 2025-11-25, client/elicitation, client/sampling, client/roots
 */
import type { Asker, InputRequest, InputRequests, InputResponses } from '../../../contracts/ask.ts';
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject, type MaybePromise } from '../../../core/json.ts';
import { parseAnswer } from '../answers.ts';
import { requireCapabilities } from '../capabilities.ts';
import { notificationText, type RequestId, type RpcResponse } from '../message.ts';

interface Question {
  readonly method: InputRequest['method'];
  resolve(answer: JsonObject): void;
  reject(error: AppError): void;
}

const MESSAGE_MAX = 500;

/** Questions that wait for their answers, of one session or connection. */
export class Questions {
  readonly #open = new Map<RequestId, Question>();
  #nextId: number;

  constructor(firstId: number = 1) {
    this.#nextId = firstId;
  }

  /** The asker of one call. `end` it with the call: what it still asks is withdrawn. */
  asker(capabilities: JsonObject, send: (text: string) => MaybePromise<void>): CallAsker {
    return new CallAsker(this, capabilities, send);
  }

  /** Hands an answer to its question. Answers that nobody waits for are dropped. */
  settle({ id, result, error }: RpcResponse): void {
    const question = this.#open.get(id);
    if (!question) return;
    this.#open.delete(id);
    const answer = parseAnswer(question.method, result);
    if (answer) question.resolve(answer);
    else question.reject(refusal(question.method, error));
  }

  /** A new question and its id. */
  open(question: Question): RequestId {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#open.set(id, question);
    return id;
  }

  /** Forgets a question; false when it has been answered. */
  withdraw(id: RequestId): boolean {
    return this.#open.delete(id);
  }
}

/** Asks on behalf of one call. */
export class CallAsker implements Asker {
  readonly #questions: Questions;
  readonly #capabilities: JsonObject;
  readonly #send: (text: string) => MaybePromise<void>;
  readonly #asked = new Set<RequestId>();

  constructor(questions: Questions, capabilities: JsonObject, send: (text: string) => MaybePromise<void>) {
    this.#questions = questions;
    this.#capabilities = capabilities;
    this.#send = send;
  }

  /** @throws AppError CLIENT_CAPABILITY_MISSING; TOOL_FAILED when the client refuses or answers nonsense */
  async ask(requests: InputRequests): Promise<InputResponses> {
    requireCapabilities(this.#capabilities, requests);
    const answers = await Promise.all(Object.entries(requests).map(async ([key, request]) => [key, await this.#ask(request)] as const));
    return Object.fromEntries(answers);
  }

  /** Withdraws what has no answer yet, and tells the client so. */
  end(): void {
    for (const id of this.#asked) {
      if (this.#questions.withdraw(id)) void this.#send(notificationText('notifications/cancelled', { requestId: id, reason: 'The call has ended.' }));
    }
    this.#asked.clear();
  }

  #ask({ method, params }: InputRequest): Promise<JsonObject> {
    return new Promise((resolve, reject) => {
      const id = this.#questions.open({ method, resolve, reject });
      this.#asked.add(id);
      void this.#send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }
}

/** The client's own words, shortened: they go back to the client alone. */
function refusal(method: string, error: unknown): AppError {
  const message = isObject(error) && typeof error['message'] === 'string' ? error['message'].slice(0, MESSAGE_MAX) : 'it sent no usable result';
  return new AppError('TOOL_FAILED', { message: `The client did not answer ${method}: ${message}` });
}
