/** @module tools/code/code-fields: what the tools that run code have in common: schemas, the run itself, the wire form of its outcome. */
import type { Sandbox, SandboxAnswer, SandboxFile, SandboxLevel, SandboxLimit, SandboxProgram } from '../../contracts/sandbox.ts';
import type { Spend } from '../../contracts/spend.ts';
import type { ToolContext, ToolDefinition } from '../../contracts/tool.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** What the tools reach. */
export interface CodePorts {
  /** Loaded when a tool first needs it. */
  readonly sandbox: () => Promise<Sandbox>;
  /** The longest that a run may take, whatever the call asks for. */
  readonly timeoutSeconds: () => number;
  /** Allow-list of run_command: patterns for the program and each of its arguments. */
  readonly commands: () => readonly (readonly string[])[];
  /** Records that limits were hit. A rejection fails the call. */
  readonly recordViolation: (context: ToolContext, tool: string, limits: readonly SandboxLimit[], level: SandboxLevel) => Promise<void>;
}

/** A file as callers send it. */
interface InputFile {
  readonly path: string;
  readonly content: string;
  readonly encoding?: 'utf-8' | 'base64';
}

/** What every call of these tools may say. */
export interface RunInput {
  readonly timeout_seconds?: number;
  readonly files?: readonly InputFile[];
}

/** Seconds of a run beyond its timeout, before the tool itself is given up: ending it takes two, waiting for a turn some more. */
const TOOL_TIMEOUT_SECONDS = 900;

/** How long. */
const TIMEOUT: JsonObject = {
  type: 'number',
  exclusiveMinimum: 0,
  maximum: 600,
  description: 'Default and most: sandbox.timeoutSeconds.',
};

/** Code. */
export const CODE: JsonObject = { type: 'string', minLength: 1, maxLength: 1_000_000 };

/** Files that go in. */
const FILES: JsonObject = {
  type: 'array',
  maxItems: 100,
  description: 'Written into the scratch folder (/work) first.',
  items: {
    type: 'object',
    properties: {
      path: { type: 'string', minLength: 1, maxLength: 1024, description: 'Relative to /work.' },
      content: { type: 'string' },
      encoding: { enum: ['utf-8', 'base64'], default: 'utf-8' },
    },
    required: ['path', 'content'],
    additionalProperties: false,
  },
};

/** Shape of an outcome. */
const OUTCOME: JsonObject = {
  type: 'object',
  properties: {
    stdout: { type: 'string' },
    stderr: { type: 'string' },
    result: { description: 'Python: value of the last expression; null where there is none.' },
    exit_code: { type: ['integer', 'null'], description: 'Null = it was ended by the sandbox.' },
    files_written: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, size: { type: 'integer' } }, required: ['path', 'size'] },
    },
    limits_hit: { type: 'array', items: { enum: ['time', 'memory', 'processes', 'disk', 'output'] } },
    level: { enum: ['native', 'wasm'] },
    duration_ms: { type: 'integer' },
  },
  required: ['stdout', 'stderr', 'result', 'exit_code', 'files_written', 'limits_hit', 'level', 'duration_ms'],
};

/** Properties of the input, for `RunInput`. */
export const RUN_PROPERTIES: JsonObject = { timeout_seconds: TIMEOUT, files: FILES };

/** An outcome as it is sent. */
export interface WireOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly result: unknown;
  readonly exit_code: number | null;
  readonly files_written: SandboxAnswer['filesWritten'];
  readonly limits_hit: readonly SandboxLimit[];
  readonly level: SandboxLevel;
  readonly duration_ms: number;
}

/** Parts of a definition that do not depend on what is run. */
interface RunTraits extends Pick<ToolDefinition, 'output' | 'annotations' | 'metadata' | 'scopes'> {
  readonly estimate: (input: RunInput) => Spend;
  readonly text: (outcome: WireOutcome) => string;
}

