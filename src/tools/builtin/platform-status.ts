/** @module tools/builtin/platform-status: what runs here. */
import type { ComponentStatus, PlatformReport, PlatformStatus } from '../../contracts/status.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { JsonObject } from '../../core/json.ts';
import { defineTool } from '../define-tool.ts';

const COMPONENTS: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    properties: { name: { type: 'string' }, state: { enum: ['up', 'degraded', 'down', 'off'] }, detail: { type: 'string' } },
    required: ['name', 'state'],
  },
};

const COUNT: JsonObject = { type: 'integer', minimum: 0 };
const TEXT_OR_NULL: JsonObject = { type: ['string', 'null'] };

const OUTPUT: JsonObject = {
  type: 'object',
  properties: {
    version: { type: 'string' },
    uptime_seconds: { type: 'number' },
    environment: {
      type: 'object',
      properties: { node: { type: 'string' }, platform: { type: 'string' }, mode: { type: 'string' } },
      required: ['node', 'platform', 'mode'],
    },
    doors: COMPONENTS,
    runtimes: COMPONENTS,
    sandbox: { type: 'object', properties: { level: { type: 'string' }, detail: { type: 'string' } }, required: ['level'] },
    providers: COMPONENTS,
    upstreams: COMPONENTS,
    cluster: COMPONENTS,
    clients: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: TEXT_OR_NULL, version: TEXT_OR_NULL, door: { type: 'string' }, protocol_version: TEXT_OR_NULL, requests: COUNT },
        required: ['name', 'version', 'door', 'protocol_version', 'requests'],
      },
    },
    requests: {
      type: 'object',
      properties: { total: COUNT, failed: COUNT, running: COUNT, queued: COUNT },
      required: ['total', 'failed', 'running', 'queued'],
    },
  },
  required: ['version', 'uptime_seconds', 'environment', 'doors', 'runtimes', 'sandbox', 'providers', 'upstreams', 'cluster', 'clients', 'requests'],
};

/** Reports what the port finds when it is asked: nothing here is a constant. */
export function createPlatformStatus(status: PlatformStatus): ToolDefinition {
  return defineTool({
    name: 'platform_status',
    title: 'Platform status',
    description: 'Version, uptime, doors, runtimes, sandbox level, model providers, upstream servers, clients and request totals of this gateway.',
    output: OUTPUT,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'diagnostics', timeoutSeconds: 10 },
    inProcess: 'Tells the state of the gateway, which only its own process knows.',
    scopes: ['tools:read'],
    handler: async () => toWire(await status.report()),
  });
}

function toWire({ uptimeSeconds, doors, runtimes, providers, upstreams, cluster, clients, calls, version, environment, sandbox }: PlatformReport): JsonObject {
  return {
    version,
    uptime_seconds: uptimeSeconds,
    environment: { ...environment },
    doors: doors.map(toComponent),
    runtimes: runtimes.map(toComponent),
    sandbox: { ...sandbox },
    providers: providers.map(toComponent),
    upstreams: upstreams.map(toComponent),
    cluster: cluster.map(toComponent),
    clients: clients.map(({ name, version: clientVersion, door, protocolVersion, requests }) => ({
      name,
      version: clientVersion,
      door,
      protocol_version: protocolVersion,
      requests,
    })),
    requests: { ...calls },
  };
}

function toComponent({ name, state, detail }: ComponentStatus): JsonObject {
  return detail === undefined ? { name, state } : { name, state, detail };
}
