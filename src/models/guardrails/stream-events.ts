/** @module models/guardrails/stream-events: which texts of a stream belong together. */
import type { ModelDialect } from '../../contracts/model.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { eventTexts, type BodyText } from './texts.ts';

/** One text of an event. */
export interface EventText extends BodyText {
  /** Text that goes on in other events, by what it belongs to; undefined = it is whole. */
  readonly channel: string | undefined;
}

/** What an event says. */
export interface ReadEvent {
  readonly data: Uint8Array;
  readonly texts: readonly EventText[];
  /** Whether the texts of these channels end with it. */
  readonly ends: ((channel: string) => boolean) | undefined;
  /** Whether it says again what others have said: it is changed as they were, and not counted. */
  readonly isRepeat: boolean;
}

type ChannelOf = (event: JsonObject, text: BodyText) => string | undefined;
type EndsOf = (event: JsonObject) => ReadEvent['ends'];

const NOTHING = { texts: [], ends: undefined, isRepeat: false } as const;

/** Reads one event. What is no JSON object says nothing. */
export function readEvent(dialect: ModelDialect, text: string): ReadEvent {
  const data = Buffer.from(text);
  const event = parse(text);
  if (!event) return { data, ...NOTHING };
  const { channelOf, endsOf } = DIALECTS[dialect] ?? WHOLE;
  const type = typeof event['type'] === 'string' ? event['type'] : '';
  const isArguments = type.endsWith('_arguments.delta');
  const texts = eventTexts(data).map((found) => ({
    ...found,
    isJson: found.isJson || isArguments,
    channel: found.kind === 'text' ? channelOf(event, found) : undefined,
  }));
  const isRepeat = dialect === 'openai-responses' && /\.(?:done|completed|incomplete|failed)$/.test(type);
  return { data, texts, ends: endsOf(event), isRepeat };
}

const WHOLE: { readonly channelOf: ChannelOf; readonly endsOf: EndsOf } = { channelOf: () => undefined, endsOf: () => undefined };

const DIALECTS: Readonly<Partial<Record<ModelDialect, typeof WHOLE>>> = {
  'openai-chat': { channelOf: openAiChannel, endsOf: openAiEnds },
  'openai-responses': {
    channelOf: (event, { path }) =>
      path[0] === 'delta'
        ? `${String(event['type'])}/${String(event['item_id'] ?? event['output_index'])}/${String(event['content_index'] ?? event['summary_index'] ?? 0)}/`
        : undefined,
    endsOf: (event) => (event['type'] === 'response.output_item.done' || event['type'] === 'response.completed' ? everything : undefined),
  },
  'anthropic-messages': {
    channelOf: (event, { path }) =>
      event['type'] === 'content_block_delta' && path[0] === 'delta' && path.length === 2 ? `${String(event['index'])}/${String(path[1])}` : undefined,
    endsOf: (event) =>
      event['type'] === 'content_block_stop' ? startsWith(`${String(event['index'])}/`) : event['type'] === 'message_delta' ? everything : undefined,
  },
  gemini: { channelOf: geminiChannel, endsOf: geminiEnds },
  typed: {
    channelOf: (event, { path }) => (event['type'] === 'delta' && path[0] === 'text' ? `${String(event['index'])}/` : undefined),
    endsOf: (event) => (event['type'] === 'part_end' ? startsWith(`${String(event['index'])}/`) : event['type'] === 'end' ? everything : undefined),
  },
};

/** Everything below `delta` comes in pieces; calls of tools are numbered by themselves. */
function openAiChannel(event: JsonObject, { path }: BodyText): string | undefined {
  const [root, position, delta, ...rest] = path;
  if (root !== 'choices' || delta !== 'delta') return undefined;
  const choice = at(at(event, 'choices'), position);
  const call = rest[0] === 'tool_calls' ? at(at(at(choice, 'delta'), 'tool_calls'), rest[1]) : undefined;
  const steps = call === undefined ? rest : ['tool_calls', at(call, 'index') ?? rest[1], ...rest.slice(2)];
  // A name of a tool comes whole.
  return steps.at(-1) === 'name' ? undefined : `${String(at(choice, 'index') ?? position)}/${steps.join('/')}`;
}

/** With a call of a tool, what the model said before it is over: calls need not wait for its last word. */
function openAiEnds(event: JsonObject): ReadEvent['ends'] {
  const choices = Array.isArray(event['choices']) ? event['choices'].filter(isObject) : [];
  const ended = choices.flatMap((choice) => {
    const index = String(choice['index'] ?? 0);
    if (typeof choice['finish_reason'] === 'string') return [`${index}/`];
    const calls = at(choice['delta'], 'tool_calls');
    return Array.isArray(calls) && calls.length > 0 ? [`${index}/content`, `${index}/reasoning`] : [];
  });
  return ended.length === 0 ? undefined : (channel) => ended.some((prefix) => channel.startsWith(prefix));
}

/** Thoughts and what is said are two texts. */
function geminiChannel(event: JsonObject, { path }: BodyText): string | undefined {
  const [root, position, content, parts, index, name] = path;
  if (root !== 'candidates' || content !== 'content' || parts !== 'parts' || name !== 'text') return undefined;
  const candidate = at(at(event, 'candidates'), position);
  const part = at(at(at(candidate, 'content'), 'parts'), index);
  return `${String(at(candidate, 'index') ?? 0)}/${at(part, 'thought') === true ? 'thought' : 'text'}`;
}

function geminiEnds(event: JsonObject): ReadEvent['ends'] {
  const candidates = Array.isArray(event['candidates']) ? event['candidates'].filter(isObject) : [];
  const ended = candidates.flatMap((candidate) => (typeof candidate['finishReason'] === 'string' ? [`${String(candidate['index'] ?? 0)}/`] : []));
  return ended.length === 0 ? undefined : (channel) => ended.some((prefix) => channel.startsWith(prefix));
}

function everything(): boolean {
  return true;
}

function startsWith(prefix: string): (channel: string) => boolean {
  return (channel) => channel.startsWith(prefix);
}

function at(owner: unknown, step: string | number | undefined): unknown {
  if (Array.isArray(owner) && typeof step === 'number') return owner[step] as unknown;
  return isObject(owner) && typeof step === 'string' ? owner[step] : undefined;
}

function parse(text: string): JsonObject | undefined {
  // White space before it is JSON too: clients read such an event like any other.
  if (!/^[ \t\r\n]*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
