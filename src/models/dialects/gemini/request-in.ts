/** @module models/dialects/gemini/request-in: what a client of generateContent asks for, in the typed form. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, ToolSpec } from '../conversation.ts';
import {
  isSet,
  listAt,
  malformed,
  noteExcept,
  objectAt,
  objectOr,
  optionalFlag,
  optionalNumber,
  optionalText,
  refused,
  textAt,
  textsAt,
  wordOf,
} from '../reading.ts';
import { inCamelCase } from './camel.ts';
import { decodeContents } from './contents-in.ts';
import { jsonSchemaOf } from './schema-in.ts';

const READ: ReadonlySet<string> = new Set(['model', 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'cachedContent']);
const CONFIG: ReadonlySet<string> = new Set([
  'candidateCount',
  'maxOutputTokens',
  'responseFormat',
  'responseJsonSchema',
  'responseLogprobs',
  'responseMimeType',
  'responseModalities',
  'responseSchema',
  'seed',
  'speechConfig',
  'stopSequences',
  'temperature',
  'thinkingConfig',
  'topK',
  'topP',
]);
const DECLARATION: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);
const EFFORTS: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

/** Also of the body of a count. @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeGeminiRequest(sent: JsonObject, loss: LossReport): ChatRequest {
  const outer = inCamelCase(sent);
  // A count may wrap the request that it counts.
  const body = isSet(outer['generateContentRequest']) ? objectAt(outer['generateContentRequest'], '/generateContentRequest') : outer;
  if (isSet(body['cachedContent'])) throw refused('/cachedContent', 'only the vendor that keeps the content can read it.');
  noteExcept(body, READ, loss);
  const config = objectOr(body['generationConfig'], '/generationConfig');
  refuseConfig(config);
  noteExcept(config, CONFIG, loss, 'generationConfig.');
  const tools = listAt(body['tools'], '/tools').flatMap((tool, index) => decodeTools(objectAt(tool, `/tools/${index}`), `/tools/${index}`, loss));
  return {
    system: decodeSystem(body['systemInstruction']),
    turns: decodeContents(body['contents'], loss),
    tools,
    toolChoice: decodeToolChoice(objectOr(body['toolConfig'], '/toolConfig'), tools, loss),
    isParallelToolUse: null,
    maxTokens: optionalNumber(config['maxOutputTokens'], '/generationConfig/maxOutputTokens'),
    temperature: optionalNumber(config['temperature'], '/generationConfig/temperature'),
    topP: optionalNumber(config['topP'], '/generationConfig/topP'),
    topK: optionalNumber(config['topK'], '/generationConfig/topK'),
    seed: optionalNumber(config['seed'], '/generationConfig/seed'),
    stop: textsAt(config['stopSequences'], '/generationConfig/stopSequences'),
    output: decodeOutput(config),
    thinking: decodeThinking(objectOr(config['thinkingConfig'], '/generationConfig/thinkingConfig'), loss),
    isStream: false,
  };
}

function refuseConfig(config: JsonObject): void {
  const { candidateCount, responseModalities, speechConfig, responseLogprobs, responseFormat } = config;
  if (isSet(candidateCount) && candidateCount !== 1) throw refused('/generationConfig/candidateCount', 'it asks for several answers.');
  const modalities = listAt(responseModalities, '/generationConfig/responseModalities');
  if (modalities.some((item) => item !== 'TEXT')) throw refused('/generationConfig/responseModalities', 'it asks for more than text.');
  if (isSet(speechConfig)) throw refused('/generationConfig/speechConfig', 'it asks for speech.');
  if (responseLogprobs === true) throw refused('/generationConfig/responseLogprobs', 'it asks for probabilities of tokens.');
  if (isSet(responseFormat)) throw refused('/generationConfig/responseFormat', 'use responseMimeType and responseJsonSchema.');
}

function decodeSystem(instruction: unknown): readonly string[] {
  if (!isSet(instruction)) return [];
  if (typeof instruction === 'string') return [instruction];
  const parts = listAt(objectAt(instruction, '/systemInstruction')['parts'], '/systemInstruction/parts');
  return parts.map((part, index) => textAt(objectAt(part, `/systemInstruction/parts/${index}`)['text'], `/systemInstruction/parts/${index}/text`));
}

function decodeTools(tool: JsonObject, pointer: string, loss: LossReport): readonly ToolSpec[] {
  const other = Object.entries(tool).find(([name, value]) => name !== 'functionDeclarations' && isSet(value));
  if (other) throw refused(`${pointer}/${other[0]}`, 'the tool runs at the vendor of this dialect only.');
  return listAt(tool['functionDeclarations'], `${pointer}/functionDeclarations`).map((item, index) => {
    const at = `${pointer}/functionDeclarations/${index}`;
    const declaration = objectAt(item, at);
    noteExcept(declaration, DECLARATION, loss, 'tools.functionDeclarations.');
    return {
      name: textAt(declaration['name'], `${at}/name`),
      description: optionalText(declaration['description'], `${at}/description`),
      inputSchema: schemaIn(declaration, at),
      isStrict: null,
    };
  });
}

function schemaIn(declaration: JsonObject, pointer: string): JsonObject {
  const { parametersJsonSchema: schema, parameters } = declaration;
  if (isSet(schema)) return objectAt(schema, `${pointer}/parametersJsonSchema`);
  return isSet(parameters) ? jsonSchemaOf(objectAt(parameters, `${pointer}/parameters`)) : { type: 'object', properties: {} };
}

function decodeToolChoice(toolConfig: JsonObject, tools: readonly ToolSpec[], loss: LossReport): ChatRequest['toolChoice'] {
  noteExcept(toolConfig, new Set(['functionCallingConfig']), loss, 'toolConfig.');
  const { mode, allowedFunctionNames } = objectOr(toolConfig['functionCallingConfig'], '/toolConfig/functionCallingConfig');
  const pointer = '/toolConfig/functionCallingConfig';
  const allowed = new Set(textsAt(allowedFunctionNames, `${pointer}/allowedFunctionNames`));
  const isAll = allowed.size === 0 || tools.every(({ name }) => allowed.has(name));
  if (mode === 'NONE') return { mode: 'none' };
  if (mode === 'ANY') {
    const [only] = allowed;
    if (allowed.size === 1 && only !== undefined) return { mode: 'tool', name: only };
    if (isAll) return { mode: 'required' };
  }
  if (!isAll) throw refused(`${pointer}/allowedFunctionNames`, 'some of several tools cannot be chosen.');
  if (mode === 'VALIDATED') loss.note('toolConfig.functionCallingConfig.mode');
  return mode === 'AUTO' || mode === 'VALIDATED' ? { mode: 'auto' } : null;
}

function decodeOutput(config: JsonObject): ChatRequest['output'] {
  const { responseMimeType: type, responseSchema, responseJsonSchema } = config;
  if (!isSet(type) || type === 'text/plain') return { kind: 'text' };
  if (type !== 'application/json') throw refused('/generationConfig/responseMimeType', `${wordOf(type)} is known to this dialect only.`);
  const named = { kind: 'schema', name: 'answer', isStrict: false } as const;
  if (isSet(responseJsonSchema)) return { ...named, schema: objectAt(responseJsonSchema, '/generationConfig/responseJsonSchema') };
  return isSet(responseSchema) ? { ...named, schema: jsonSchemaOf(objectAt(responseSchema, '/generationConfig/responseSchema')) } : { kind: 'json' };
}

/** A budget of -1 leaves it to the model. */
function decodeThinking(config: JsonObject, loss: LossReport): ChatRequest['thinking'] {
  noteExcept(config, new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel']), loss, 'generationConfig.thinkingConfig.');
  const budget = optionalNumber(config['thinkingBudget'], '/generationConfig/thinkingConfig/thinkingBudget');
  const level = optionalText(config['thinkingLevel'], '/generationConfig/thinkingConfig/thinkingLevel')?.toUpperCase();
  if (level !== undefined && level !== 'THINKING_LEVEL_UNSPECIFIED') {
    const effort = Object.hasOwn(EFFORTS, level) ? EFFORTS[level] : undefined;
    if (effort === undefined) throw malformed('/generationConfig/thinkingConfig/thinkingLevel', 'a known level');
    return { budgetTokens: null, effort };
  }
  if (budget === 0) return { budgetTokens: null, effort: 'none' };
  if (budget !== null) return { budgetTokens: budget > 0 ? budget : null, effort: null };
  return optionalFlag(config['includeThoughts'], '/generationConfig/thinkingConfig/includeThoughts') === true ? { budgetTokens: null, effort: null } : null;
}
