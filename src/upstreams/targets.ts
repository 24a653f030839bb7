/** @module upstreams/targets: what an upstream has, as targets of calls. */
import type { Principal } from '../contracts/principal.ts';
import type { Target, TargetTraits, Validate } from '../contracts/target.ts';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { compileEffects } from './effects.ts';
import type { UpstreamPorts } from './ports.ts';
import { guardResult } from './result-guard.ts';
import type { Upstream } from './upstream.ts';

/** Progress starts the time of a call anew, up to this many times. */
const MAX_EXTENSIONS = 10;
/** What a call may take whose client does not wait. Silence ends it as it ends any call. */
const MAX_TASK_MS = 86_400_000;
const EXECUTE: readonly string[] = Object.freeze(['tools:execute']);
const READ: readonly string[] = Object.freeze(['tools:read']);

/**
 * A tool. Every call leaves an intent record and needs `tools:execute`: what a server says about itself
 * (`readOnlyHint`) opens nothing.
 *
 * @param name as clients know it
 * @param own the upstream's own name
 */
export function toolTarget(upstream: Upstream, name: string, own: string, definition: JsonObject, compile: UpstreamPorts['compile']): Target {
  const { defaults, permissions } = upstream.config.tools;
  const effects = Object.hasOwn(permissions, own) ? permissions[own] : undefined;
  return {
    kind: 'tool',
    name,
    upstream: upstream.name,
    access: { scopes: EXECUTE, permissions: effects && compileEffects(effects) },
    traits: traitsOf(upstream, false),
    isEnveloped: false,
    defaults: Object.hasOwn(defaults, own) ? defaults[own] : undefined,
    validateInput: lenientValidate(() => compile(definition['inputSchema'])),
    run: async (input, context) => {
      const params = { name: own, arguments: isObject(input) ? input : {} };
      const result = requireToolResult(await upstream.call('tools/call', params, context, { kind: 'tool', name: own }));
      return { type: 'result', value: guardResult(upstream.config, result, context) };
    },
  };
}

/** A resource, or one URI of a template. @param template its text, where it belongs to one */
export function resourceTarget(upstream: Upstream, uri: string, template: string | undefined): Target {
  return {
    kind: 'resource',
    name: uri,
    template,
    upstream: upstream.name,
    access: { scopes: READ },
    traits: traitsOf(upstream, true),
    run: async (_input, context) => {
      const pinned = template === undefined ? undefined : ({ kind: 'template', name: template } as const);
      const { contents, ...rest } = await upstream.call('resources/read', { uri }, context, pinned);
      if (!Array.isArray(contents) || !contents.every(isObject))
        throw new AppError('UPSTREAM_INVALID', { message: 'The upstream answered a resource without contents.' });
      return { type: 'result', value: guardResult(upstream.config, { ...rest, contents }, context) };
    },
  };
}

/** A prompt. */
export function promptTarget(upstream: Upstream, name: string, own: string): Target {
  return {
    kind: 'prompt',
    name,
    upstream: upstream.name,
    access: { scopes: READ },
    traits: traitsOf(upstream, true),
    run: async (input, context) => {
      const params = { name: own, arguments: isObject(input) ? input : {} };
      const prompt = await upstream.call('prompts/get', params, context, { kind: 'prompt', name: own });
      if (!Array.isArray(prompt['messages'])) throw new AppError('UPSTREAM_INVALID', { message: 'The upstream answered a prompt without messages.' });
      return { type: 'result', value: guardResult(upstream.config, prompt, context) };
    },
  };
}

/**
 * Completion for a prompt or a template of the upstream.
 *
 * @param name as the door asks for it
 * @param reference as the upstream knows it
 * @param requireVisible throws for callers who may not see what is completed for
 */
export function completionTarget(upstream: Upstream, name: string, reference: JsonObject, requireVisible: (principal: Principal) => void): Target {
  return {
    kind: 'completion',
    name,
    upstream: upstream.name,
    access: { scopes: READ },
    traits: traitsOf(upstream, true),
    run: async (input, context) => {
      requireVisible(context.principal);
      const { argument, context: known } = isObject(input) ? input : ({} as JsonObject);
      const result = await upstream.call('completion/complete', { ref: reference, argument, ...(known === undefined ? {} : { context: known }) }, context);
      if (!isObject(result['completion'])) throw new AppError('UPSTREAM_INVALID', { message: 'The upstream answered without a completion.' });
      return { type: 'result', value: result };
    },
  };
}

function traitsOf({ config }: Upstream, isReadOnly: boolean): TargetTraits {
  return { isReadOnly, timeoutMs: config.timeoutMs * MAX_EXTENSIONS, taskTimeoutMs: MAX_TASK_MS, takesSlot: true, priority: 5 };
}

/** A schema that cannot be compiled here checks nothing: the upstream checks its own input. */
function lenientValidate(compile: () => Validate): Validate {
  let validate: Validate | undefined;
  return (value) => {
    if (!validate) {
      try {
        validate = compile();
      } catch {
        validate = () => undefined;
      }
    }
    return validate(value);
  };
}

/** @throws AppError UPSTREAM_INVALID unless it is a tool result */
function requireToolResult(result: JsonObject): JsonObject {
  const { content, structuredContent, isError } = result;
  const refuse = (problem: string): never => {
    throw new AppError('UPSTREAM_INVALID', { message: `The upstream answered something that is no tool result: ${problem}.` });
  };
  if (content !== undefined && !(Array.isArray(content) && content.every((item) => isObject(item) && typeof item['type'] === 'string'))) {
    return refuse('content must be a list of objects with a type');
  }
  if (structuredContent !== undefined && !isObject(structuredContent)) return refuse('structuredContent must be an object');
  if (isError !== undefined && typeof isError !== 'boolean') return refuse('isError must be true or false');
  if (content === undefined && structuredContent === undefined) return refuse('it has neither content nor structuredContent');
  return content === undefined ? { ...result, content: [] } : result;
}
