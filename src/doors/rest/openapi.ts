/** @module doors/rest/openapi: the OpenAPI 3.1 document, built from the route table and the tools' own schemas. */
import { isObject, type JsonObject } from '../../core/json.ts';
import type { RouteFacts } from '../http/route.ts';

/** What the document describes. */
export interface ApiDescription {
  readonly version: string;
  readonly routes: readonly RouteFacts[];
  /** MCP Tool objects. */
  readonly tools: readonly JsonObject[];
}

const TOOL_PATH = '/mcp/v1/tools/{name}';
const CORRELATION = { $ref: '#/components/parameters/CorrelationId' };
const FAILURE = { $ref: '#/components/responses/Failure' };

/**
 * A complete OpenAPI 3.1 document. Every tool also gets a path of its own, with its input schema as
 * the body and its output schema as the answer.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function buildOpenApi({ version, routes, tools }: ApiDescription): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route) };
  for (const tool of tools) {
    const name = String(tool['name']);
    paths[TOOL_PATH.replace('{name}', encodeURIComponent(name))] = { post: toToolOperation(tool, name) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Switchyard',
      version,
      summary: 'REST facade of the gateway.',
      description: 'Tools, health and metrics over plain HTTP. The same calls as over MCP, on the same road: identity, policy, limits, audit.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: COMPONENTS,
  };
}

function toOperation({ operationId, summary, policy, operation = {} }: RouteFacts): JsonObject {
  const { parameters = [], responses = {}, ...rest } = operation;
  return {
    operationId,
    summary,
    tags: [policy === 'public' ? 'probes' : 'gateway'],
    ...rest,
    parameters: [CORRELATION, ...(Array.isArray(parameters) ? parameters : [])],
    responses: { ...(isObject(responses) ? responses : {}), default: FAILURE },
    ...(policy === 'public' ? { security: [] } : {}),
  };
}

function toToolOperation(tool: JsonObject, name: string): JsonObject {
  const { title, description, inputSchema, outputSchema } = tool;
  return {
    operationId: `tool_${name}`,
    summary: typeof title === 'string' ? title : name,
    ...(typeof description === 'string' ? { description } : {}),
    tags: ['tools'],
    parameters: [CORRELATION],
    requestBody: { required: false, content: { 'application/json': { schema: embed(inputSchema, name, 'input') } } },
    responses: {
      200: { description: 'What the tool returned.', content: { 'application/json': { schema: embed(outputSchema, name, 'output') } } },
      default: FAILURE,
    },
  };
}

/** A schema as part of the document. Its local references keep meaning itself: an `$id` makes it a resource of its own. */
function embed(schema: unknown, name: string, side: 'input' | 'output'): unknown {
  if (!isObject(schema)) return true;
  const { $schema: _dialect, ...rest } = schema;
  return JSON.stringify(rest).includes('"$ref":"#') ? { ...rest, $id: `urn:switchyard:tool:${encodeURIComponent(name)}:${side}` } : rest;
}

const COMPONENTS = {
  securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`switchyard keys create`).' } },
  parameters: {
    CorrelationId: {
      name: 'X-Correlation-ID',
      in: 'header',
      required: false,
      description: 'Ties the call to the records of its client; returned, minted when absent.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' },
    },
  },
  responses: {
    Failure: { description: "A failure. The status is the code's.", content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } } },
  },
  schemas: {
    Failure: {
      type: 'object',
      required: ['error'],
      properties: {
        error: {
          type: 'object',
          required: ['code', 'message', 'fix', 'correlation_id'],
          properties: {
            code: { type: 'string', description: 'Stable name of the failure.' },
            message: { type: 'string' },
            fix: { type: 'string', description: 'What to do about it.' },
            correlation_id: { type: 'string' },
            data: { type: 'object', description: 'Facts of this failure, by code.' },
          },
        },
      },
    },
  },
} as const;
