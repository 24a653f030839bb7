/** @module doors/models-api/routes: the routes of the model API. Loaded before the door itself, which comes with the first of them. */
import type { RouteFacts } from '../http/route.ts';
import type { DoorDialect } from './dialects.ts';

/** Every route of the door; `{name}` is the model in the body. */
export const MODEL_ROUTES = [
  {
    method: 'POST',
    path: '/v1/chat/completions',
    policy: { kind: 'model', name: '{name}' },
    operationId: 'chatCompletions',
    summary: 'OpenAI chat completions',
  },
  { method: 'POST', path: '/v1/messages', policy: { kind: 'model', name: '{name}' }, operationId: 'messages', summary: 'Anthropic messages' },
  {
    method: 'GET',
    path: '/v1/models',
    policy: { kind: 'catalog', name: 'models' },
    operationId: 'models',
    summary: 'Names of the models the gateway serves',
  },
] as const satisfies readonly RouteFacts[];

const DIALECT_OF: Readonly<Record<string, DoorDialect>> = { '/v1/chat/completions': 'openai-chat', '/v1/messages': 'anthropic-messages' };

/** Undefined for routes that carry no dialect. */
export function dialectOf(path: string): DoorDialect | undefined {
  return Object.hasOwn(DIALECT_OF, path) ? DIALECT_OF[path] : undefined;
}

/** Whether the model API answers this path. */
export function isModelPath(path: string): boolean {
  return MODEL_ROUTES.some((route) => route.path === path);
}