/** What the definitions have in common. */
export function runTraits(ports: CodePorts): RunTraits {
  return {
    output: OUTCOME,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    metadata: { runtime: 'sandbox', category: 'code', cpuIntensive: true, timeoutSeconds: TOOL_TIMEOUT_SECONDS },
    scopes: ['tools:execute'],
    estimate: (input) => spendOf(timeoutOf(ports, input)),
    text: describe,
  };
}

/** Milliseconds between two messages of progress; what comes meanwhile is in the next. */
const PROGRESS_MS = 200;
const PROGRESS_CHARACTERS = 2000;

/** Runs it in the caller's own scratch folder; output goes out as progress while it comes. */
export async function runProgram(ports: CodePorts, tool: string, program: SandboxProgram, input: RunInput, context: ToolContext): Promise<WireOutcome> {
  const sandbox = await ports.sandbox();
  const progress = createProgress(context);
  const answer = await sandbox.run({
    program,
    owner: context.principal.id,
    timeoutMs: timeoutOf(ports, input) * 1000,
    files: (input.files ?? []).map(toFile),
    signal: context.signal,
    onOutput: (_stream, text) => progress(text),
    // Told first for a run that is cancelled: what cannot be measured any more counts whole.
    onStart: () => context.spend(spendOf(timeoutOf(ports, input))),
    onViolation: (limits, level) => ports.recordViolation(context, tool, limits, level),
  });
  context.spend(spendOf(answer.durationMs / 1000));
  return toWire(answer);
}

/** A run as budgets count it. */
function spendOf(sandboxSeconds: number): Spend {
  return { costMicroUsd: 0, inputTokens: 0, outputTokens: 0, isEstimated: false, sandboxSeconds };
}

/** Seconds that the run may take: what the call asks for, below what the operator allows. */
export function timeoutOf(ports: CodePorts, { timeout_seconds: asked }: RunInput): number {
  return Math.min(asked ?? Infinity, ports.timeoutSeconds());
}

/** What a model reads. */
function describe({ stdout, stderr, result, exit_code: code, files_written: files, limits_hit: limits }: WireOutcome): string {
  return [
    stdout,
    stderr === '' ? '' : `[stderr]\n${stderr}`,
    result === null ? '' : `[result] ${JSON.stringify(result)}`,
    limits.length === 0 ? '' : `[ended by or met these limits: ${limits.join(', ')}]`,
    files.length === 0 ? '' : `[files written: ${files.map(({ path, size }) => `${path} (${size})`).join(', ')}]`,
    code === 0 ? '' : `[exit code ${code ?? 'none: it was ended'}]`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function toWire({ stdout, stderr, result, exitCode, filesWritten, limitsHit, level, durationMs }: SandboxAnswer): WireOutcome {
  return { stdout, stderr, result: parse(result), exit_code: exitCode, files_written: filesWritten, limits_hit: limitsHit, level, duration_ms: durationMs };
}

/** The code could write there what it liked: what is no JSON stays text. */
function parse(result: string | null): unknown {
  if (result === null) return null;
  try {
    const value: unknown = JSON.parse(result);
    return value;
  } catch {
    return result;
  }
}

function toFile({ path, content, encoding }: InputFile): SandboxFile {
  if (encoding !== 'base64') return { path, bytes: Buffer.from(content) };
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(content)) {
    throw new AppError('ENCODING_INVALID', {
      message: 'The content of a file is not valid base64.',
      fix: 'Send standard base64 with padding and without white space.',
    });
  }
  return { path, bytes: Buffer.from(content, 'base64') };
}

/** Tells the newest output, at most five times a second; a client that does not take it holds up nothing. */
function createProgress(context: ToolContext): (text: string) => void {
  let [told, waiting] = [0, ''];
  let isTelling = false;
  let lastAt = 0;
  return (text) => {
    told += text.length;
    waiting = `${waiting}${text}`.slice(-PROGRESS_CHARACTERS);
    const now = performance.now();
    if (isTelling || now - lastAt < PROGRESS_MS) return;
    [isTelling, lastAt] = [true, now];
    const message = waiting;
    waiting = '';
    void context
      .progress(told, undefined, message)
      .catch(() => undefined)
      .finally(() => {
        isTelling = false;
      });
  };
}
