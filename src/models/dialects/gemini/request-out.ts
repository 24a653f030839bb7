/** @module models/dialects/gemini/request-out: the typed form as a request to a provider of generateContent. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, ToolSpec } from '../conversation.ts';
import { budgetOfEffort } from '../thinking.ts';
import { encodeContents } from './contents-out.ts';

/** Models that count thoughts; later ones know levels, and want proofs of the calls they made. */
const COUNTING = /gemini-(?:1|2)[.-]/;

/** The model stands in the URL, which is the provider's. @throws AppError CONVERSION_REFUSED */
export function encodeGeminiRequest(request: ChatRequest, model: string, loss: LossReport): JsonObject {
  const { system, turns, tools, toolChoice, isParallelToolUse, endUser } = request;
  const isCounting = COUNTING.test(model);
  if (isParallelToolUse === false) loss.note('isParallelToolUse');
  if (endUser !== null && endUser !== undefined) loss.note('endUser');
  if (tools.some(({ isStrict }) => isStrict === true)) loss.note('tools.isStrict');
  const generationConfig = encodeConfig(request, isCounting, loss);
  return {
    ...(system.length > 0 ? { systemInstruction: { parts: system.map((text) => ({ text })) } } : {}),
    contents: encodeContents(turns, !isCounting, loss),
    ...(tools.length > 0 ? { tools: [{ functionDeclarations: tools.map(encodeTool) }] } : {}),
    ...(toolChoice === null || tools.length === 0 ? {} : { toolConfig: { functionCallingConfig: encodeToolChoice(toolChoice) } }),
    ...(Object.keys(generationConfig).length > 0 ? { generationConfig } : {}),
  };
}

function encodeTool({ name, description, inputSchema }: ToolSpec): JsonObject {
  return { name, ...(description === null ? {} : { description }), parametersJsonSchema: inputSchema };
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

function encodeToolChoice(choice: NonNullable<ChatRequest['toolChoice']>): JsonObject {
  return choice.mode === 'tool' ? { mode: 'ANY', allowedFunctionNames: [choice.name] } : { mode: MODES[choice.mode] };
}

function encodeConfig({ maxTokens, temperature, topP, topK, seed, stop, output, thinking }: ChatRequest, isCounting: boolean, loss: LossReport): JsonObject {
  const thinkingConfig = thinking === null ? undefined : encodeThinking(thinking, isCounting, loss);
  if (output.kind === 'schema' && output.isStrict) loss.note('output.isStrict');
  return {
    ...(maxTokens === null ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { topP }),
    ...(topK === null ? {} : { topK }),
    ...(seed === null ? {} : { seed }),
    ...(stop.length > 0 ? { stopSequences: stop } : {}),
    ...(output.kind === 'text' ? {} : { responseMimeType: 'application/json' }),
    ...(output.kind === 'schema' ? { responseJsonSchema: output.schema } : {}),
    ...(thinkingConfig === undefined ? {} : { thinkingConfig }),
  };
}

const LEVELS: Readonly<Record<Effort, string>> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

function encodeThinking({ effort, budgetTokens }: NonNullable<ChatRequest['thinking']>, isCounting: boolean, loss: LossReport): JsonObject {
  const includeThoughts = effort !== 'none';
  if (budgetTokens !== null) return { thinkingBudget: budgetTokens, includeThoughts };
  if (effort === null) return { includeThoughts };
  if (isCounting) return { thinkingBudget: budgetOfEffort(effort), includeThoughts };
  // The newer models always think a little, and know nothing above high.
  if (effort === 'none' || effort === 'xhigh' || effort === 'max') loss.note('thinking.effort');
  return { thinkingLevel: LEVELS[effort], includeThoughts };
}
