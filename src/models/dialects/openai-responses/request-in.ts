/** @module models/dialects/openai-responses/request-in: what a client of responses asks for, in the typed form. */
import type { JsonObject } from '../../../core/json.ts';
import type { ChatRequest, Effort, LossReport, ToolSpec } from '../conversation.ts';
import { isSet, listAt, malformed, noteExcept, objectAt, objectOr, optionalFlag, optionalNumber, optionalText, refused, textAt, wordOf } from '../reading.ts';
import { joinedName } from './groups.ts';
import { decodeInput } from './input-in.ts';

const NO_STORE = 'the gateway keeps no responses across dialects; send the whole conversation as input, with "store": false';
/** What refers to something that only the vendor keeps. */
const REFUSED: Readonly<Record<string, string>> = {
  previous_response_id: NO_STORE,
  conversation: NO_STORE,
  prompt: 'the gateway keeps no prompts',
  context_management: 'only the vendor of this dialect compacts conversations',
};
const READ: ReadonlySet<string> = new Set([
  ...Object.keys(REFUSED),
  'background',
  'input',
  'instructions',
  'max_output_tokens',
  'model',
  'parallel_tool_calls',
  'reasoning',
  'safety_identifier',
  'store',
  'stream',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_p',
  'user',
]);
/** Values that ask for what happens anyway. */
const DEFAULTS: Readonly<Record<string, unknown>> = { truncation: 'disabled', service_tier: 'auto', top_logprobs: 0 };
const EFFORTS: Readonly<Record<string, Effort>> = { none: 'none', minimal: 'minimal', low: 'low', medium: 'medium', high: 'high', xhigh: 'xhigh', max: 'max' };

/** @throws AppError CONVERSION_REFUSED, INVALID_REQUEST */
export function decodeResponsesRequest(body: JsonObject, loss: LossReport): ChatRequest {
  for (const [member, reason] of Object.entries(REFUSED)) if (isSet(body[member])) throw refused(`/${member}`, reason);
  if (body['store'] === true) throw refused('/store', NO_STORE);
  if (body['background'] === true) throw refused('/background', NO_STORE);
  noteOther(body, loss);
  const instructions = optionalText(body['instructions'], '/instructions');
  const { system, turns } = decodeInput(body['input'], loss);
  return {
    system: instructions === null ? system : [instructions, ...system],
    turns,
    tools: decodeTools(body['tools'], '/tools', loss),
    toolChoice: decodeToolChoice(body['tool_choice']),
    isParallelToolUse: optionalFlag(body['parallel_tool_calls'], '/parallel_tool_calls'),
    maxTokens: optionalNumber(body['max_output_tokens'], '/max_output_tokens'),
    temperature: optionalNumber(body['temperature'], '/temperature'),
    topP: optionalNumber(body['top_p'], '/top_p'),
    topK: null,
    seed: null,
    stop: [],
    output: decodeOutput(objectOr(body['text'], '/text'), loss),
    thinking: decodeReasoning(objectOr(body['reasoning'], '/reasoning'), loss),
    endUser: optionalText(body['safety_identifier'], '/safety_identifier') ?? optionalText(body['user'], '/user'),
    isStream: body['stream'] === true,
  };
}

function noteOther(body: JsonObject, loss: LossReport): void {
  const told = Object.fromEntries(Object.entries(body).filter(([name, value]) => !(Object.hasOwn(DEFAULTS, name) && DEFAULTS[name] === value)));
  const include = Array.isArray(told['include']) ? told['include'] : [];
  // What a model thought is told where the provider tells it, asked or not.
  const isKnown = include.every((item) => item === 'reasoning.encrypted_content');
  noteExcept(isKnown ? { ...told, include: null } : told, READ, loss);
}

/** Tools of a group stand for themselves, under one name each. */
function decodeTools(list: unknown, at: string, loss: LossReport): readonly ToolSpec[] {
  const tools = listAt(list, at).flatMap((item, index): readonly ToolSpec[] => {
    const path = `${at}/${index}`;
    const tool = objectAt(item, path);
    if (tool['type'] !== 'namespace') return [decodeTool(tool, path, loss)];
    noteExcept(tool, new Set(['type', 'name', 'tools']), loss, 'tools.');
    const namespace = textAt(tool['name'], `${path}/name`);
    return listAt(tool['tools'], `${path}/tools`).map((inner, place) => {
      const spec = decodeTool(objectAt(inner, `${path}/tools/${place}`), `${path}/tools/${place}`, loss);
      return { ...spec, name: joinedName(namespace, spec.name), group: { namespace, name: spec.name } };
    });
  });
  const isGrouped = new Map<string, boolean>();
  for (const { name, group } of tools) {
    if (isGrouped.has(name) && (group !== undefined || isGrouped.get(name) === true))
      throw refused(at, 'a tool of a group would have the name of another tool');
    isGrouped.set(name, group !== undefined);
  }
  return tools;
}

function decodeTool(tool: JsonObject, path: string, loss: LossReport): ToolSpec {
  if (tool['type'] !== 'function') throw refused(path, `tools of type ${wordOf(tool['type'])} run at the vendor of this dialect only`);
  noteExcept(tool, new Set(['type', 'name', 'description', 'parameters', 'strict']), loss, 'tools.');
  const inputSchema = objectOr(tool['parameters'], `${path}/parameters`);
  return {
    name: textAt(tool['name'], `${path}/name`),
    description: optionalText(tool['description'], `${path}/description`),
    inputSchema: Object.keys(inputSchema).length === 0 ? { type: 'object', properties: {} } : inputSchema,
    isStrict: optionalFlag(tool['strict'], `${path}/strict`),
  };
}

function decodeToolChoice(choice: unknown): ChatRequest['toolChoice'] {
  if (!isSet(choice)) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  const given = typeof choice === 'object' ? (choice as JsonObject) : {};
  const { type, name, namespace } = given;
  if (type === 'function' && typeof name === 'string') return { mode: 'tool', name: typeof namespace === 'string' ? joinedName(namespace, name) : name };
  throw refused('/tool_choice', 'only auto, none, required and one function can be carried');
}

function decodeOutput(text: JsonObject, loss: LossReport): ChatRequest['output'] {
  noteExcept(text, new Set(['format']), loss, 'text.');
  const format = objectOr(text['format'], '/text/format');
  switch (format['type']) {
    case undefined:
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      noteExcept(format, new Set(['type', 'name', 'schema', 'strict']), loss, 'text.format.');
      return {
        kind: 'schema',
        name: textAt(format['name'], '/text/format/name'),
        schema: objectOr(format['schema'], '/text/format/schema'),
        isStrict: optionalFlag(format['strict'], '/text/format/strict') ?? false,
      };
    default:
      throw refused('/text/format', `the type ${wordOf(format['type'])} is known to this dialect only`);
  }
}

function decodeReasoning(reasoning: JsonObject, loss: LossReport): ChatRequest['thinking'] {
  noteExcept(reasoning, new Set(['effort']), loss, 'reasoning.');
  const told = optionalText(reasoning['effort'], '/reasoning/effort');
  if (told === null) return null;
  const effort = Object.hasOwn(EFFORTS, told) ? EFFORTS[told] : undefined;
  if (effort === undefined) throw malformed('/reasoning/effort', 'a known effort');
  return { budgetTokens: null, effort };
}
