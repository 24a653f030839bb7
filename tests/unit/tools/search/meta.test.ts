import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../../src/contracts/call.ts';
import type { Listed } from '../../../../src/contracts/catalog.ts';
import { DEFAULT_TOOL_SEARCH, type ToolSearchConfig } from '../../../../src/contracts/tool-search.ts';
import { AppError } from '../../../../src/core/errors.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { createMetaAnswers } from '../../../../src/tools/search/answers.ts';
import { metaDefinitions } from '../../../../src/tools/search/definitions.ts';
import { createMetaTargets, type MetaPorts } from '../../../../src/tools/search/meta-targets.ts';
import { createListSwitch } from '../../../../src/tools/search/switch.ts';

const listed = (name: string, description: string): Listed => ({
  target: {
    kind: 'tool',
    name,
    access: { scopes: [] },
    traits: { isReadOnly: true, takesSlot: false, priority: 5 },
    run: () => ({ type: 'result', value: {} }),
  },
  definition: { name, description, inputSchema: { type: 'object' } },
});
const TOOLS = [
  listed('alpha', 'Opens the window.'),
  listed('beta', 'Boils water.'),
  listed('gamma', 'Paints the wall.'),
  listed('secret', 'Boils water, too.'),
];
const policy = { isVisible: (_principal: unknown, { name }: { name: string }) => name !== 'secret' } as never;
const call = (more: Partial<CallContext> = {}): CallContext =>
  ({ principal: { id: 'key:1' }, profile: undefined, scope: { throwIfCancelled: () => undefined }, ...more }) as never;

/** Vectors that say: "kettle" means what beta is about. */
const VECTORS: Readonly<Record<string, readonly number[]>> = {
  kettle: [1, 0],
  'beta: Boils water.': [0.9, 0.1],
  'alpha: Opens the window.': [0, 1],
  'gamma: Paints the wall.': [0.1, 0.9],
};

function answersWith(embeddingModel: string | null, embed: (request: { input: readonly string[] }) => Promise<unknown>): ReturnType<typeof createMetaAnswers> {
  const ports: MetaPorts = {
    config: () => ({ ...DEFAULT_TOOL_SEARCH, embeddingModel }),
    policy: () => policy,
    list: () => TOOLS,
    categoryOf: () => 'x',
    compile: () => () => undefined,
    modelsOf: () => ({ embed }) as never,
  };
  return createMetaAnswers(ports);
}
const search = async (answers: ReturnType<typeof createMetaAnswers>, query: string): Promise<JsonObject> =>
  ((await answers.answer('tools_search', { query, limit: 2 }, call())) as { structuredContent: JsonObject }).structuredContent;
const namesIn = ({ tools }: JsonObject): string[] => (tools as { name: string }[]).map(({ name }) => name);

describe('search by meaning', () => {
  // @requirement T13.g
  it('finds what has no word in common, asks once for each text, and only about what the caller may call', async () => {
    const asked: string[] = [];
    const answers = answersWith('embedding', async ({ input }) => {
      asked.push(...input);
      return { embeddings: input.map((text) => VECTORS[text] ?? [0, 0]) };
    });
    expect(
      namesIn(
        await search(
          answersWith(null, () => Promise.reject(new Error('unused'))),
          'kettle',
        ),
      ),
    ).toEqual([]);
    const found = await search(answers, 'kettle');
    expect(namesIn(found)[0]).toBe('beta');
    expect(found['ranking']).toBe('words and meanings');
    await search(answers, 'kettle');
    expect(asked.toSorted()).toEqual(Object.keys(VECTORS).toSorted());
  });

  // @requirement T13.g
  it('leaves it to words when the model fails, and says so', async () => {
    const answers = answersWith('embedding', () => Promise.reject(new AppError('QUOTA_EXCEEDED')));
    const found = await search(answers, 'boil water');
    expect(namesIn(found)).toEqual(['beta']);
    expect(found).toMatchObject({ ranking: 'words', remark: expect.stringContaining('QUOTA_EXCEEDED') });
  });
});

describe('the switch', () => {
  const targets = createMetaTargets({ compile: () => () => undefined } as never);
  const make = (config: Partial<ToolSearchConfig>, modeOf: () => undefined | 'never' = () => undefined): ReturnType<typeof createListSwitch> => {
    const settings = { ...DEFAULT_TOOL_SEARCH, ...config };
    return createListSwitch({ config: () => settings, modeOf, policy: () => policy, targetOf: (name) => targets.get(name) });
  };
  const definitions = TOOLS.map(({ definition }) => definition);
  const from = (door: string, name: string | null = null): never => call({ admission: { door } as never, client: { name } as never }) as never;

  // @requirement T13.b
  it('asks what the list costs, and answers with the same array until something changes', () => {
    const on = make({ thresholdTokens: 10 });
    const list = on.choose(definitions, from('mcp-http'));
    expect(list.map(({ name }) => name)).toEqual(metaDefinitions().map(({ name }) => name));
    expect(on.choose(definitions, from('mcp-stdio'))).toBe(list);
    expect(make({ thresholdTokens: 10_000 }).choose(definitions, from('mcp-http'))).toBe(definitions);
    expect(make({ mode: 'always' }).choose(definitions, from('mcp-http'))).toHaveLength(5);
    expect(make({ mode: 'always' }, () => 'never').choose(definitions, call({ admission: { door: 'mcp-http' } as never, profile: 'p' }) as never)).toBe(
      definitions,
    );
  });

  // @requirement T13.c
  it('shows everything to doors that list for programs, and to clients that defer tools', () => {
    const on = make({ thresholdTokens: 10 });
    expect(on.choose(definitions, from('rest'))).toBe(definitions);
    expect(on.choose(definitions, from('mcp-http', 'claude-code'))).toBe(definitions);
    expect(on.choose(definitions, from('mcp-http', 'cursor'))).toHaveLength(5);
    expect(make({ mode: 'always' }).choose(definitions, from('mcp-http', 'claude-code'))).toHaveLength(5);
  });
});
