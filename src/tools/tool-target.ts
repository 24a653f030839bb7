/** @module tools/tool-target: from an author's definition to what a call reaches and a client lists. */
import type { CallContext, Terminal } from '../contracts/call.ts';
import type { Listed } from '../contracts/catalog.ts';
import type { Access, Target, TargetTraits, Validate } from '../contracts/target.ts';
import { TASKS_EXTENSION } from '../contracts/mcp.ts';
import type { ToolDefinition, ToolResult, ToolTask } from '../contracts/tool.ts';
import { rfc3339 } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { deepFreeze, isObject, type JsonObject, type MaybePromise } from '../core/json.ts';
import { checkTool, copyJson } from './definition-rules.ts';
import { envelopeSchema, successEnvelope } from './envelope.ts';
import { completeMetadata, METADATA_KEY, type EffectiveMetadata } from './metadata.ts';
import { toPlainJson } from './plain-json.ts';
import type { ToolPorts } from './ports.ts';
import { RunningToolContext } from './tool-context.ts';
import { createToolInput, lazily, type ToolInput } from './tool-input.ts';

type Result = Extract<Terminal, { type: 'result' }>;

/** Scopes of a tool whose author named none. */
const DEFAULT_SCOPES = ['tools:execute'];

/** A tool in the catalogue. */
export interface ListedTool extends Listed {
  readonly source: ToolDefinition;
  readonly metadata: EffectiveMetadata;
}

/**
 * Checks the definition and makes a target of it. `isTrusted` takes it as it is, neither copied nor
 * checked, and leaves the compilation of its schemas to the first call: for tools whose tests prove
 * them right.
 *
 * @throws AppError DEFINITION_INVALID
 */
export function createToolTarget(definition: ToolDefinition, ports: ToolPorts, isTrusted: boolean): ListedTool {
  if (!isTrusted) checkTool(definition);
  const metadata = completeMetadata(definition.metadata);
  const input = createToolInput(definition, ports, isTrusted);
  const output = isTrusted ? definition.output : definition.output && copyJson(`Tool "${definition.name}": the output schema`, definition.output);
  if (!isTrusted) compileEagerly(definition, input, output, ports);
  const target = new ToolTarget(definition, metadata, input, output, ports);
  let listed: JsonObject | undefined;
  return {
    target,
    metadata,
    source: definition,
    get definition() {
      listed ??= deepFreeze(describeTool(definition, metadata, input.schema, output));
      return listed;
    },
  };
}

/** A schema that cannot work is told to its author now, not to a caller later. */
function compileEagerly({ name, isEnveloped }: ToolDefinition, input: ToolInput, output: JsonObject | undefined, ports: ToolPorts): void {
  ports.compile(input.schema);
  if (!output) return;
  if (isEnveloped === false && output['type'] !== 'object') {
    throw new AppError('DEFINITION_INVALID', { message: `Tool "${name}": the output schema must have type "object" where the tool brings its own result.` });
  }
  ports.compile(output);
}

class ToolTarget implements Target {
  readonly kind = 'tool';
  readonly name: string;
  readonly access: Access;
  readonly traits: TargetTraits;
  readonly validateInput: Validate;
  readonly validateOutput: Validate | undefined;
  readonly defaults: JsonObject | undefined;
  readonly redact: readonly string[] | undefined;
  readonly isEnveloped: boolean;
  readonly estimate: Target['estimate'];
  readonly #definition: ToolDefinition;
  readonly #input: ToolInput;
  readonly #ports: ToolPorts;

  constructor(definition: ToolDefinition, { priority }: EffectiveMetadata, input: ToolInput, output: JsonObject | undefined, ports: ToolPorts) {
    const { permissions, scopes = DEFAULT_SCOPES, isEnveloped = true } = definition;
    const { timeoutSeconds } = definition.metadata ?? {};
    this.name = definition.name;
    this.access = {
      scopes: Object.freeze([...scopes]),
      permissions: permissions && ((sent, place) => permissions.call(definition, input.readNow(sent), place)),
    };
    this.traits = {
      isReadOnly: definition.annotations?.readOnlyHint === true,
      timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
      taskTimeoutMs: definition.task?.timeoutSeconds === undefined ? undefined : definition.task.timeoutSeconds * 1000,
      canBeTask: definition.task?.begins === 'never' ? false : undefined,
      takesSlot: true,
      priority,
    };
    this.validateInput = input.validate;
    this.validateOutput =
      output &&
      outputCheck(
        lazily(() => ports.compile(output)),
        isEnveloped,
      );
    this.defaults = input.defaults;
    this.redact = definition.redact;
    this.isEnveloped = isEnveloped;
    this.estimate = definition.estimate && ((sent) => definition.estimate?.(input.readNow(sent)));
    this.#definition = definition;
    this.#input = input;
    this.#ports = ports;
  }

