/** @module models/guardrails/other-forms: requests for an answer in a form that no rule could change. */
import { AppError } from '../../core/errors.ts';
import { decodeText, walkTexts } from '../wire/json-strings.ts';

/** Names of members that ask for the tokens of an answer with their probabilities. */
const OTHER_FORMS = /^(?:logprobs|top_logprobs|responseLogprobs|response_logprobs)$/;

/** Token by token, everything could be read that was taken out of the text. @throws AppError INVALID_REQUEST */
export function refuseOtherForms(bytes: Uint8Array): void {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!body.includes('ogprobs') && !body.includes('\\u')) return;
  let asked: string | undefined;
  walkTexts(bytes, ({ kind, path, start, end }) => {
    const name = path.at(-1);
    const isAsked =
      kind === 'name' &&
      typeof name === 'string' &&
      path.length <= 2 &&
      OTHER_FORMS.test(name) &&
      !/^"\s*:\s*(?:false|null|0)\s*[,}]/.test(body.toString('utf8', end, end + 40));
    if (isAsked) asked = name;
    else if (kind === 'text' && path[0] === 'include' && decodeText(bytes, start, end).includes('logprobs')) asked = 'include';
  });
  if (asked !== undefined)
    throw new AppError('INVALID_REQUEST', {
      message: `The guardrails of the gateway cannot judge what ${asked} asks for.`,
      fix: `Leave ${asked} out.`,
      data: { pointer: `/${asked}` },
    });
}
