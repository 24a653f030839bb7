/** @module models/dialects/bedrock-converse/request-out: the typed form as a request of Converse. */
import type { JsonObject } from '../../../core/json.ts';
import { exactObjectIn } from '../../wire/exact-json.ts';
import type { ChatRequest, LossReport, MediaSource, Part, ToolSpec, Turn } from '../conversation.ts';
import { plainCallId } from '../call-ids.ts';
import { asWordsOfUser } from '../instructions.ts';
import { refused } from '../reading.ts';
import { unsealSignature } from '../signatures.ts';

/** The model stands in the URL, which is the provider's. @throws AppError CONVERSION_REFUSED */
export function encodeConverseRequest(request: ChatRequest, _model: string, loss: LossReport): JsonObject {
  const { system, turns, topK, seed, endUser, thinking, isParallelToolUse, output } = request;
  if (topK !== null) loss.note('topK');
  if (seed !== null) loss.note('seed');
  if (endUser !== null && endUser !== undefined) loss.note('endUser');
  // Each vendor behind the service has words of its own for it.
  if (thinking !== null) loss.note('thinking');
  if (isParallelToolUse !== null) loss.note('isParallelToolUse');
  if (output.kind === 'json') throw refused('output', 'the dialect has JSON with a schema only; send a json_schema.');
  const inferenceConfig = encodeInference(request);
  return {
    messages: joinTurns(turns, loss).map(({ role, parts }) => ({ role, content: parts.flatMap((part, index) => encodePart(part, index, loss)) })),
    ...(system.length > 0 ? { system: system.filter((text) => text !== '').map((text) => ({ text })) } : {}),
    ...(Object.keys(inferenceConfig).length > 0 ? { inferenceConfig } : {}),
    ...encodeTools(request),
    ...(output.kind === 'schema'
      ? { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: output.name, schema: JSON.stringify(output.schema) } } } } }
      : {}),
  };
}

function encodeInference({ maxTokens, temperature, topP, stop }: ChatRequest): JsonObject {
  return {
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { topP }),
    ...(stop.length > 0 ? { stopSequences: stop } : {}),
  };
}

/** The service knows no `none`: without tools none is called, but a conversation that has calls must name them. */
function encodeTools({ tools, toolChoice, turns }: ChatRequest): JsonObject {
  if (tools.length === 0) return {};
  if (toolChoice?.mode === 'none') {
    if (turns.some(({ parts }) => parts.some(({ type }) => type === 'tool_call')))
      throw refused('toolChoice', 'the dialect cannot forbid the tools that the conversation has called.');
    return {};
  }
  const choice =
    toolChoice === null
      ? {}
      : { toolChoice: toolChoice.mode === 'tool' ? { tool: { name: toolChoice.name } } : { [toolChoice.mode === 'auto' ? 'auto' : 'any']: {} } };
  return { toolConfig: { tools: tools.map(encodeTool), ...choice } };
}

function encodeTool({ name, description, inputSchema, isStrict }: ToolSpec): JsonObject {
  return {
    toolSpec: { name, ...(description === null ? {} : { description }), inputSchema: { json: inputSchema }, ...(isStrict === true ? { strict: true } : {}) },
  };
}

/** The service wants the sides in turn. */
function joinTurns(turns: readonly Turn[], loss: LossReport): readonly Turn[] {
  const joined: Turn[] = [];
  for (const said of turns) {
    const turn = said.role === 'system' ? asWordsOfUser(said, loss) : said;
    const last = joined.at(-1);
    if (last?.role === turn.role) joined[joined.length - 1] = { role: last.role, parts: [...last.parts, ...turn.parts] };
    else joined.push(turn);
  }
  return joined;
}

function encodePart(part: Part, index: number, loss: LossReport): readonly JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      // The service refuses texts of white space.
      return part.text.trim() === '' ? [] : [{ text: part.text }];
    case 'image':
      return [encodeImage(part.source)];
    case 'document':
      return [encodeDocument(part.source, part.name, index)];
    case 'tool_call': {
      const input = exactObjectIn(part.input === '' ? '{}' : part.input);
      if (!input) throw refused('turns.tool_call.input', 'the input of a call is not a JSON object.');
      return [{ toolUse: { toolUseId: plainCallId(part.id), name: part.name, input } }];
    }
    case 'tool_result': {
      const content = part.parts.flatMap((inner, at) => encodePart(inner, at, loss));
      return [
        {
          toolResult: {
            toolUseId: plainCallId(part.callId),
            content: content.length > 0 ? content : [{ text: '(empty)' }],
            ...(part.isError ? { status: 'error' } : {}),
          },
        },
      ];
    }
    case 'thinking': {
      const signature = unsealSignature('bedrock-converse', part.signature);
      if (signature !== undefined) return [{ reasoningContent: { reasoningText: { text: part.text, signature } } }];
      loss.note('turns.thinking');
      return [];
    }
    case 'redacted_thinking':
      loss.note('turns.redacted_thinking');
      return [];
  }
}

const IMAGES: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/gif': 'gif', 'image/webp': 'webp' };
const DOCUMENTS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
};

function encodeImage(source: MediaSource): JsonObject {
  const { format, bytes } = inline(source, IMAGES, 'turns.image');
  return { image: { format, source: { bytes } } };
}

/** The service takes few characters in a name, and every name once. */
function encodeDocument(source: MediaSource, name: string | null, index: number): JsonObject {
  const { format, bytes } = inline(source, DOCUMENTS, 'turns.document');
  const plain = (name ?? 'document')
    .replace(/\.\w+$/, '')
    .replace(/[^A-Za-z0-9()[\] -]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return { document: { format, name: `${plain === '' ? 'document' : plain} ${index}`, source: { bytes } } };
}

function inline(source: MediaSource, formats: Readonly<Record<string, string>>, member: string): { readonly format: string; readonly bytes: string } {
  if (source.kind === 'url') throw refused(member, 'the dialect takes bytes, no URL.');
  const format = Object.hasOwn(formats, source.mediaType) ? formats[source.mediaType] : undefined;
  if (format === undefined) throw refused(member, `the dialect has no word for ${source.mediaType}.`);
  return { format, bytes: source.data };
}
