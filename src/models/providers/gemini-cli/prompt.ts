/** @module models/providers/gemini-cli/prompt: a request of the gemini dialect as one text. */
import { AppError } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { readObject } from '../../wire/json.ts';

/** The program cuts off what is longer, and says nothing. */
const MAX_PROMPT_BYTES = 8 * 1024 * 1024;
/** Members that say how, not what: the program decides that itself. */
const TUNING: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'seed',
  'maxOutputTokens',
  'presencePenalty',
  'frequencyPenalty',
  'thinkingConfig',
  'candidateCount',
]);
const ROLES: Readonly<Record<string, string>> = { user: 'User', model: 'Model' };

/**
 * The request as text: one turn as it is, several as a transcript. What tunes (temperature, most tokens
 * of the answer …) is left to the program; everything else that is no text is refused.
 *
 * @throws AppError CONVERSION_REFUSED naming what cannot be asked in text, INVALID_REQUEST
 */
export function promptOf(body: Uint8Array): string {
  const { contents, systemInstruction, system_instruction: system = systemInstruction, generationConfig, ...rest } = readObject(body);
  const [foreign] = Object.keys(rest);
  if (foreign !== undefined) throw refused(foreign);
  refuseForeignTuning(generationConfig);
  if (!Array.isArray(contents) || contents.length === 0) throw new AppError('INVALID_REQUEST', { message: 'The body has no contents.' });
  const turns = contents.map((turn: unknown, index) => turnOf(turn, `contents[${index}]`));
  const instruction = system === undefined ? '' : textOf(system, 'systemInstruction');
  const [only] = turns;
  const isBare = turns.length === 1 && instruction === '' && only?.role === 'User' && !only.text.trimStart().startsWith('/');
  const prompt = isBare
    ? only.text
    : [...(instruction === '' ? [] : [`Instructions:\n${instruction}`]), ...turns.map(({ role, text }) => `${role}:\n${text}`)].join('\n\n');
  if (Buffer.byteLength(prompt) > MAX_PROMPT_BYTES) throw new AppError('CONVERSION_REFUSED', { message: 'The program takes no more than 8 MiB of text.' });
  return prompt;
}

function refuseForeignTuning(config: unknown): void {
  if (config === undefined) return;
  if (!isObject(config)) throw new AppError('INVALID_REQUEST', { message: 'generationConfig is not an object.' });
  const { candidateCount = 1 } = config;
  const foreign = candidateCount === 1 ? Object.keys(config).find((name) => !TUNING.has(name)) : 'candidateCount';
  if (foreign !== undefined) throw refused(`generationConfig.${foreign}`);
}

function turnOf(turn: unknown, place: string): { readonly role: string; readonly text: string } {
  const { role = 'user' } = isObject(turn) ? turn : {};
  const name = typeof role === 'string' && Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
  if (name === undefined) throw refused(`${place}.role`);
  return { role: name, text: textOf(turn, place) };
}

function textOf(content: unknown, place: string): string {
  const { parts } = isObject(content) ? content : ({} as JsonObject);
  if (!Array.isArray(parts)) throw new AppError('INVALID_REQUEST', { message: `${place} has no parts.` });
  return parts
    .map((part: unknown, index) => {
      const { text, thought, thoughtSignature: _, ...other } = isObject(part) ? part : {};
      const [foreign] = Object.keys(other);
      if (foreign !== undefined || typeof text !== 'string') throw refused(`${place}.parts[${index}]${foreign === undefined ? '' : `.${foreign}`}`);
      // What the model only thought is no part of what was said.
      return thought === true ? '' : text;
    })
    .filter((text) => text !== '')
    .join('\n');
}

function refused(what: string): AppError {
  return new AppError('CONVERSION_REFUSED', { message: `The Gemini CLI takes text alone, not ${what}.` });
}
