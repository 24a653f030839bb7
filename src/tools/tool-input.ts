/** @module tools/tool-input: the arguments of a tool, from what a client sent to what its handler gets. */
import type { Problem, Validate } from '../contracts/target.ts';
import type { StandardSchema, ToolDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject, type MaybePromise } from '../core/json.ts';
import { copyJson } from './definition-rules.ts';
import type { ToolPorts } from './ports.ts';

/** One tool's way with its arguments. */
export interface ToolInput {
  /** What clients are told. */
  readonly schema: JsonObject;
  readonly validate: Validate;
  /** The defaults that the properties of a JSON Schema name; a Standard Schema fills its own in. */
  readonly defaults: JsonObject | undefined;
  /** What the handler gets for these valid arguments. @throws AppError INPUT_INVALID when only an asynchronous schema could tell */
  read(sent: unknown): MaybePromise<unknown>;
  /** The same, at once. @throws AppError DEFINITION_INVALID when the schema is asynchronous */
  readNow(sent: unknown): unknown;
}

type Outcome = Awaited<ReturnType<StandardSchema['~standard']['validate']>>;

const NO_ARGUMENTS: JsonObject = { type: 'object', additionalProperties: false };
const MAX_PROBLEMS = 10;

/** Without `isTrusted`, the schema is copied and checked. @throws AppError DEFINITION_INVALID */
export function createToolInput({ name, input }: ToolDefinition, ports: ToolPorts, isTrusted: boolean): ToolInput {
  const label = `Tool "${name}": the input schema`;
  if (isStandard(input)) {
    const schema = requireObject(label, copyJson(label, ports.toJsonSchema(input)));
    return new StandardInput(input, schema, ports);
  }
  const schema = input === undefined ? NO_ARGUMENTS : isTrusted ? input : requireObject(label, copyJson(label, input));
  return { schema, validate: lazily(() => ports.compile(schema)), defaults: defaultsOf(schema), read: (sent) => sent, readNow: (sent) => sent };
}

/** Compiles at the first use: registering costs nothing, and most tools are never called. */
export function lazily(compile: () => Validate): Validate {
  let validate: Validate | undefined;
  return (value) => {
    validate ??= compile();
    return validate(value);
  };
}

function isStandard(input: unknown): input is StandardSchema {
  return ((typeof input === 'object' && input !== null) || typeof input === 'function') && '~standard' in input;
}

/** MCP hands over arguments as an object, so nothing else may be asked for. */
function requireObject(label: string, schema: JsonObject): JsonObject {
  if (schema['type'] === 'object') return schema;
  throw new AppError('DEFINITION_INVALID', { message: `${label} must have type "object": arguments are named.` });
}

function defaultsOf({ properties }: JsonObject): JsonObject | undefined {
  if (!isObject(properties)) return undefined;
  const entries = Object.entries(properties).flatMap(([key, schema]) =>
    isObject(schema) && Object.hasOwn(schema, 'default') ? [[key, schema['default']] as const] : [],
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/**
 * The library of the schema decides, and its output (coerced, with defaults) goes to the handler. Each
 * input is looked at once: the pipeline validates, authorizes and runs one and the same object.
 */
class StandardInput implements ToolInput {
  readonly schema: JsonObject;
  readonly defaults = undefined;
  readonly validate: Validate;
  readonly #library: StandardSchema;
  readonly #outcomes = new WeakMap<object, MaybePromise<Outcome>>();

  constructor(library: StandardSchema, schema: JsonObject, ports: ToolPorts) {
    this.#library = library;
    this.schema = schema;
    const validateJson = lazily(() => ports.compile(schema));
    this.validate = (value) => {
      const outcome = this.#judge(value);
      // An asynchronous library cannot be waited for here; its JSON Schema decides now, itself in `read`.
      return outcome instanceof Promise ? validateJson(value) : problemsOf(outcome);
    };
  }

  read(sent: unknown): MaybePromise<unknown> {
    const outcome = this.#judge(sent);
    return outcome instanceof Promise ? outcome.then(outputOf) : outputOf(outcome);
  }

  readNow(sent: unknown): unknown {
    const outcome = this.#judge(sent);
    if (!(outcome instanceof Promise)) return outputOf(outcome);
    throw new AppError('DEFINITION_INVALID', {
      message: 'Permissions cannot be computed: the input schema validates asynchronously.',
      fix: 'Use a synchronous schema, or a JSON Schema.',
    });
  }

  #judge(value: unknown): MaybePromise<Outcome> {
    const isKeyed = typeof value === 'object' && value !== null;
    const known = isKeyed ? this.#outcomes.get(value) : undefined;
    if (known !== undefined) return known;
    const outcome = this.#library['~standard'].validate(value);
    // Somebody asks again before it runs, or nobody does because the call was refused: then a rejection concerns nobody.
    if (outcome instanceof Promise) outcome.catch(() => undefined);
    if (isKeyed) this.#outcomes.set(value, outcome);
    return outcome;
  }
}

function outputOf(outcome: Outcome): unknown {
  const problems = problemsOf(outcome);
  if (!problems) return 'value' in outcome ? outcome.value : undefined;
  throw new AppError('INPUT_INVALID', { message: problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; '), data: { problems } });
}

function problemsOf({ issues }: Outcome): readonly Problem[] | undefined {
  return issues?.slice(0, MAX_PROBLEMS).map(({ message, path = [] }) => ({ path: path.map(toToken).join(''), message }));
}

/** A step of a path is a key, or an object with one. */
function toToken(step: unknown): string {
  const key = isObject(step) ? step['key'] : step;
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
