/** @module models/client/call-input: the input of a call of a model that the gateway itself makes. */
import { type ModelCallInput, WireBody } from '../../contracts/model.ts';

/** A typed generation, whole, unless `input` says otherwise. */
export function toCallInput(input: Partial<ModelCallInput>, body: Uint8Array): ModelCallInput {
  return {
    operation: 'generate',
    dialect: 'typed',
    isStream: false,
    holdBack: 'first-content',
    maxOutputTokens: null,
    headers: {},
    attempt: 0,
    ...input,
    bytes: body.byteLength,
    body: new WireBody(body),
  };
}
