/** @module tools/search/definitions: the tools by which the others are found, as clients see them. */
import { deepFreeze, type JsonObject } from '../../core/json.ts';

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const TOOL = { type: 'string', minLength: 1, maxLength: 256, description: 'Name of the tool, as tools_search or tools_list gives it.' };

function definition(
  name: string,
  title: string,
  description: string,
  properties: JsonObject,
  required: readonly string[],
  annotations: JsonObject,
): JsonObject {
  const inputSchema = { type: 'object', properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false };
  return { name, title, description, inputSchema, annotations: { title, ...annotations } };
}

const DEFINITIONS: readonly JsonObject[] = deepFreeze([
  definition(
    'tools_call',
    'Call a tool',
    'Calls a tool that tools_search or tools_list has named, and answers what it answers. Look at its parameters first with tools_schema.',
    { tool: TOOL, input: { type: 'object', description: 'Its arguments, as its schema says. Default: none.' } },
    ['tool'],
    { readOnlyHint: false, openWorldHint: true },
  ),
  definition(
    'tools_list',
    'List the tools of a category',
    'Lists the tools of one category with their first sentence.',
    {
      category: { type: 'string', minLength: 1, maxLength: 256, description: 'As tools_list_categories names it.' },
      offset: { type: 'integer', minimum: 0, description: 'How many to leave out; for long lists. Default 0.' },
    },
    ['category'],
    READS,
  ),
  definition('tools_list_categories', 'List the categories of tools', 'Lists what kinds of tools there are, with their number.', {}, [], READS),
  definition('tools_schema', 'Show a tool', 'Shows a tool with its description and the JSON Schema of its arguments.', { tool: TOOL }, ['tool'], READS),
  definition(
    'tools_search',
    'Search tools',
    'Finds the tools for a task. Most tools are not listed: search here before you decide that something cannot be done.',
    {
      query: { type: 'string', minLength: 1, maxLength: 1000, description: 'The task in a few words: what is to be done, and to what.' },
      limit: { type: 'integer', minimum: 1, maximum: 20, description: 'How many tools to name. Default 5.' },
    },
    ['query'],
    READS,
  ),
]);

/** Sorted by name, as all lists are. */
export function metaDefinitions(): readonly JsonObject[] {
  return DEFINITIONS;
}
