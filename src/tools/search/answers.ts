/** @module tools/search/answers: what the search tools answer. Each shows only what its caller may call. */
import { InputRequired } from '../../contracts/ask.ts';
import type { CallContext } from '../../contracts/call.ts';
import type { Listed } from '../../contracts/catalog.ts';
import type { ToolResult } from '../../contracts/tool.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { estimateTokens } from './cost.ts';
import { metaDefinitions } from './definitions.ts';
import { createMeanings, fuse } from './meanings.ts';
import type { MetaPorts } from './meta-targets.ts';
import { createRanking, type Ranking } from './ranking.ts';

/** The work behind the search tools. */
export interface MetaAnswers {
  /** @param input as the tool's schema says @throws AppError UNKNOWN_TARGET, INPUT_INVALID; of tools_call whatever the called tool throws */
  answer(name: string, input: JsonObject, call: CallContext): Promise<ToolResult | unknown>;
}

const DEFAULT_LIMIT = 5;
const PAGE = 100;
const MAX_SUMMARY = 200;
/** Words and meanings each name this many; then the two lists become one. */
const CANDIDATES = 50;

/** An index is made once for each list of tools, and lives as long as the list. */
export function createMetaAnswers(ports: MetaPorts): MetaAnswers {
  const rankings = new WeakMap<readonly Listed[], Ranking>();
  const meanings = createMeanings(ports);

  const visible = (call: CallContext): { readonly all: readonly Listed[]; readonly isVisible: (listed: Listed | undefined) => boolean } => {
    const policy = ports.policy();
    return { all: ports.list(call.profile), isVisible: (listed) => listed !== undefined && policy.isVisible(call.principal, listed.target) };
  };
  const rankingOf = (all: readonly Listed[]): Ranking => {
    const known =
      rankings.get(all) ?? createRanking(all.map((listed) => ({ name: nameOf(listed), definition: listed.definition, category: ports.categoryOf(listed) })));
    rankings.set(all, known);
    return known;
  };

  const search = async ({ query, limit }: JsonObject, call: CallContext): Promise<ToolResult> => {
    const { all, isVisible } = visible(call);
    const most = typeof limit === 'number' ? limit : DEFAULT_LIMIT;
    const isWanted = (index: number): boolean => isVisible(all[index]);
    const byWords = rankingOf(all).search(String(query), CANDIDATES, isWanted);
    const byMeaning = await meanings.search(String(query), all, CANDIDATES, isWanted, call);
    const hits = byMeaning.hits ? fuse([byWords, byMeaning.hits]) : byWords;
    const tools = hits.slice(0, most).flatMap(({ index }) => all[index] ?? []);
    return toResult({
      tools: tools.map((listed) => ({ ...summaryOf(listed), category: ports.categoryOf(listed), parameters: parametersOf(listed) })),
      ...byMeaning.notes,
    });
  };

  const categories = (call: CallContext): ToolResult => {
    const { all, isVisible } = visible(call);
    const counts = new Map<string, number>();
    for (const listed of all.filter(isVisible)) counts.set(ports.categoryOf(listed), (counts.get(ports.categoryOf(listed)) ?? 0) + 1);
    const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return toResult({ categories: sorted.map(([category, tools]) => ({ category, tools })) });
  };

  const list = ({ category, offset }: JsonObject, call: CallContext): ToolResult => {
    const { all, isVisible } = visible(call);
    const tools = all.filter((listed) => isVisible(listed) && ports.categoryOf(listed) === category);
    if (tools.length === 0) {
      throw new AppError('INPUT_INVALID', {
        message: `There is no category ${String(category).slice(0, 100)} with tools for you.`,
        fix: 'tools_list_categories names them.',
      });
    }
    const from = typeof offset === 'number' ? offset : 0;
    const left = Math.max(0, tools.length - from - PAGE);
    return toResult({ tools: tools.slice(from, from + PAGE).map(summaryOf), ...(left > 0 ? { left, next_offset: from + PAGE } : {}) });
  };

  const schema = ({ tool }: JsonObject, call: CallContext): ToolResult => {
    const { all, isVisible } = visible(call);
    const listed = all.find((entry) => nameOf(entry) === tool);
    if (!listed || !isVisible(listed)) throw unknown(tool);
    return toResult({ tool: listed.definition, tokens: estimateTokens(listed.definition) });
  };

  const callTool = async ({ tool, input }: JsonObject, call: CallContext): Promise<unknown> => {
    if (metaDefinitions().some(({ name }) => name === tool)) {
      throw new AppError('INPUT_INVALID', { message: `${String(tool)} is called directly, not through tools_call.` });
    }
    const { terminal } = await call.call({ target: { kind: 'tool', name: String(tool) }, input: input ?? {}, emit: (part) => call.emit(part) });
    if (terminal.type === 'error') throw terminal.error.code === 'UNKNOWN_TARGET' ? unknown(tool) : terminal.error;
    // The question is the client's to answer, as if it had called the tool itself.
    if (terminal.type === 'input_required') throw new InputRequired(terminal.requests);
    return terminal.value;
  };

  const WORK: Readonly<Record<string, (input: JsonObject, call: CallContext) => unknown>> = {
    tools_call: callTool,
    tools_list: list,
    tools_list_categories: (_input, call) => categories(call),
    tools_schema: schema,
    tools_search: search,
  };
  return { answer: async (name, input, call) => await WORK[name]?.(input, call) };
}

function nameOf({ definition }: Listed): string {
  return String(definition['name']);
}

function unknown(tool: unknown): AppError {
  return new AppError('UNKNOWN_TARGET', {
    message: `Unknown tool: ${String(tool).slice(0, 200)}`,
    fix: 'tools_search and tools_list name the tools; names are case-sensitive.',
  });
}

/** The first sentence of what the tool says about itself. */
function summaryOf(listed: Listed): JsonObject {
  const { description } = listed.definition;
  const text = typeof description === 'string' ? description.replaceAll(/\s+/g, ' ').trim() : '';
  const end = text.search(/[.!?](?:\s|$)/);
  const sentence = end < 0 ? text : text.slice(0, end + 1);
  return { name: nameOf(listed), description: sentence.length <= MAX_SUMMARY ? sentence : `${sentence.slice(0, MAX_SUMMARY - 1)}…` };
}

/** Names of its parameters, those that may be left out with a `?`. */
function parametersOf({ definition }: Listed): readonly string[] {
  const schema = definition['inputSchema'];
  const { properties, required } = isObject(schema) ? schema : {};
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return isObject(properties) ? Object.keys(properties).map((name) => (needed.includes(name) ? name : `${name}?`)) : [];
}

function toResult(value: JsonObject): ToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
}
