/** Compiled with everything else (types.test.ts): what a program that embeds the gateway may write, and what it may not. */
import { AppError, complete, type Completion, type CompletionRequest, type ErrorCode, type ProviderConfig } from '../../src/index.ts';

/** A code is a literal, and an error carries it as such. */
export const code: ErrorCode = new AppError('INPUT_INVALID', { message: 'A message for the client.' }).code;

// @ts-expect-error a code that is not in the table
export const unknownCode = new AppError('NO_SUCH_CODE');

// @ts-expect-error the facts of an error cannot be changed
new AppError('INTERNAL').code = 'USAGE';

/** Requests, answers and the configuration of providers have types. */
export const request: CompletionRequest = { model: 'fast', messages: [{ role: 'user', content: 'Hello' }], maxTokens: 5 };
export const answer: Promise<Completion> = complete(request);
export const kind: ProviderConfig['kind'] = 'ollama';

// @ts-expect-error a role that no message has
export const unknownRole: CompletionRequest = { messages: [{ role: 'tool', content: '' }] };
