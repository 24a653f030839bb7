import { WireBody, type ModelCallInput } from '../../../../src/contracts/model.ts';

/** A plain generate with this body; in the dialect of OpenAI's chat unless told otherwise. */
export function callInput(body: object, own: Partial<ModelCallInput> = {}): ModelCallInput {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    operation: 'generate',
    dialect: 'openai-chat',
    isStream: false,
    holdBack: 'first-content',
    bytes: bytes.length,
    maxOutputTokens: null,
    headers: {},
    attempt: 0,
    body: new WireBody(bytes),
    ...own,
  };
}
