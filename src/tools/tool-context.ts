/** @module tools/tool-context: what a handler is given besides its input. */
import { InputRequired } from '../contracts/ask.ts';
import type { CallContext, LogLevel } from '../contracts/call.ts';
import type { ModelClient } from '../contracts/model-client.ts';
import type { Principal } from '../contracts/principal.ts';
import type { CallPlace } from '../contracts/target.ts';
import type { ToolContext } from '../contracts/tool.ts';
import { AppError, describeError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { toPlainJson } from './plain-json.ts';
import type { ToolPorts } from './ports.ts';

const MAX_LOG_BYTES = 256 * 1024;

/** A call as its author's code sees it. Nothing is made before it is asked for. */
export class RunningToolContext implements ToolContext {
  readonly #call: CallContext;
  readonly #ports: ToolPorts;
  #lastProgress = -Infinity;

  constructor(call: CallContext, ports: ToolPorts) {
    this.#call = call;
    this.#ports = ports;
  }

  get signal(): AbortSignal {
    return this.#call.scope.signal;
  }

  get principal(): Principal {
    return this.#call.principal;
  }

  get correlationId(): string {
    return this.#call.trace.correlationId;
  }

  get callId(): string {
    return this.#call.callId;
  }

  /** A copy: the admission also holds the credential. */
  get place(): CallPlace {
    return { workspaceRoot: this.#call.admission.workspaceRoot };
  }

  // Functions rather than methods: authors take them apart, `handler(input, { progress, log })`.

  get progress(): ToolContext['progress'] {
    return (progress, total, message) => this.#progress(progress, total, message);
  }

  get log(): ToolContext['log'] {
    return (level, data, logger) => this.#log(level, data, logger);
  }

  get elicit(): ToolContext['elicit'] {
    return (key, message, requestedSchema) => this.#elicit(key, message, requestedSchema);
  }

  get ask(): ToolContext['ask'] {
    return (requests) => this.#call.ask(requests);
  }

  get beginTask(): ToolContext['beginTask'] {
    return async () => (await this.#call.task?.begin()) === true;
  }

  get spend(): ToolContext['spend'] {
    return (used) => this.#call.spend(used);
  }

  get models(): ModelClient {
    return this.#ports.modelsOf(this.#call);
  }

  get call(): ToolContext['call'] {
    return (tool, input) => this.#callTool(tool, input);
  }

  async #progress(progress: number, total: number | undefined, message: string | undefined): Promise<void> {
    this.#call.scope.throwIfCancelled();
    // MCP wants every value to be greater than the one before.
    if (!Number.isFinite(progress) || progress <= this.#lastProgress) return;
    this.#lastProgress = progress;
    await this.#call.emit({ type: 'progress', progress, total: Number.isFinite(total) ? total : undefined, message });
  }

  /** A log line must not decide about the call, so whatever is wrong with it or with the client ends here. */
  #log(level: LogLevel, data: unknown, logger: string | undefined): void {
    try {
      const sent = this.#call.emit({ type: 'log', level, logger, data: toLogData(data) });
      if (sent instanceof Promise) sent.catch(() => undefined);
    } catch {
      // The door is gone, or the call was switched off: its scope says so.
    }
  }

  async #elicit(key: string, message: string, requestedSchema: JsonObject): ReturnType<ToolContext['elicit']> {
    const answers = await this.#call.ask({ [key]: { method: 'elicitation/create', params: { message, requestedSchema } } });
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
    const action = answer?.['action'];
    const content = answer?.['content'];
    if (action === 'decline' || action === 'cancel') return { action };
    if (action !== 'accept' || !isObject(content)) {
      throw new AppError('TOOL_FAILED', {
        message: `The client answered the question "${key.slice(0, 60)}" with something that is no answer.`,
        fix: 'Use a client that supports form elicitation.',
      });
    }
    const problems = this.#ports.compile(requestedSchema)(content);
    if (problems) {
      throw new AppError('TOOL_FAILED', {
        message: `The answer to "${key.slice(0, 60)}" is not of the form asked for: ${problems.map((problem) => `${problem.path} ${problem.message}`.trim()).join('; ')}.`,
        fix: 'Answer every field of the form as it describes.',
      });
    }
    return { action, content };
  }

  async #callTool(tool: string, input: unknown): Promise<unknown> {
    const { terminal, target } = await this.#call.call({ target: { kind: 'tool', name: tool }, input });
    if (terminal.type === 'error') throw terminal.error;
    // The question is the client's to answer, as if this tool had asked it.
    if (terminal.type === 'input_required') throw new InputRequired(terminal.requests);
    return readResult(tool, terminal.value, target?.isEnveloped === true);
  }
}

function toLogData(data: unknown): unknown {
  try {
    return toPlainJson(data, MAX_LOG_BYTES).value;
  } catch (error) {
    return `(not shown: ${describeError(error)})`;
  }
}

/** `data` of an envelope, else the structured content, else the content. @throws AppError TOOL_FAILED for a result with isError */
function readResult(tool: string, value: unknown, isEnveloped: boolean): unknown {
  if (!isObject(value)) return value;
  const { isError, content, structuredContent } = value;
  if (isError === true) {
    const [first]: readonly unknown[] = Array.isArray(content) ? content : [];
    const text = isObject(first) && typeof first['text'] === 'string' ? first['text'] : 'no reason given';
    throw new AppError('TOOL_FAILED', { message: `${tool.slice(0, 64)} failed: ${text.slice(0, 2000)}` });
  }
  if (isEnveloped && isObject(structuredContent)) return structuredContent['data'];
  return structuredContent ?? content;
}
