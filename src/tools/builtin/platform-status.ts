/** @module tools/builtin/platform-status: T4. */
import type { ComponentStatus, PlatformStatus } from '../../contracts/status.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';

const COMPONENTS = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'state', 'detail'],
    properties: { name: { type: 'string' }, state: { enum: ['up', 'degraded', 'down', 'off'] }, detail: { type: ['string', 'null'] } },
  },
};

/** What runs, probed at the moment of the call. */
export function createPlatformStatusTool(status: PlatformStatus): ToolDefinition {
  return {
    name: 'platform_status',
    title: 'Platform status',
    description: 'Report version, uptime, doors, runtimes, sandbox level, providers, upstream servers, clients and call totals.',
    output: {
      type: 'object',
      required: ['version', 'uptime_seconds', 'environment', 'doors', 'runtimes', 'sandbox', 'providers', 'upstreams', 'clients', 'requests'],
      properties: {
        version: { type: 'string' },
        uptime_seconds: { type: 'number' },
        environment: { type: 'object' },
        doors: COMPONENTS,
        runtimes: COMPONENTS,
        sandbox: { type: 'object', required: ['level'], properties: { level: { type: 'string' }, detail: { type: ['string', 'null'] } } },
        providers: COMPONENTS,
        upstreams: COMPONENTS,
        clients: { type: 'array', items: { type: 'object' } },
        requests: { type: 'object', required: ['total', 'failed', 'running', 'queued'] },
      },
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    metadata: { category: 'system', timeoutSeconds: 10 },
    scopes: ['tools:ping'],
    async handler() {
      const { uptimeSeconds, doors, runtimes, sandbox, providers, upstreams, clients, calls, version, environment } = await status.report();
      return {
        version,
        uptime_seconds: uptimeSeconds,
        environment,
        doors: doors.map(toWire),
        runtimes: runtimes.map(toWire),
        sandbox: { level: sandbox.level, detail: sandbox.detail ?? null },
        providers: providers.map(toWire),
        upstreams: upstreams.map(toWire),
        clients: clients.map(({ name, version: clientVersion, door, protocolVersion, requests }) => ({ name, version: clientVersion, door, protocol_version: protocolVersion, requests })),
        requests: calls,
      };
    },
  };
}

function toWire({ name, state, detail }: ComponentStatus): { readonly name: string; readonly state: string; readonly detail: string | null } {
  return { name, state, detail: detail ?? null };
}
