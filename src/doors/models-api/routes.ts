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

/** Google's clients differ in the version they ask for; the gateway makes no difference. */
function geminiRoutes(version: '/v1' | '/v1beta', suffix: string): readonly ModelRoute[] {
  const on = (verb: string, dialect: DoorDialect, asks: ModelOperation, summary: string, isStream = false): ModelRoute =>
    post(`${version}/models/{name}:${verb}`, dialect, asks, `${verb}${suffix}`, summary, isStream);
  return [
    on('generateContent', 'gemini', 'generate', 'Gemini, a whole answer'),
    on('streamGenerateContent', 'gemini', 'generate', 'Gemini, a stream (alt=sse)', true),
    on('countTokens', 'gemini', 'count', 'Gemini count of tokens'),
    on('embedContent', 'gemini-embeddings', 'embed', 'Gemini embedding of one text'),
    on('batchEmbedContents', 'gemini-embeddings', 'embed', 'Gemini embeddings of many texts'),
  ];
}

const get = (path: string, dialect: DoorDialect, operationId: string, summary: string): ModelRoute => ({
  method: 'GET',
  path,
  policy: LIST,
  dialect,
  operationId,
  summary,
});

/** Every route of the door. In its own path, a name may have slashes. */
export const MODEL_ROUTES: readonly ModelRoute[] = [
  post('/v1/chat/completions', 'openai-chat', 'generate', 'chatCompletions', 'OpenAI chat completions'),
  post('/v1/responses', 'openai-responses', 'generate', 'responses', 'OpenAI responses'),
  post('/v1/responses/input_tokens', 'openai-responses', 'count', 'responsesInputTokens', 'OpenAI count of the input tokens of a response'),
  post('/v1/embeddings', 'openai-embeddings', 'embed', 'embeddings', 'OpenAI embeddings'),
  post('/v1/messages', 'anthropic-messages', 'generate', 'messages', 'Anthropic messages'),
  post('/v1/messages/count_tokens', 'anthropic-messages', 'count', 'messagesCountTokens', 'Anthropic count of the tokens of messages'),
  ...geminiRoutes('/v1beta', ''),
  ...geminiRoutes('/v1', 'V1'),
  get('/v1/models', 'openai-chat', 'models', 'Names of the models the gateway serves, as the client of each vendor reads them'),
  get('/v1/models/{name}', 'openai-chat', 'model', 'One of these names'),
  get('/v1beta/models', 'gemini', 'geminiModels', 'The same names, as Gemini lists them'),
  get('/v1beta/models/{name}', 'gemini', 'geminiModel', 'One of these names, as Gemini has it'),
];

/** A path with its routes: one for each method it has. */
export interface ModelPath {
  readonly routes: readonly ModelRoute[];
  /** The model that the path names, decoded; undefined = it names none. */
  readonly model: string | undefined;
}

const NAMED = /^(\/v1(?:beta)?\/models\/)(.+?)(:[a-z]+[A-Z]\w*)?$/;
const NOTHING: ModelPath = { routes: [], model: undefined };

/** No routes for a path of somebody else. */
export function modelPath(path: string): ModelPath {
  // A verb has a capital inside (countTokens), which tells it from the version that some names end with (qwen3:latest).
  const [, folder, name, verb = ''] = NAMED.exec(path) ?? [];
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
