/** @module models/dialects/openai-chat/codec-request-in: a request of a client, in the typed form. */
import type { JsonObject } from '../../../core/json.ts';
import { isObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, ToolSpec } from '../conversation.ts';
import {
  isRawNumber,
  listAt,
  malformed,
  noteRest,
  objectAt,
  optionalFlag,
  optionalNumber,
  optionalText,
  refused,
  textAt,
  textsAt,
  wordOf,
} from '../reading.ts';
import { readMessages } from './codec-messages-in.ts';

const EFFORTS: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] satisfies readonly Effort[]);
const NO_PARAMETERS: JsonObject = Object.freeze({ type: 'object', properties: {} });

/** Members that change what is answered and that no other dialect has. Each says when it asks for nothing. */
const REFUSED: Readonly<Record<string, { readonly reason: string; readonly isIdle: (value: unknown) => boolean }>> = {
  n: { reason: 'it asks for several answers.', isIdle: (value) => value === 1 },
  logprobs: { reason: 'it asks for probabilities of tokens.', isIdle: (value) => value === false },
  top_logprobs: { reason: 'it asks for probabilities of tokens.', isIdle: (value) => value === 0 },
  audio: { reason: 'it asks for speech.', isIdle: () => false },
  modalities: { reason: 'it asks for more than text.', isIdle: (value) => Array.isArray(value) && value.every((item) => item === 'text') },
  functions: { reason: 'functions were replaced by tools.', isIdle: (value) => Array.isArray(value) && value.length === 0 },
  function_call: { reason: 'functions were replaced by tools.', isIdle: () => false },
  web_search_options: { reason: 'it asks the provider to search the web.', isIdle: () => false },
  moderation: { reason: 'it asks the provider to moderate.', isIdle: () => false },
};

/** @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeOpenAiRequest(body: JsonObject, loss: LossReport): ChatRequest {
  const {
    model: _,
    messages,
    tools,
    tool_choice,
    parallel_tool_calls,
    temperature,
    top_p,
    top_k,
    seed,
    stop,
    response_format,
    reasoning_effort,
    stream,
    ...others
  } = body;
  const { max_tokens, max_completion_tokens, stream_options, user, safety_identifier, ...rest } = others;
  noteOthers(rest, loss);
  noteStreamOptions(stream_options, loss);
  const [total, old] = [optionalNumber(max_completion_tokens, '/max_completion_tokens'), optionalNumber(max_tokens, '/max_tokens')];
  if (total !== null && old !== null && total !== old) loss.note('max_tokens');
  const [safety, label] = [optionalText(safety_identifier, '/safety_identifier'), optionalText(user, '/user')];
  if (safety !== null && label !== null && safety !== label) loss.note('user');
  return {
    ...readMessages(messages, loss),
    tools: listAt(tools, '/tools').map((tool, index) => readTool(tool, `/tools/${index}`, loss)),
    toolChoice: readToolChoice(tool_choice),
    isParallelToolUse: optionalFlag(parallel_tool_calls, '/parallel_tool_calls'),
    maxTokens: total ?? old,
    temperature: optionalNumber(temperature, '/temperature'),
    topP: optionalNumber(top_p, '/top_p'),
    // Not of the vendor, but of many servers that speak its dialect.
    topK: optionalNumber(top_k, '/top_k'),
    seed: readSeed(seed, loss),
    stop: stop === null ? [] : textsAt(stop, '/stop'),
    output: readOutput(response_format, loss),
    thinking: readEffort(reasoning_effort),
    endUser: safety ?? label,
    isStream: stream === true,
  };
}

function noteOthers(others: JsonObject, loss: LossReport): void {
  const ruleOf = (name: string): (typeof REFUSED)[string] | undefined => (Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined);
  for (const [name, value] of Object.entries(others)) {
    const rule = ruleOf(name);
    if (rule && value !== null && value !== undefined && !rule.isIdle(value)) throw refused(`/${name}`, rule.reason);
  }
  // Made of entries: a member __proto__ stays one.
  noteRest(Object.fromEntries(Object.entries(others).filter(([name]) => !ruleOf(name))), loss);
}

/** The usage is told whenever it is asked for; the rest only shapes the wire. */
function noteStreamOptions(options: unknown, loss: LossReport): void {
  if (options === undefined || options === null) return;
  const { include_usage: _, ...rest } = objectAt(options, '/stream_options');
  noteRest(rest, loss, 'stream_options.');
}

function readTool(value: unknown, pointer: string, loss: LossReport): ToolSpec {
  const { type, function: declared, ...others } = objectAt(value, pointer);
  if (type !== 'function') throw refused(`${pointer}/type`, `a tool of type ${wordOf(type)} exists in openai-chat alone.`);
  const { name, description, parameters, strict, ...rest } = objectAt(declared, `${pointer}/function`);
  noteRest(others, loss, 'tools.');
  noteRest(rest, loss, 'tools.function.');
  return {
    name: textAt(name, `${pointer}/function/name`),
    description: optionalText(description, `${pointer}/function/description`),
    inputSchema: parameters === undefined || parameters === null ? NO_PARAMETERS : objectAt(parameters, `${pointer}/function/parameters`),
    isStrict: optionalFlag(strict, `${pointer}/function/strict`),
  };
}

function readToolChoice(choice: unknown): ChatRequest['toolChoice'] {
  if (choice === undefined || choice === null) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  const { type, function: named } = objectAt(choice, '/tool_choice');
  if (type !== 'function') throw refused('/tool_choice', 'it is neither auto, none, required nor one function.');
  return { mode: 'tool', name: textAt(objectAt(named, '/tool_choice/function')['name'], '/tool_choice/function/name') };
}

function readOutput(format: unknown, loss: LossReport): ChatRequest['output'] {
  if (format === undefined || format === null) return { kind: 'text' };
  const { type, json_schema: declared, ...others } = objectAt(format, '/response_format');
  noteRest(others, loss, 'response_format.');
  if (type === 'text') return { kind: 'text' };
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') throw refused('/response_format/type', 'it is neither text, json_object nor json_schema.');
  const { name, schema, strict, ...rest } = objectAt(declared, '/response_format/json_schema');
  noteRest(rest, loss, 'response_format.json_schema.');
  if (!isObject(schema)) throw malformed('/response_format/json_schema/schema', 'a JSON schema');
  return {
    kind: 'schema',
    name: textAt(name, '/response_format/json_schema/name'),
    schema,
    isStrict: optionalFlag(strict, '/response_format/json_schema/strict') ?? false,
  };
}

/** The nearest seed is another seed. */
function readSeed(seed: unknown, loss: LossReport): number | null {
  if (!isRawNumber(seed)) return optionalNumber(seed, '/seed');
  loss.note('seed');
  return null;
}

function readEffort(value: unknown): ChatRequest['thinking'] {
  const effort = optionalText(value, '/reasoning_effort');
  if (effort === null) return null;
  if (!isEffort(effort)) throw malformed('/reasoning_effort', `one of ${[...EFFORTS].join(', ')}`);
  return { budgetTokens: null, effort };
}

function isEffort(value: string): value is Effort {
  return EFFORTS.has(value);
}
