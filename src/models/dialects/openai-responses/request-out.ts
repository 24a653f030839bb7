/** @module models/dialects/openai-responses/request-out: the typed form as a request to a provider of responses. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, Part, Turn } from '../conversation.ts';
import { urlOfMedia } from '../media.ts';
import { refused } from '../reading.ts';
import { effortOfBudget } from '../thinking.ts';
import { ownReasoning } from './reasoning.ts';

/** Nothing is kept at the vendor; what the model thought comes back encrypted instead. @throws AppError CONVERSION_REFUSED */
export function encodeResponsesRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject {
  const { system, turns, tools, toolChoice, isParallelToolUse, maxTokens, temperature, topP, topK, seed, stop, endUser } = request;
  if (stop.length > 0) throw refused('stop', 'responses have no stop sequences.');
  if (topK !== null) loss.note('topK');
  if (seed !== null) loss.note('seed');
  const reasoning = encodeThinking(request, loss);
  return {
    model,
    ...(system.length > 0 ? { instructions: system.join('\n\n') } : {}),
    input: turns.flatMap((turn) => encodeTurn(turn, loss)),
    ...(tools.length > 0
      ? {
          tools: tools.map(({ name, description, inputSchema, isStrict }) => ({
            type: 'function',
            name,
            ...(description === null ? {} : { description }),
            parameters: inputSchema,
            // The vendor's default is strict, which refuses most schemas.
            strict: isStrict ?? false,
          })),
        }
      : {}),
    ...(toolChoice === null ? {} : { tool_choice: toolChoice.mode === 'tool' ? { type: 'function', name: toolChoice.name } : toolChoice.mode }),
    ...(isParallelToolUse === null ? {} : { parallel_tool_calls: isParallelToolUse }),
    ...(maxTokens === null ? {} : { max_output_tokens: maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...encodeOutput(request.output),
    ...(reasoning === null ? {} : { reasoning, ...(reasoning['effort'] === 'none' ? {} : { include: ['reasoning.encrypted_content'] }) }),
    ...(endUser === null || endUser === undefined ? {} : { safety_identifier: endUser }),
    store: false,
    stream: request.isStream,
  };
}

function encodeOutput(output: ChatRequest['output']): JsonObject {
  if (output.kind !== 'schema') return output.kind === 'text' ? {} : { text: { format: { type: 'json_object' } } };
  return { text: { format: { type: 'json_schema', name: output.name, schema: output.schema, strict: output.isStrict } } };
}

function encodeThinking({ thinking }: ChatRequest, loss: LossReport): JsonObject | null {
  if (thinking === null) return null;
  const { effort, budgetTokens } = thinking;
  if (budgetTokens !== null) loss.note('thinking.budgetTokens');
  const told = effort ?? (budgetTokens === null ? null : effortOfBudget(budgetTokens));
  return { ...(told === null ? {} : { effort: knownEffort(told) }), ...(told === 'none' ? {} : { summary: 'auto' }) };
}

/** The vendor's highest is another word for the same. */
function knownEffort(effort: Effort): Effort {
  return effort === 'max' ? 'xhigh' : effort;
}

/** Parts that are items of their own stand between messages, in their order. */
function encodeTurn({ role, parts }: Turn, loss: LossReport): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] = [];
  const flush = (): void => {
    if (content.length > 0) items.push({ type: 'message', role, content });
    content = [];
  };
  for (const part of parts) {
    const item = encodeItem(part, loss);
    if (item === undefined) {
      content.push(encodePart(part, role));
      continue;
    }
    flush();
    if (item !== null) items.push(item);
  }
  flush();
  return items;
}

/** Undefined = a part of a message; null = not carried. */
function encodeItem(part: Part, loss: LossReport): JsonObject | null | undefined {
  switch (part.type) {
    case 'tool_call':
      return { type: 'function_call', call_id: part.id, name: part.name, arguments: part.input === '' ? '{}' : part.input };
    case 'tool_result':
      if (part.isError) loss.note('turns.tool_result.isError');
      return { type: 'function_call_output', call_id: part.callId, output: encodeOutputParts(part.parts) };
    case 'thinking': {
      const item = ownReasoning(part);
      if (!item) loss.note('turns.thinking');
      return item ?? null;
    }
    case 'redacted_thinking':
      loss.note('turns.redacted_thinking');
      return null;
    default:
      return undefined;
  }
}

function encodeOutputParts(parts: readonly Part[]): string | readonly JsonObject[] {
  if (parts.every((part) => part.type === 'text')) return parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  return parts.map((part) => encodePart(part, 'user'));
}

function encodePart(part: Part, role: Turn['role']): JsonObject {
  switch (part.type) {
    case 'text':
      return role === 'assistant' ? { type: 'output_text', text: part.text, annotations: [] } : { type: 'input_text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'image':
      if (role === 'assistant') throw refused('turns.image', 'responses take images of the user only.');
      return { type: 'input_image', image_url: urlOfMedia(part.source), detail: 'auto' };
    case 'document':
      return part.source.kind === 'url'
        ? { type: 'input_file', file_url: part.source.url }
        : { type: 'input_file', file_data: urlOfMedia(part.source), filename: part.name ?? 'document.pdf' };
    default:
      throw refused(`turns.${part.type}`, 'it cannot stand inside another part.');
  }
}
