/** @module models/dialects/anthropic-messages/codec-request-out: the typed form as a request to a provider. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport, ToolSpec } from '../conversation.ts';
import { refused } from '../reading.ts';
import { writeTurns } from './codec-blocks-out.ts';
import { rulesOf } from './model-rules.ts';
import { writeThinking } from './codec-thinking.ts';

/** The dialect wants a limit where others have none. */
const DEFAULT_MAX_TOKENS = 4096;
const COUNTED: ReadonlySet<string> = new Set(['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config']);

/** @throws AppError CONVERSION_REFUSED */
export function encodeAnthropicRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject {
  const { system, seed, stop, endUser = null, isStream, output } = request;
  if (seed !== null) loss.note('seed');
  if (output.kind === 'json') throw refused('output', 'the dialect has JSON with a schema only; send a json_schema.');
  const thinking = writeThinking(request, model, loss);
  const texts = system.filter((text) => text !== '');
  const format = output.kind === 'schema' ? { format: { type: 'json_schema', schema: output.schema } } : {};
  // Every schema is strict here.
  if (output.kind === 'schema' && !output.isStrict) loss.note('output.isStrict');
  const outputConfig = { ...thinking.effort, ...format };
  return {
    model,
    max_tokens: thinking.maxTokens ?? request.maxTokens ?? DEFAULT_MAX_TOKENS,
    ...(texts.length === 0 ? {} : { system: texts.length === 1 ? texts[0] : texts.map((text) => ({ type: 'text', text })) }),
    messages: writeTurns(request, model, loss),
    ...writeTools(request, loss),
    ...thinking.member,
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...writeSampling(request, model, thinking.isThinking, loss),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    ...(endUser === null ? {} : { metadata: { user_id: endUser } }),
    ...(isStream ? { stream: true } : {}),
  };
}

/** Counts of tokens take what makes up the input, and nothing else. */
export function encodeAnthropicCount(request: ChatRequest, model: string, loss: LossReport): JsonObject {
  const body = encodeAnthropicRequest(request, model, loss);
  return Object.fromEntries(Object.entries(body).filter(([name]) => COUNTED.has(name)));
}

function writeTools({ tools, toolChoice, isParallelToolUse }: ChatRequest, loss: LossReport): JsonObject {
  if (tools.length === 0) {
    if (toolChoice !== null) loss.note('toolChoice');
    if (isParallelToolUse !== null) loss.note('isParallelToolUse');
    return {};
  }
  // `none` calls no tool at all, so none in parallel.
  const mode = toolChoice?.mode ?? (isParallelToolUse === null ? null : 'auto');
  if (mode === 'none' && isParallelToolUse !== null) loss.note('isParallelToolUse');
  const parallel = isParallelToolUse === null || mode === 'none' ? {} : { disable_parallel_tool_use: !isParallelToolUse };
  const name = toolChoice?.mode === 'tool' ? { name: toolChoice.name } : {};
  return {
    tools: tools.map(writeTool),
    ...(mode === null ? {} : { tool_choice: { type: mode === 'required' ? 'any' : mode, ...name, ...parallel } }),
  };
}

function writeTool({ name, description, inputSchema, isStrict }: ToolSpec): JsonObject {
  return { name, ...(description === null ? {} : { description }), input_schema: inputSchema, ...(isStrict === null ? {} : { strict: isStrict }) };
}

/** What the model would refuse is left out and reported: it tunes, and changes nothing that was said. */
function writeSampling({ temperature, topP, topK }: ChatRequest, model: string, isThinking: boolean, loss: LossReport): JsonObject {
  const { takesSampling, takesBothSamplings } = rulesOf(model);
  const drops = {
    temperature: temperature !== null && (!takesSampling || (isThinking && temperature !== 1)),
    topP: topP !== null && (!takesSampling || (temperature !== null && !takesBothSamplings) || (isThinking && topP < 0.95)),
    topK: topK !== null && (!takesSampling || isThinking),
  };
  for (const [member, isDropped] of Object.entries(drops)) if (isDropped) loss.note(member);
  // The scale ends at 1 here, at 2 elsewhere.
  if (!drops.temperature && temperature !== null && temperature > 1) loss.note('temperature');
  return {
    ...(temperature === null || drops.temperature ? {} : { temperature: Math.min(1, temperature) }),
    ...(topP === null || drops.topP ? {} : { top_p: topP }),
    ...(topK === null || drops.topK ? {} : { top_k: topK }),
  };
}
