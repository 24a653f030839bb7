/** Uses everything that a server lists, as somebody would who wants to see what it does. */
import type { InputRequests, InputResponses } from '../../../src/contracts/ask.ts';
import type { UpstreamConnection, UpstreamListener } from '../../../src/contracts/upstream.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import type { Scope } from '../../../src/core/scope.ts';
import { fetchCatalogue } from '../../../src/upstreams/catalogue.ts';

/** A call that the scenario asks for. */
export interface WantedCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** The person behind the gateway's client: takes every default that a form offers, and says yes. */
const person: UpstreamListener = {
  ask: (requests: InputRequests): Promise<InputResponses> =>
    Promise.resolve(
      Object.fromEntries(Object.entries(requests).map(([key, request]) => [key, { action: 'accept', content: filledIn(request.params['requestedSchema']) }])),
    ),
};

function filledIn(schema: unknown): JsonObject {
  const properties = isObject(schema) && isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  return Object.fromEntries(
    properties.flatMap(([name, member]) => {
      if (!isObject(member)) return [];
      const value = member['default'] ?? (member['type'] === 'boolean' ? true : undefined);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Arguments that fit a simple schema. */
function argumentsFor({ inputSchema }: JsonObject): JsonObject {
  const properties = isObject(inputSchema) && isObject(inputSchema['properties']) ? Object.entries(inputSchema['properties']) : [];
  const sample = (type: unknown): unknown => (type === 'number' || type === 'integer' ? 2 : type === 'boolean' ? true : 'text');
  return Object.fromEntries(properties.map(([name, member]) => [name, sample(isObject(member) ? member['type'] : undefined)]));
}

/** Lists, calls, reads and gets. @param wanted instead of one call of each tool; empty = none */
export async function exercise(connection: UpstreamConnection, wanted: readonly WantedCall[] | undefined, scope: Scope): Promise<void> {
  const { tools, resources, prompts } = await fetchCatalogue(connection, scope);
  const schemaOf = (name: string): unknown => tools.find((tool) => tool['name'] === name)?.['inputSchema'];
  const each = tools.map((tool): WantedCall => {
    const name = String(tool['name']);
    // The scenario compares what comes back with what it listed.
    return { name, arguments: name === 'json_schema_echo' ? { schema: schemaOf('json_schema_2020_12_tool') } : argumentsFor(tool) };
  });
  for (const call of wanted ?? each) await connection.request('tools/call', { ...call }, scope, person);
  for (const { uri } of resources.slice(0, 1)) await connection.request('resources/read', { uri }, scope);
  for (const { name } of prompts.slice(0, 1)) await connection.request('prompts/get', { name }, scope);
}
