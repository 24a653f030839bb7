/** One set of tools, resources and prompts, told to both servers in their own words. */
import { completable, fromJsonSchema, McpServer, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server';
import type { PromptDefinition, ResourceDefinition, ToolDefinition, ToolResult } from '../../../src/contracts/tool.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const say = (words: string): ToolResult => ({ content: [{ type: 'text', text: words }] });
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

interface PlainTool {
  readonly name: string;
  readonly description: string;
  readonly input: JsonObject;
  readonly output?: JsonObject;
  readonly run: (input: JsonObject, report: Report) => ToolResult | Promise<ToolResult>;
}

/** Tells of progress: how much of how much. */
type Report = (progress: number, total: number) => Promise<void>;

const NUMBERS = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] };

const tools: readonly PlainTool[] = [
  {
    name: 'say_back',
    description: 'Says the same.',
    input: {
      type: 'object',
      properties: { words: { type: 'string', maxLength: 100_000 }, times: { type: 'integer', minimum: 1, maximum: 3 } },
      required: ['words'],
      additionalProperties: false,
    },
    run: ({ words, times }) => say(String(words).repeat(times === undefined ? 1 : Number(times))),
  },
  { name: 'no_arguments', description: 'Takes none.', input: { type: 'object' }, run: () => say('done') },
  {
    name: 'always_fails',
    description: 'Fails.',
    input: { type: 'object' },
    run: () => {
      throw new Error('as announced');
    },
  },
  {
    name: 'add',
    description: 'Adds.',
    output: NUMBERS,
    input: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
    run: ({ a, b }) => ({ ...say(String(Number(a) + Number(b))), structuredContent: { sum: Number(a) + Number(b) } }),
  },
  {
    name: 'mirrored',
    description: 'Mirrors a parameter into a header.',
    input: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, query: { type: 'string' } }, required: ['region'] },
    run: ({ region }) => say(`region ${String(region)}`),
  },
  {
    name: 'steps',
    description: 'Reports progress.',
    input: { type: 'object' },
    run: async (_input, report) => {
      for (const step of [1, 2, 3]) await report(step, 3);
      return say('three steps');
    },
  },
  { name: 'picture', description: 'A picture.', input: { type: 'object' }, run: () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] }) },
];

const TEXT = { uri: 'test://text', name: 'Text', description: 'A sentence.', mimeType: 'text/plain' } as const;
const BINARY = { uri: 'test://binary', name: 'Binary', description: 'A picture.', mimeType: 'image/png' } as const;
const TEMPLATE = { uriTemplate: 'test://item/{id}', name: 'Item', description: 'An item by its id.', mimeType: 'application/json' } as const;
const readText = (uri: string): JsonObject => ({ uri, mimeType: TEXT.mimeType, text: 'A sentence.' });
const readBinary = (uri: string): JsonObject => ({ uri, mimeType: BINARY.mimeType, blob: PNG });
const readItem = (uri: string, id: unknown): JsonObject => ({ uri, mimeType: TEMPLATE.mimeType, text: JSON.stringify({ id }) });
const idsLike = (value: string): string[] => ['123', '124', '200'].filter((id) => id.startsWith(value));

const PLAIN = { name: 'plain', description: 'One sentence.' } as const;
const FILLED = { name: 'filled', description: 'With arguments.' } as const;
const ARGUMENTS = [
  { name: 'city', description: 'Where.', required: true },
  { name: 'day', description: 'When.', required: false },
] as const;
const citiesLike = (value: string): string[] => ['paris', 'park', 'prague'].filter((city) => city.startsWith(value));
const user = (words: string): JsonObject => ({ messages: [{ role: 'user', content: { type: 'text', text: words } }] });
const fill = ({ city, day }: JsonObject): JsonObject => user(`In ${String(city)} on ${day === undefined ? 'any day' : String(day)}.`);

