/** @module models/dialects/anthropic-messages/codec-request-in: a request of a client, in the typed form. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, ToolSpec } from '../conversation.ts';
import { listAt, malformed, noteRest, objectAt, optionalFlag, optionalNumber, optionalText, refused, textAt, textsAt, wordOf } from '../reading.ts';
import { readSystem, readTurns } from './codec-blocks-in.ts';

const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'] satisfies readonly Effort[]);

/** Members that change what is answered, or where, and that no other dialect has. */
const REFUSED: Readonly<Record<string, string>> = {
  container: 'it names files and skills that lie at the provider.',
  mcp_servers: 'it asks the provider to call other servers.',
  inference_geo: 'it says in which region the answer must be made.',
};

/** @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeAnthropicRequest(body: JsonObject, loss: LossReport): ChatRequest {
  const { model: _, messages, system, tools, tool_choice, max_tokens, temperature, top_p, top_k, stop_sequences, stream, ...others } = body;
  const { thinking, output_config, output_format, metadata, ...rest } = others;
  for (const [name, reason] of Object.entries(REFUSED))
    if (rest[name] !== undefined && rest[name] !== null && !isEmpty(rest[name])) throw refused(`/${name}`, reason);
  noteRest(Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(REFUSED, name))), loss);
  const { effort, format, ...otherOutput } = objectAt(output_config ?? {}, '/output_config');
  noteRest(otherOutput, loss, 'output_config.');
  const { user_id: endUser, ...labels } = objectAt(metadata ?? {}, '/metadata');
  noteRest(labels, loss, 'metadata.');
  return {
    system: readSystem(system, loss),
    turns: readTurns(messages, loss),
    tools: listAt(tools, '/tools').map((tool, index) => readTool(tool, `/tools/${index}`, loss)),
    ...readToolChoice(tool_choice, loss),
    maxTokens: optionalNumber(max_tokens, '/max_tokens'),
    temperature: optionalNumber(temperature, '/temperature'),
    topP: optionalNumber(top_p, '/top_p'),
    topK: optionalNumber(top_k, '/top_k'),
    seed: null,
    stop: stop_sequences === null ? [] : textsAt(stop_sequences, '/stop_sequences'),
    // The older name of the same thing.
    output: readOutput(format ?? output_format, format === undefined || format === null ? 'output_format' : 'output_config.format', loss),
    thinking: readThinking(thinking, readEffort(effort), loss),
    endUser: optionalText(endUser, '/metadata/user_id'),
    isStream: stream === true,
  };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function readTool(value: unknown, pointer: string, loss: LossReport): ToolSpec {
  const { type, name, description, input_schema: schema, strict, ...rest } = objectAt(value, pointer);
  if (type !== undefined && type !== null && type !== 'custom') throw refused(`${pointer}/type`, `the tool ${wordOf(type)} is one of the provider's own.`);
  noteRest(rest, loss, 'tools.');
  return {
    name: textAt(name, `${pointer}/name`),
    description: optionalText(description, `${pointer}/description`),
    inputSchema: objectAt(schema, `${pointer}/input_schema`),
    isStrict: optionalFlag(strict, `${pointer}/strict`),
  };
}

function readToolChoice(choice: unknown, loss: LossReport): Pick<ChatRequest, 'toolChoice' | 'isParallelToolUse'> {
  if (choice === undefined || choice === null) return { toolChoice: null, isParallelToolUse: null };
  const { type, name, disable_parallel_tool_use: disabled, ...rest } = objectAt(choice, '/tool_choice');
  noteRest(rest, loss, 'tool_choice.');
  const isDisabled = optionalFlag(disabled, '/tool_choice/disable_parallel_tool_use');
  const isParallelToolUse = isDisabled === null ? null : !isDisabled;
  if (type === 'tool') return { toolChoice: { mode: 'tool', name: textAt(name, '/tool_choice/name') }, isParallelToolUse };
  if (type === 'any') return { toolChoice: { mode: 'required' }, isParallelToolUse };
  if (type !== 'auto' && type !== 'none') throw refused('/tool_choice/type', 'it is neither auto, any, tool nor none.');
  return { toolChoice: { mode: type }, isParallelToolUse };
}

function readOutput(format: unknown, name: string, loss: LossReport): ChatRequest['output'] {
  if (format === undefined || format === null) return { kind: 'text' };
  const pointer = `/${name.replaceAll('.', '/')}`;
  const { type, schema, ...rest } = objectAt(format, pointer);
  if (type !== 'json_schema') throw refused(`${pointer}/type`, 'it is not json_schema.');
  noteRest(rest, loss, `${name}.`);
  return { kind: 'schema', name: 'answer', schema: objectAt(schema, `${pointer}/schema`), isStrict: true };
}

function readEffort(value: unknown): Effort | null {
  const effort = optionalText(value, '/output_config/effort');
  if (effort === null) return null;
  if (!isEffort(effort)) throw malformed('/output_config/effort', `one of ${[...EFFORTS].join(', ')}`);
  return effort;
}

function isEffort(value: string): value is Effort {
  return EFFORTS.has(value);
}

function readThinking(thinking: unknown, effort: Effort | null, loss: LossReport): ChatRequest['thinking'] {
  if (thinking === undefined || thinking === null) return effort === null ? null : { budgetTokens: null, effort };
  const { type, budget_tokens: budget, ...rest } = objectAt(thinking, '/thinking');
  noteRest(rest, loss, 'thinking.');
  if (type === 'enabled') return { budgetTokens: optionalNumber(budget, '/thinking/budget_tokens'), effort };
  if (type === 'adaptive') return { budgetTokens: null, effort };
  if (type === 'disabled') {
    // Elsewhere the effort is of thinking alone.
    if (effort !== null) loss.note('output_config.effort');
    return { budgetTokens: null, effort: 'none' };
  }
  loss.note('thinking.type');
  return { budgetTokens: null, effort };
}
