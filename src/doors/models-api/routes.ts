/** @module doors/models-api/routes: the routes of the model API. Loaded before the door itself, which comes with the first of them. */
import type { ModelOperation } from '../../contracts/model.ts';
import type { RouteFacts } from '../http/route.ts';
import type { DoorDialect } from './dialects.ts';

/** One route; `{name}` in the policy is the model that the body, or here the path, names. */
export interface ModelRoute extends RouteFacts {
  readonly policy: Exclude<RouteFacts['policy'], 'public'>;
  /** How its answers and errors look. */
  readonly dialect: DoorDialect;
  /** Absent for lists. */
  readonly asks?: ModelOperation | undefined;
  /** Where the path says it; absent = the body does. */
  readonly isStream?: boolean | undefined;
}

const MODEL = { kind: 'model', name: '{name}' } as const;
const LIST = { kind: 'catalog', name: 'models' } as const;
const post = (path: string, dialect: DoorDialect, asks: ModelOperation, operationId: string, summary: string, isStream?: boolean): ModelRoute => ({
  method: 'POST',
  path,
  policy: MODEL,
  dialect,
  asks,
  operationId,
  summary,
  isStream,
});

/** Every route of the door. In its own path, a name may have slashes. */
export const MODEL_ROUTES: readonly ModelRoute[] = [
  post('/v1/chat/completions', 'openai-chat', 'generate', 'chatCompletions', 'OpenAI chat completions'),
  post('/v1/responses', 'openai-responses', 'generate', 'responses', 'OpenAI responses'),
  post('/v1/responses/input_tokens', 'openai-responses', 'count', 'responsesInputTokens', 'OpenAI count of the input tokens of a response'),
  post('/v1/embeddings', 'openai-embeddings', 'embed', 'embeddings', 'OpenAI embeddings'),
  post('/v1/messages', 'anthropic-messages', 'generate', 'messages', 'Anthropic messages'),
  post('/v1/messages/count_tokens', 'anthropic-messages', 'count', 'messagesCountTokens', 'Anthropic count of the tokens of messages'),
  post('/v1beta/models/{name}:generateContent', 'gemini', 'generate', 'generateContent', 'Gemini, a whole answer', false),
  post('/v1beta/models/{name}:streamGenerateContent', 'gemini', 'generate', 'streamGenerateContent', 'Gemini, a stream (alt=sse)', true),
  post('/v1beta/models/{name}:countTokens', 'gemini', 'count', 'countTokens', 'Gemini count of tokens', false),
  post('/v1beta/models/{name}:embedContent', 'gemini-embeddings', 'embed', 'embedContent', 'Gemini embedding of one text', false),
  post('/v1beta/models/{name}:batchEmbedContents', 'gemini-embeddings', 'embed', 'batchEmbedContents', 'Gemini embeddings of many texts', false),
  { method: 'GET', path: '/v1/models', policy: LIST, dialect: 'openai-chat', operationId: 'models', summary: 'Names of the models the gateway serves' },
  { method: 'GET', path: '/v1beta/models', policy: LIST, dialect: 'gemini', operationId: 'geminiModels', summary: 'The same names, as Gemini lists them' },
];

/** A path with its routes: one for each method it has. */
export interface ModelPath {
  readonly routes: readonly ModelRoute[];
  /** The model that the path names, decoded; undefined = it names none. */
  readonly model: string | undefined;
}

const NAMED = /^(\/v1beta\/models\/)(.+)(:\w+)$/;
const NOTHING: ModelPath = { routes: [], model: undefined };

/** No routes for a path of somebody else. */
export function modelPath(path: string): ModelPath {
  const [, folder, name, verb] = NAMED.exec(path) ?? [];
  if (name === undefined) return { routes: MODEL_ROUTES.filter((route) => route.path === path), model: undefined };
  const model = decode(name);
  return model === undefined ? NOTHING : { routes: MODEL_ROUTES.filter((route) => route.path === `${folder}{name}${verb}`), model };
}

/** Whether the model API answers this path. */
export function isModelPath(path: string): boolean {
  return path.startsWith('/v1') && modelPath(path).routes.length > 0;
}

function decode(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
