/** @module models/providers/gemini-cli/answer: what the program says, as an answer of the gemini dialect or as a failure. */
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { classifyFailure } from '../../wire/failure.ts';
import { countIn, objectIn, readObject } from '../../wire/json.ts';

/** How the program ended. */
export interface ProgramEnd {
  /** Null = a signal ended it. */
  readonly exitCode: number | null;
  readonly output: Buffer;
  /** Beginning of what it said besides. */
  readonly complaint: string;
}

/** @see docs of gemini-cli, `packages/core/src/utils/errors.ts`: the codes of its fatal errors. */
const CODE_OF_EXIT: Readonly<Record<number, readonly [ErrorCode, fix?: string]>> = {
  41: ['PROVIDER_KEY_REFUSED', 'Run `gemini` by hand and log in, or set apiKey of the provider.'],
  42: ['PROVIDER_REJECTED'],
  44: ['PROVIDER_NOT_CONFIGURED', 'The sandbox of the Gemini CLI does not start: run `gemini` by hand.'],
  52: ['PROVIDER_NOT_CONFIGURED', 'The settings of the Gemini CLI are wrong: run `gemini` by hand.'],
  55: ['PROVIDER_NOT_CONFIGURED', 'The Gemini CLI does not trust its folder: update it.'],
};
const BLOCKED = /blocked due to/;
/** Our name of a count → that of the program. */
const COUNTS = {
  promptTokenCount: 'prompt',
  candidatesTokenCount: 'candidates',
  thoughtsTokenCount: 'thoughts',
  cachedContentTokenCount: 'cached',
  totalTokenCount: 'total',
} as const;

/** The answer as JSON of the gemini dialect. @throws AppError PROVIDER_*, CONTENT_REFUSED */
export function answerOf(end: ProgramEnd): string {
  const told = readObject(end.output);
  if (end.exitCode !== 0) throw failureOf(end, told);
  const { response, error, stats } = told;
  if (isObject(error)) throw errorOf(error);
  if (typeof response !== 'string') throw new AppError('PROVIDER_FAILED', { message: 'The Gemini CLI sent what is not its JSON.' });
  if (response === '') throw new AppError('PROVIDER_INCOMPLETE');
  const models = objectIn(isObject(stats) ? stats : {}, 'models');
  const usageMetadata = usageOf(models);
  const [modelVersion, ...others] = Object.keys(models);
  return JSON.stringify({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: response }] }, finishReason: 'STOP' }],
    ...(usageMetadata === undefined ? {} : { usageMetadata }),
    ...(modelVersion === undefined || others.length > 0 ? {} : { modelVersion }),
  });
}

/** Of all models together: the program may ask a small one which to ask. Undefined = it does not say. */
function usageOf(models: JsonObject): Readonly<Record<string, number>> | undefined {
  const tokens = Object.values(models).map((model) => objectIn(isObject(model) ? model : {}, 'tokens'));
  const sums = Object.entries(COUNTS).map(
    ([name, theirs]) => [name, tokens.reduce<number | null>((sum, counts) => add(sum, countIn(counts, theirs)), 0)] as const,
  );
  const known = sums.filter((entry): entry is readonly [string, number] => entry[1] !== null);
  return tokens.length > 0 && known.length === sums.length ? Object.fromEntries(known) : undefined;
}

function add(sum: number | null, count: number | null): number | null {
  return sum === null || count === null ? null : sum + count;
}

function failureOf({ exitCode, complaint }: ProgramEnd, told: JsonObject): AppError {
  const error = isObject(told['error']) ? told['error'] : errorIn(complaint);
  const known = exitCode === null ? undefined : CODE_OF_EXIT[exitCode];
  if (known) return new AppError(known[0], known[1] === undefined ? {} : { fix: known[1] });
  if (/Unknown arguments?:/i.test(complaint))
    return new AppError('PROVIDER_NOT_CONFIGURED', { fix: 'Update the Gemini CLI: this one does not know an option that is needed.' });
  return error === undefined ? new AppError('PROVIDER_FAILED', { data: { exitCode } }) : errorOf(error);
}

/** A number is the status of the API behind it; some failures have names only. */
function errorOf({ code, type, message }: JsonObject): AppError {
  if (typeof message === 'string' && BLOCKED.test(message)) return new AppError('CONTENT_REFUSED');
  if (typeof type === 'string' && /Quota/.test(type)) return new AppError('PROVIDER_BUSY');
  if (typeof type === 'string' && /Auth/.test(type)) return new AppError('PROVIDER_KEY_REFUSED');
  if (type === 'INVALID_STREAM') return new AppError('PROVIDER_INCOMPLETE');
  const status = Number(code);
  return status >= 400 && status < 600 ? classifyFailure({ status, error: { message } }) : new AppError('PROVIDER_FAILED');
}

/** The program writes the object of a fatal error to where it complains, indented, between other lines. */
function errorIn(complaint: string): JsonObject | undefined {
  const start = [...complaint.matchAll(/\{\s*"(?:session_id|error)"/g)].at(-1)?.index;
  if (start === undefined) return undefined;
  const tail = complaint.slice(start);
  const ends = [tail.indexOf('\n}') + 2, tail.lastIndexOf('}') + 1];
  return ends.map((end) => readObject(Buffer.from(tail.slice(0, end)))['error']).find(isObject);
}