  run(sent: unknown, call: CallContext): MaybePromise<Result> {
    const { task } = this.#definition;
    if (task) return enterTask(task, call).then(async () => this.#handle(await this.#input.read(sent), call));
    const input = this.#input.read(sent);
    return input instanceof Promise ? input.then((value) => this.#handle(value, call)) : this.#handle(input, call);
  }

  #handle(input: unknown, call: CallContext): MaybePromise<Result> {
    const outcome = this.#definition.handler(input, new RunningToolContext(call, this.#ports));
    return isThenable(outcome) ? Promise.resolve(outcome).then((value) => this.#conclude(value, call)) : this.#conclude(outcome, call);
  }

  #conclude(outcome: unknown, call: CallContext): Result {
    const { maxResultBytes, clock } = this.#ports;
    const { value, bytes } = toPlainJson(outcome, maxResultBytes);
    if (!this.isEnveloped) return { type: 'result', value: requireToolResult(value) };
    const text = this.#textOf(value);
    if (bytes + text.length > maxResultBytes) throw new AppError('RESPONSE_TOO_LARGE');
    const structuredContent = successEnvelope(value, rfc3339(clock.now()), call.trace.correlationId);
    const result: ToolResult = { content: [{ type: 'text', text }], structuredContent };
    return { type: 'result', value: result };
  }

  #textOf(data: unknown): string {
    const { text } = this.#definition;
    if (!text) return JSON.stringify(data);
    // The author's function takes what the author's handler returned; `never` stands for that.
    const written: unknown = text.call(this.#definition, data as never);
    if (typeof written === 'string') return written;
    throw new AppError('OUTPUT_INVALID', { message: 'The tool described its result by something that is not a text.' });
  }
}

/** @throws AppError CLIENT_CAPABILITY_MISSING where the tool serves only clients that can follow a task; OVERLOADED when none fits */
async function enterTask({ begins, isRequired = false }: ToolTask, call: CallContext): Promise<void> {
  // The steps of another call wait for each other as ever.
  if (call.parentId !== undefined) return;
  if (isRequired && !call.task) {
    throw new AppError('CLIENT_CAPABILITY_MISSING', {
      message: 'This tool serves only clients that can follow a task.',
      data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
    });
  }
  if (begins !== 'at-once' || (await call.task?.begin()) === true || !isRequired) return;
  throw new AppError('OVERLOADED', { message: 'No more tasks fit.', fix: 'Wait until earlier tasks are forgotten, or raise tasks.maxPerPrincipal.' });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || (isObject(value) && typeof value['then'] === 'function');
}

/** Checks `data` in the envelope; without one, the structured content of a result that is no failure. */
function outputCheck(validate: Validate, isEnveloped: boolean): Validate {
  return (value) => {
    const { structuredContent, isError } = value as ToolResult;
    if (isError === true) return undefined;
    return validate(isEnveloped ? structuredContent?.['data'] : structuredContent);
  };
}

/** @throws AppError OUTPUT_INVALID unless it is a list of content objects, with the optional members of their kinds */
function requireToolResult(value: unknown): ToolResult {
  const refuse = (problem: string): never => {
    throw new AppError('OUTPUT_INVALID', { message: `The tool answered something that is not a tool result: ${problem}.` });
  };
  if (!isObject(value)) return refuse('it must be an object with content');
  const { content, structuredContent, isError, _meta } = value;
  if (!Array.isArray(content)) return refuse('content must be a list');
  if (!content.every((item) => isObject(item) && typeof item['type'] === 'string')) return refuse('every entry of content must be an object with a type');
  if (structuredContent !== undefined && !isObject(structuredContent)) return refuse('structuredContent must be an object');
  if (isError !== undefined && typeof isError !== 'boolean') return refuse('isError must be true or false');
  if (_meta !== undefined && !isObject(_meta)) return refuse('_meta must be an object');
  return value as unknown as ToolResult;
}

function describeTool(definition: ToolDefinition, metadata: EffectiveMetadata, inputSchema: JsonObject, output: JsonObject | undefined): JsonObject {
  const { name, title, description, annotations, icons, isEnveloped = true } = definition;
  const outputSchema = isEnveloped ? envelopeSchema(output) : output;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    description,
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations: copyJson(name, { ...annotations }) }),
    ...(icons === undefined ? {} : { icons: icons.map((icon) => copyJson(name, icon)) }),
    _meta: { [METADATA_KEY]: metadata },
  };
}
