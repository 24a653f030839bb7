/** @module contracts/tool: what the author of a tool writes. */
import type { JsonObject, MaybePromise } from '../core/json.ts';
import type { LogLevel } from './call.ts';
import type { InputRequests, InputResponses } from './ask.ts';
import type { ModelClient } from './model-client.ts';
import type { PermissionRequest } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Spend } from './spend.ts';
import type { CallPlace } from './target.ts';

/** Any library's schema: valibot, zod, ArkType… `~standard` is its own marker. @see https://standardschema.dev */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => MaybePromise<
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }
    >;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** Metadata of R1. Unknown members are refused at registration. */
export interface ToolMetadata {
  readonly runtime?: 'main' | 'peer' | 'cpu' | 'sandbox' | 'auto' | 'fastapi' | 'trio';
  readonly requiresP2p?: boolean;
  readonly category?: string;
  /** 0–10, default 5. */
  readonly priority?: number;
  /** Default 30. */
  readonly timeoutSeconds?: number;
  readonly retryPolicy?: 'none' | 'exponential' | 'linear' | 'fixed';
  readonly memoryIntensive?: boolean;
  readonly cpuIntensive?: boolean;
  readonly ioIntensive?: boolean;
  /** Seconds an answer may be reused; absent = never. */
  readonly cacheTtl?: number;
  readonly schemaVersion?: string;
  /** True, or a text that names the successor. */
  readonly deprecated?: boolean | string;
}

/** How calls of a tool become tasks, for clients that can follow one. @see MCP, extension io.modelcontextprotocol/tasks */
export interface ToolTask {
  /** `when-slow` (default): after `tasks.afterMs`, or when the handler says so; `at-once`: before the handler runs; `never`. */
  readonly begins?: 'when-slow' | 'at-once' | 'never';
  /** Refuses clients that cannot follow a task (−32021). Default false. */
  readonly isRequired?: boolean;
  /** Seconds that a call may take that can become a task. Default: that of any call of the tool. */
  readonly timeoutSeconds?: number;
}

/** Hints of MCP; untrusted by clients. `readOnlyHint: true` also spares the intent record here. */
export interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

/** What a handler is given besides its input. */
export interface ToolContext {
  /** Aborts when the caller cancels, the deadline passes or the gateway stops. */
  readonly signal: AbortSignal;
  readonly principal: Principal;
  readonly correlationId: string;
  readonly callId: string;
  /** Where the call comes from: file tools choose the workspace by it. */
  readonly place: CallPlace;
  /** Reports progress; resolves when the client's connection has taken it. */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Sends a log message to the client, if it wants that level. */
  log(level: LogLevel, data: unknown, logger?: string): void;
  /** Asks the person a form question. Ask before any effect; see CallContext.ask. */
  elicit(
    key: string,
    message: string,
    requestedSchema: JsonObject,
  ): Promise<{ readonly action: 'accept' | 'decline' | 'cancel'; readonly content?: JsonObject }>;
  /** Any questions at once (elicitation, sampling, roots). */
  ask(requests: InputRequests): Promise<InputResponses>;
  /**
   * Lets the client leave: it gets a task now, and what is asked from here on goes through the task. False when it
   * cannot follow one, and waits.
   */
  beginTask(): Promise<boolean>;
  /** Calls another tool as a child call and returns its `data`; of a tool without the envelope its structured content, else its content. @throws AppError as that call failed */
  call(tool: string, input: unknown): Promise<unknown>;
  /** Tells what this call has used so far; see CallContext.spend. Only with `estimate`. */
  spend(used: Spend): void;
  /** Models; each use is a child call under the caller's own rights. */
  readonly models: ModelClient;
}

/** A complete MCP result, for tools that bring their own content instead of data in the envelope. */
export interface ToolResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent?: JsonObject | undefined;
  readonly isError?: boolean | undefined;
  readonly _meta?: JsonObject | undefined;
}

/** A tool. Only name, description, input and handler are required. */
export interface ToolDefinition<Input = unknown> {
  /** 1–64 of [A-Za-z0-9_.-]. */
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** JSON Schema (type object), or any Standard Schema whose library can be turned into one. Absent = no arguments. */
  readonly input?: JsonObject | StandardSchema<Input>;
  /** JSON Schema of `data`. Present or `isEnveloped` = the answer is the envelope {success, data, error, timestamp, correlation_id}. */
  readonly output?: JsonObject;
  /** False: the handler returns a ToolResult itself. Default true. */
  readonly isEnveloped?: boolean;
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly JsonObject[];
  readonly metadata?: ToolMetadata;
  /** Why its work may be done in the gateway's own process, outside of the sandbox; for operators, at most 200 characters. Not needed for the runtime `sandbox`. */
  readonly inProcess?: string;
  readonly task?: ToolTask;
  /** Scopes a caller needs. Default ['tools:execute']. */
  readonly scopes?: readonly string[];
  /** Effects the call asks permission for, from its validated input. */
  readonly permissions?: (input: Input, place: CallPlace) => readonly PermissionRequest[];
  /** What a call uses at most: budgets reserve that much before it runs. The handler tells what it was with `spend`. */
  readonly estimate?: (input: Input) => Spend | undefined;
  /** JSON Pointers of arguments that must reach neither audit nor log. */
  readonly redact?: readonly string[];
  /** The text a model reads; default: the JSON of data. */
  readonly text?: (data: never) => string;
  readonly handler: (input: Input, context: ToolContext) => MaybePromise<unknown>;
}

/** A resource at one URI, or (with `uriTemplate`, RFC 6570 level 1) at many. */
export interface ResourceDefinition {
  readonly uri?: string;
  readonly uriTemplate?: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly icons?: readonly JsonObject[];
  readonly annotations?: JsonObject;
  readonly scopes?: readonly string[];
  /** Effects that a read of the URI asks permission for. */
  readonly permissions?: (uri: string, place: CallPlace) => readonly PermissionRequest[];
  /** Completes a template variable: candidates for the value typed so far. */
  readonly complete?: (argument: string, value: string, known: Readonly<Record<string, string>>) => MaybePromise<readonly string[]>;
  /** MCP ResourceContents objects. `variables` holds what the template matched. */
  readonly read: (uri: string, context: ToolContext, variables: Readonly<Record<string, string>>) => MaybePromise<readonly JsonObject[]>;
}

/** A prompt. */
export interface PromptDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: readonly JsonObject[];
  readonly arguments?: readonly { readonly name: string; readonly title?: string; readonly description?: string; readonly required?: boolean }[];
  readonly scopes?: readonly string[];
  readonly complete?: (argument: string, value: string, known: Readonly<Record<string, string>>) => MaybePromise<readonly string[]>;
  /** MCP GetPromptResult {description?, messages}. */
  readonly get: (input: Readonly<Record<string, string>>, context: ToolContext) => MaybePromise<JsonObject>;
}
