/** @module models/answering: the steps of a client's call: guardrails in → cache → attempts → guardrails out. */
import type { CallContext } from '../contracts/call.ts';
import type { ModelCallInput, ModelResult } from '../contracts/model.ts';

/**
 * Gets an answer. Pieces of a stream go to `emit`, whose promise is backpressure; the result says the
 * rest. A step is given the next one, and may change what goes in and what comes out.
 *
 * @throws AppError as the call ends
 */
export type Answering = (input: ModelCallInput, emit: CallContext['emit']) => Promise<ModelResult>;
