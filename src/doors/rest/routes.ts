/** @module doors/rest/routes: every REST route with its policy. */
import type { JsonObject } from '../../core/json.ts';
import type { RouteFacts } from '../http/route.ts';
import { HEALTH_ROUTES } from './health.ts';

/** Names of the routes that ask who calls. */
type OperationId = 'runtime' | 'capabilities' | 'callTool' | 'metrics' | 'openapi' | 'cost' | 'consoleLink' | 'approvals' | 'decideApprovals';

/** A route of the REST door itself (the probes have a mount of their own). */
export type RestRoute = RouteFacts & { readonly operationId: OperationId };

const json = (description: string, schema: JsonObject = { type: 'object' }): JsonObject => ({
  200: { description, content: { 'application/json': { schema } } },
});
const list = { type: 'array', items: { type: 'object' } };

const ROUTES: readonly RestRoute[] = [
  {
    method: 'GET',
    path: '/health/runtime',
    policy: { kind: 'admin', name: 'runtime' },
    operationId: 'runtime',
    summary: 'What runs: doors, runtimes, upstreams, load, memory',
    operation: { responses: json('The platform, probed now.') },
  },
  {
    method: 'GET',
    path: '/mcp/capabilities',
    policy: { kind: 'catalog', name: 'tools' },
    operationId: 'capabilities',
    summary: 'Tools, resources and prompts the caller may use',
    operation: {
      responses: json('The lists as the caller sees them over MCP.', {
        type: 'object',
        required: ['service', 'version', 'protocol', 'principal', 'tools', 'resources', 'resource_templates', 'prompts'],
        properties: { tools: list, resources: list, resource_templates: list, prompts: list },
      }),
    },
  },
  {
    method: 'POST',
    path: '/mcp/v1/tools/{name}',
    policy: { kind: 'tool', name: '{name}' },
    operationId: 'callTool',
    summary: 'Calls a tool',
    operation: {
      parameters: [{ name: 'name', in: 'path', required: true, description: 'Name of the tool.', schema: { type: 'string' } }],
      requestBody: {
        required: false,
        description: 'The arguments, or {"arguments": {…}} around them.',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
      responses: json('What the tool returned: its structured content, else the MCP result.'),
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    policy: { kind: 'admin', name: 'metrics' },
    operationId: 'metrics',
    summary: 'Numbers for Prometheus',
    operation: { responses: { 200: { description: 'Text format 0.0.4.', content: { 'text/plain': { schema: { type: 'string' } } } } } },
  },
  {
    method: 'GET',
    path: '/admin/cost',
    policy: { kind: 'admin', name: 'cost' },
    operationId: 'cost',
    summary: 'What calls of models used: requests, tokens, cost',
    operation: {
      parameters: [
        { name: 'sinceSeconds', in: 'query', required: false, description: 'How far back; a week by default.', schema: { type: 'integer', minimum: 1 } },
        { name: 'by', in: 'query', required: false, description: 'How it is grouped; by day by default.', schema: { enum: ['day', 'key', 'team', 'model'] } },
      ],
      responses: json('Lines and their total; null is what is not known.', {
        type: 'object',
        required: ['from', 'to', 'by', 'lines', 'total'],
        properties: {
          from: { type: 'integer' },
          to: { type: 'integer' },
          by: { type: 'string' },
          lines: { type: 'array', items: { type: 'object' } },
          total: { type: ['object', 'null'] },
        },
      }),
    },
  },
  {
    method: 'POST',
    path: '/admin/console-link',
    policy: { kind: 'admin', name: 'console-link' },
    operationId: 'consoleLink',
    summary: 'Makes a link that opens the status page once',
    operation: {
      responses: json('Where the page opens, below this address, within ten minutes.', {
        type: 'object',
        required: ['path'],
        properties: { path: { type: 'string' } },
      }),
    },
  },
  {
    method: 'GET',
    path: '/admin/approvals',
    policy: { kind: 'admin', name: 'approvals' },
    operationId: 'approvals',
    summary: 'Calls that a rule holds with their arguments, and new and changed definitions of upstream servers with their diffs',
    operation: {
      responses: json('What waits, and calls that were decided.', {
        type: 'object',
        required: ['upstreams', 'calls'],
        properties: { upstreams: list, calls: list },
      }),
    },
  },
  {
    method: 'POST',
    path: '/admin/approvals',
    policy: { kind: 'admin', name: 'decide-approvals' },
    operationId: 'decideApprovals',
    summary: 'Approves or rejects exactly what the ids stand for',
    operation: {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['decision', 'ids'],
              properties: {
                decision: { enum: ['approve', 'reject'] },
                ids: { type: 'array', items: { type: 'string' }, minItems: 1 },
                uses: { type: 'integer', minimum: 1, description: 'Calls that a yes is good for; at most, and by default, what the rule says.' },
                validSeconds: { type: 'integer', minimum: 1, description: 'Seconds that it holds; at most, and by default, what the rule says.' },
              },
            },
          },
        },
      },
      responses: json('What was decided.', { type: 'object', required: ['decision', 'decided'], properties: { decision: { type: 'string' }, decided: list } }),
    },
  },
  {
    method: 'GET',
    path: '/openapi.json',
    policy: { kind: 'catalog', name: 'tools' },
    operationId: 'openapi',
    summary: 'This document, with the tools the caller may use',
    operation: { responses: json('An OpenAPI 3.1 document.') },
  },
];

/** @param isMetricsPublic whether metrics are read without a credential */
export function createRestRoutes(isMetricsPublic: boolean): readonly RestRoute[] {
  return ROUTES.map((route) => (route.operationId === 'metrics' && isMetricsPublic ? { ...route, policy: 'public' } : route));
}

/** Every route of the facade, the probes included. */
export function allRestRoutes(isMetricsPublic: boolean): readonly RouteFacts[] {
  return [...HEALTH_ROUTES, ...createRestRoutes(isMetricsPublic)];
}
