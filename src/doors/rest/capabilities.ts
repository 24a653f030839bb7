/** @module doors/rest/capabilities: GET /mcp/capabilities and GET /openapi.json: what the caller may use. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { RateState, CallRunner } from '../../contracts/call.ts';
import type { CatalogList } from '../../contracts/catalog.ts';
import type { RouteFacts } from '../http/route.ts';
import { buildOpenApi } from './openapi.ts';
import { callFor, failureOf, type Reply, type Visit } from './visit.ts';

/** What the gateway says about itself. */
export interface GatewayFacts {
  readonly version: string;
  /** MCP revisions served. */
  readonly revisions: readonly string[];
  /** Path of the MCP endpoint. */
  readonly mcpPath: string;
}

type Listing = { readonly definitions: readonly JsonObject[]; readonly rate: RateState | undefined } | { readonly failure: Reply };

const LISTS = [
  ['tools', 'tools'],
  ['resources', 'resources'],
  ['resourceTemplates', 'resource_templates'],
  ['prompts', 'prompts'],
] as const;

/** Replies with the lists as the caller sees them over MCP; each is a call of its own on the road. */
export async function describeCapabilities(runner: CallRunner, visit: Visit, { version, revisions, mcpPath }: GatewayFacts): Promise<Reply> {
  const lists: Record<string, readonly JsonObject[]> = {};
  let rate: RateState | undefined;
  for (const [list, member] of LISTS) {
    const listing = await readList(runner, visit, list);
    if ('failure' in listing) return listing.failure;
    lists[member] = listing.definitions;
    rate = listing.rate;
  }
  const { id, roles } = visit.admission.principal;
  return {
    json: { service: 'switchyard', version, protocol: { endpoint: mcpPath, revisions: revisions.toSorted().reverse() }, principal: { id, roles }, ...lists },
    rate,
  };
}

/** Replies with the OpenAPI document of the routes and of the tools that the caller sees. */
export async function describeApi(runner: CallRunner, visit: Visit, { version }: GatewayFacts, routes: readonly RouteFacts[]): Promise<Reply> {
  const listing = await readList(runner, visit, 'tools');
  if ('failure' in listing) return listing.failure;
  return { json: buildOpenApi({ version, routes, tools: listing.definitions }), rate: listing.rate };
}

async function readList(runner: CallRunner, visit: Visit, list: CatalogList): Promise<Listing> {
  const answer = await callFor(runner, visit, { kind: 'catalog', name: list }, {});
  const failure = failureOf(answer, () => new AppError('INTERNAL'));
  if (failure || answer.terminal.type !== 'result') return { failure: failure ?? { error: new AppError('INTERNAL') } };
  const { value } = answer.terminal;
  return { definitions: Array.isArray(value) ? value.filter(isObject) : [], rate: answer.rate };
}
