/** A model without a wire: what it says depends on what it was asked, by rules that a test can foresee. */
import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../../../../src/core/json.ts';

export interface OfferedTool {
  readonly name: string;
  /** Responses only: the tool is one of a group, and is called by both names. */
  readonly namespace?: string;
  readonly schema: JsonObject;
}

/** What every wire asks for, in one form. */
export interface Asked {
  /** The last text of the user. */
  readonly text: string;
  readonly system: string;
  readonly tools: readonly OfferedTool[];
  /** Texts of all results of tools in the conversation. */
  readonly results: readonly string[];
  /** Bytes of the images of the user. */
  readonly images: readonly Buffer[];
  /** The schema that the answer must have. */
  readonly schema: JsonObject | undefined;
  readonly isThinking: boolean;
  readonly maxTokens: number | undefined;
  /** The tool that must be called; `true` = any. */
  readonly mustCall?: string | boolean | undefined;
}

export type Saying =
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly namespace?: string; readonly input: JsonObject };

export interface Said {
  readonly sayings: readonly Saying[];
  readonly stop: 'end' | 'tools' | 'length';
}

/** A failure that the user asks for by `!<word>`. */
export type Fault = 'busy' | 'overloaded' | 'long' | 'filtered' | 'cut' | 'broken' | 'rejected';
const FAULTS: readonly Fault[] = ['busy', 'overloaded', 'long', 'filtered', 'cut', 'broken', 'rejected'];

/** Of the input, CACHED were read from the cache. */
export const TOKENS = { input: 20, cached: 4, output: 9 } as const;
export const THOUGHT = 'Let me think — ä€😀.';
/** Input of a call, by the schema of its tool. */
export const CITY = { city: 'word ä€😀', days: 7 } as const;

export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

/** What a model would say. `both` calls every tool at once; `twice` calls again after the first result; `call <tool> with {…}` does that, a tool of a group being `<group>__<tool>`. */
export function think({ text, system, tools: offered, results, images, schema, isThinking, maxTokens, mustCall = false }: Asked): Said {
  const tools = typeof mustCall === 'string' ? offered.filter(({ name }) => name === mustCall) : offered;
  const thoughts: readonly Saying[] = isThinking ? [{ type: 'thinking', text: THOUGHT }] : [];
  const say = (answer: string): Said => ({ sayings: [...thoughts, { type: 'text', text: answer }], stop: 'end' });
  const wanted = text.includes('twice') ? 2 : 1;
  const [, wish, input = ''] = /call ([\w-]+) with (\{.*?\})/.exec(text) ?? [];
  const wished = offered.find(({ name, namespace }) => (namespace === undefined ? name : `${namespace}__${name}`) === wish);
  if (wished && results.length === 0)
    return { sayings: [...thoughts, { type: 'call', id: 'call_1', ...nameOf(wished), input: JSON.parse(input) as JsonObject }], stop: 'tools' };
  if (mustCall !== false || (text.includes('tool') && tools.length > 0 && results.length < wanted)) {
    demand(tools.length > 0, 'The tool that must be called is not offered.');
    const called = text.includes('both') ? tools : tools.slice(0, 1);
    const calls = called.map(
      (tool, index): Saying => ({
        type: 'call',
        id: `call_${results.length + index + 1}`,
        ...nameOf(tool),
        input: sampleOf(tool.schema) as JsonObject,
      }),
    );
    return { sayings: [...thoughts, ...(text.includes('speak') ? [{ type: 'text', text: 'I look it up.' } as const] : []), ...calls], stop: 'tools' };
  }
  if (results.length > 0) return say(`Results: ${results.join(' | ')}`);
  if (schema) return say(JSON.stringify(sampleOf(schema)));
  if (images.length > 0) return say(`Images: ${images.map(hashOf).join(', ')}`);
  if (maxTokens !== undefined && maxTokens < 5) return { sayings: [{ type: 'text', text: 'You said' }], stop: 'length' };
  return say(`${system === '' ? '' : `[${system}] `}You said: ${text} ä€😀`);
}

const nameOf = ({ name, namespace }: OfferedTool): Pick<OfferedTool, 'name' | 'namespace'> => (namespace === undefined ? { name } : { name, namespace });

export const faultIn = (text: string): Fault | undefined => FAULTS.find((fault) => text.includes(`!${fault}`));

/** A value that the schema accepts; the types may be in Gemini’s capitals. */
export function sampleOf(schema: unknown): unknown {
  if (!isObject(schema)) return 'word ä€😀';
  const { enum: choices, anyOf, properties, items, type } = schema;
  if (Array.isArray(choices)) return choices[0] as unknown;
  if (Array.isArray(anyOf)) return sampleOf(anyOf[0]);
  const [named] = Array.isArray(type) ? (type as unknown[]) : [type];
  const kind = String(named).toLowerCase();
  if (kind === 'object' || isObject(properties))
    return Object.fromEntries(Object.entries(isObject(properties) ? properties : {}).map(([name, part]) => [name, sampleOf(part)]));
  if (kind === 'array') return [sampleOf(items)];
  return { integer: 7, number: 1.5, boolean: true, null: null }[kind] ?? 'word ä€😀';
}

/** In pieces that break words, escapes and the arguments of calls. */
export const piecesOf = (text: string): readonly string[] => text.match(/.{1,5}/gsu) ?? [];

/** A vector for each text, exact in single precision. */
export const vectorOf = (text: string): readonly number[] => [text.length, 0.5, -2];

// Reading what was sent, without a word about what is wrong with it.
export const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const stringIn = (value: unknown): string => (typeof value === 'string' ? value : '');
export const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
export const textsIn = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsIn(content)
        .map(({ text }) => stringIn(text))
        .join('');
export const bytesOfDataUrl = (url: unknown): Buffer => Buffer.from(stringIn(url).replace(/^data:[^,]*,/, ''), 'base64');

/** The request is not one that the vendor takes. */
export class Refusal extends Error {}
export function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Refusal(message);
}
