/** @module contracts/ask: questions that travel back to the client (elicitation, sampling, roots). */
import type { JsonObject } from '../core/json.ts';

/** One question. `params` has the shape the MCP method prescribes. */
export interface InputRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params: JsonObject;
}

/** Questions by a key of the target's choice, unique within the call. */
export type InputRequests = Readonly<Record<string, InputRequest>>;
/** Answers by the same keys, each the result object of its method. */
export type InputResponses = Readonly<Record<string, JsonObject>>;

/** A door's way of putting questions. */
export interface Asker {
  /**
   * All answers, in whatever way the client's revision carries them: a request over the open stream,
   * or InputRequired thrown here so that the client calls again with the answers.
   */
  ask(requests: InputRequests): Promise<InputResponses>;
}

/** Thrown through a target by a stateless asker: the call ends here and starts again with the answers. */
export class InputRequired extends Error {
  readonly requests: InputRequests;
  constructor(requests: InputRequests) {
    super('input required');
    this.requests = requests;
  }
}
