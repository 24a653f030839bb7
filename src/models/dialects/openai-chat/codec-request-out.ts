/** @module models/dialects/openai-chat/codec-request-out: the typed form as a request to a provider. */
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ChatRequest, LossReport, ToolSpec } from '../conversation.ts';
import { effortOfBudget } from '../thinking.ts';
import { writeMessages } from './codec-messages-out.ts';
import { takesEffort, takesMaxCompletionTokens } from './model-rules.ts';

/** @throws AppError CONVERSION_REFUSED */
export function encodeOpenAiRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject {
  const { maxTokens, temperature, topP, topK, seed, stop, endUser = null, isStream } = request;
  if (topK !== null) loss.note('topK');
  return {
    model,
    messages: writeMessages(request, loss),
    ...writeTools(request, loss),
    ...(maxTokens === null ? {} : { [takesMaxCompletionTokens(model) ? 'max_completion_tokens' : 'max_tokens']: maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(seed === null ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
    ...writeOutput(request.output, loss),
    ...writeEffort(request.thinking, model, loss),
    ...(endUser === null ? {} : { user: endUser }),
    // The client's dialect tells the usage in every stream.
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

function writeTools({ tools, toolChoice, isParallelToolUse }: ChatRequest, loss: LossReport): JsonObject {
  if (tools.length === 0) {
    // The vendor refuses both without tools, where they mean nothing.
    if (toolChoice !== null) loss.note('toolChoice');
    if (isParallelToolUse !== null) loss.note('isParallelToolUse');
    return {};
  }
  return {
    tools: tools.map(writeTool),
    ...(toolChoice === null ? {} : { tool_choice: toolChoice.mode === 'tool' ? { type: 'function', function: { name: toolChoice.name } } : toolChoice.mode }),
    ...(isParallelToolUse === null ? {} : { parallel_tool_calls: isParallelToolUse }),
  };
}

function writeTool({ name, description, inputSchema, isStrict }: ToolSpec): JsonObject {
  return {
    type: 'function',
    function: { name, ...(description === null ? {} : { description }), parameters: inputSchema, ...(isStrict === null ? {} : { strict: isStrict }) },
  };
}

function writeOutput(output: ChatRequest['output'], loss: LossReport): JsonObject {
  if (output.kind !== 'schema') return output.kind === 'text' ? {} : { response_format: { type: 'json_object' } };
  const { name, schema, isStrict } = output;
  // The vendor refuses a strict schema with an optional property; without `strict` it follows the schema as well as it can.
  const strict = isStrict && isClosed(schema);
  if (strict !== isStrict) loss.note('output.isStrict');
  return { response_format: { type: 'json_schema', json_schema: { name, schema, strict } } };
}

/** Whether every object of the schema requires all of its properties and has no others. */
function isClosed(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isClosed);
  if (!isObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (isObject(properties)) {
    const names: readonly unknown[] = Array.isArray(required) ? required : [];
    if (additionalProperties !== false || !Object.keys(properties).every((name) => names.includes(name))) return false;
  }
  return Object.values(schema).every(isClosed);
}

function writeEffort(thinking: ChatRequest['thinking'], model: string, loss: LossReport): JsonObject {
  if (thinking === null) return {};
  const { budgetTokens, effort } = thinking;
  if (!takesEffort(model) || (budgetTokens === null && effort === null)) {
    loss.note('thinking');
    return {};
  }
  if (budgetTokens === null) return { reasoning_effort: effort };
  loss.note('thinking.budgetTokens');
  return { reasoning_effort: effort ?? effortOfBudget(budgetTokens) };
}
