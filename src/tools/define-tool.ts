/** @module tools/define-tool: the functions authors write their tools with. */
import type { PromptDefinition, ResourceDefinition, StandardSchema, ToolContext, ToolDefinition } from '../contracts/tool.ts';
import type { JsonObject, MaybePromise } from '../core/json.ts';
import type { PermissionRequest } from '../contracts/policy.ts';
import type { Spend } from '../contracts/spend.ts';
import type { CallPlace } from '../contracts/target.ts';

/** What `handler` and `permissions` of a tool with this schema are given: the schema's output. */
export type InputOf<Schema> = Schema extends { readonly '~standard': { readonly types?: { readonly output: infer Output } | undefined } } ? Output : JsonObject;

/** The members that depend on the input's type. */
interface Typed<Input, Data> {
  readonly handler: (input: Input, context: ToolContext) => MaybePromise<Data>;
  readonly permissions?: (input: Input, place: CallPlace) => readonly PermissionRequest[];
  readonly text?: (data: Data) => string;
  readonly estimate?: (input: Input) => Spend | undefined;
}

type Untyped = Omit<ToolDefinition, 'input' | 'handler' | 'permissions' | 'text' | 'estimate'>;

/**
 * A tool. With a Standard Schema (valibot, zod, ArkType…) as `input`, the handler's input has the
 * schema's output type; with a JSON Schema it is a JSON object, or what the type argument says.
 *
 * Checks nothing yet: that happens when it is registered.
 */
export function defineTool<const Schema extends StandardSchema, Data>(
  definition: Untyped & { readonly input: Schema } & Typed<InputOf<Schema>, Data>,
): ToolDefinition;
export function defineTool<Input = JsonObject, Data = unknown>(definition: Untyped & { readonly input?: JsonObject } & Typed<Input, Data>): ToolDefinition;
export function defineTool(definition: Untyped & { readonly input?: StandardSchema | JsonObject } & Typed<never, never>): ToolDefinition {
  // The input that reaches the handler has passed the schema, which is what the caller's types say.
  return definition as unknown as ToolDefinition;
}

/** A resource at one URI or, with `uriTemplate`, at many. Checks nothing yet. */
export function defineResource(definition: ResourceDefinition): ResourceDefinition {
  return definition;
}

/** A prompt. Checks nothing yet. */
export function definePrompt(definition: PromptDefinition): PromptDefinition {
  return definition;
}
