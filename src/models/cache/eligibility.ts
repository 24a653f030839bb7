/** @module models/cache/eligibility: which requests may be answered from the cache at all. */
import type { CacheConfig } from '../../contracts/model-cache.ts';
import type { ModelCallInput, ModelDialect } from '../../contracts/model.ts';
import { isObject } from '../../core/json.ts';
import { readMembers } from '../wire/members.ts';

/** `bypass` says why the cache keeps out of it; `off` = nobody wanted it here, which needs no word. */
export type Eligibility = { readonly is: 'off' } | { readonly is: 'bypass'; readonly reason: string } | { readonly is: 'eligible'; readonly isFresh: boolean };

/** Judges requests by one configuration. */
export function createEligibility({ models, requests }: Pick<CacheConfig, 'models' | 'requests'>): (name: string, input: ModelCallInput) => Eligibility {
  const patterns = models.map(toPattern);
  return (name, input) => {
    const { operation, cache: wish } = input;
    if (operation === 'count' || !patterns.some((pattern) => pattern.test(name))) return { is: 'off' };
    if (wish === 'no-store') return { is: 'bypass', reason: 'no-store' };
    if (requests === 'asking' && wish === undefined) return { is: 'off' };
    const reason = stateIn(input);
    return reason === undefined ? { is: 'eligible', isFresh: wish === 'no-cache' } : { is: 'bypass', reason };
  };
}

/** Members that tie an answer to what the provider keeps or does, so that it means something only once. */
const STATEFUL: Readonly<Partial<Record<ModelDialect, readonly string[]>>> = {
  'openai-chat': ['web_search_options'],
  'openai-responses': ['previous_response_id', 'conversation'],
  'anthropic-messages': ['container', 'mcp_servers'],
};
/** Tools of a type besides `function` and `custom` that the client runs itself. */
const RUN_BY_CLIENT = /^(?:function|custom|(?:bash|text_editor|computer|memory)_\d+)$/;
const GEMINI_FUNCTIONS: ReadonlySet<string> = new Set(['functionDeclarations', 'function_declarations']);

/** Why the answer cannot stand for another one; undefined = it can. */
function stateIn({ dialect, body }: ModelCallInput): string | undefined {
  const members = readMembers(body.bytes);
  const value = (name: string): unknown => {
    const bytes = members.get(name);
    return bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown);
  };
  // What is not said means true in responses, and false in chat.
  const store = value('store') ?? dialect === 'openai-responses';
  if (store === true) return 'stored-by-provider';
  if (STATEFUL[dialect]?.some((name) => members.has(name) && value(name) !== null) === true) return 'state-of-provider';
  const tools = value('tools');
  return Array.isArray(tools) && !tools.every((tool) => isRunByClient(dialect, tool)) ? 'tools-of-provider' : undefined;
}

function isRunByClient(dialect: ModelDialect, tool: unknown): boolean {
  if (!isObject(tool)) return false;
  if (dialect === 'gemini') return Object.keys(tool).every((name) => GEMINI_FUNCTIONS.has(name));
  const { type } = tool;
  return type === undefined || type === null
    ? dialect !== 'openai-chat' && dialect !== 'openai-responses'
    : typeof type === 'string' && RUN_BY_CLIENT.test(type);
}

function toPattern(text: string): RegExp {
  return new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
}