/** Names that exist, for the generators. */
export const NAMES = {
  tools: tools.map(({ name }) => name),
  resources: [TEXT.uri, BINARY.uri, 'test://item/7'],
  prompts: [PLAIN.name, FILLED.name],
  template: TEMPLATE.uriTemplate,
} as const;

/** For the gateway. */
export const ownTools: readonly ToolDefinition[] = tools.map(
  ({ name, description, input, output, run }): ToolDefinition => ({
    name,
    description,
    input,
    isEnveloped: false,
    scopes: [],
    annotations: { readOnlyHint: true },
    handler: (sent, context) => run(sent as JsonObject, (progress, total) => context.progress(progress, total)),
    ...(output === undefined ? {} : { output }),
  }),
);
export const ownResources: readonly ResourceDefinition[] = [
  { ...TEXT, read: (uri) => [readText(uri)] },
  { ...BINARY, read: (uri) => [readBinary(uri)] },
  { ...TEMPLATE, complete: (_name, value) => idsLike(value), read: (uri, _context, { id }) => [readItem(uri, id)] },
];
export const ownPrompts: readonly PromptDefinition[] = [
  { ...PLAIN, get: () => user('A sentence.') },
  { ...FILLED, arguments: ARGUMENTS, complete: (argument, value) => (argument === 'city' ? citiesLike(value) : []), get: fill },
];

/** For the official SDK: one server with the fixture, as its factory wants it. */
export function referenceServer(): McpServer {
  const server = new McpServer(
    { name: 'reference', version: '1' },
    {
      capabilities: {
        logging: {},
        resources: { subscribe: true, listChanged: true },
        tools: { listChanged: true },
        prompts: { listChanged: true },
        completions: {},
      },
    },
  );
  for (const { name, description, input, output, run } of tools) {
    server.registerTool(
      name,
      {
        description,
        annotations: { readOnlyHint: true },
        inputSchema: schemas.get(input) ?? fromJsonSchema(input),
        ...(output === undefined ? {} : { outputSchema: schemas.get(output) ?? fromJsonSchema(output) }),
      },
      ((sent: unknown, { mcpReq }: ServerContext) =>
        run(sent as JsonObject, async (progress, total) => {
          const progressToken = mcpReq._meta?.progressToken;
          if (progressToken !== undefined) await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total } });
        })) as never,
    );
  }
  const { uri: textUri, name: textName, ...text } = TEXT;
  const { uri: binaryUri, name: binaryName, ...binary } = BINARY;
  const { uriTemplate, name: itemName, ...item } = TEMPLATE;
  server.registerResource(textName, textUri, text, ((uri: URL) => ({ contents: [readText(uri.href)] })) as never);
  server.registerResource(binaryName, binaryUri, binary, ((uri: URL) => ({ contents: [readBinary(uri.href)] })) as never);
  const template = new ResourceTemplate(uriTemplate, { list: undefined, complete: { id: idsLike } });
  server.registerResource(itemName, template, item, ((uri: URL, { id }: JsonObject) => ({ contents: [readItem(uri.href, id)] })) as never);
  server.registerPrompt(PLAIN.name, { description: PLAIN.description }, (() => user('A sentence.')) as never);
  server.registerPrompt(FILLED.name, { description: FILLED.description, argsSchema: promptSchema as never }, fill as never);
  server.server.setRequestHandler('logging/setLevel', () => ({}));
  return server;
}

const schemas = new Map([...tools.map(({ input }) => input), NUMBERS].map((schema) => [schema, fromJsonSchema(schema)] as const));
/** The SDK finds what completes an argument in the `shape` of its schema. */
const promptSchema = Object.assign(
  fromJsonSchema({
    type: 'object',
    properties: Object.fromEntries(ARGUMENTS.map(({ name, description }) => [name, { type: 'string', description }])),
    required: ['city'],
  }),
  { shape: { city: completable(fromJsonSchema<string>({ type: 'string' }), (value) => citiesLike(String(value))) } },
);
