/** @module upstreams/catalogue: everything an upstream lists, within bounds. */
import type { UpstreamConnection } from '../contracts/upstream.ts';
import { AppError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Scope } from '../core/scope.ts';

/** What an upstream has, as it listed it. */
export interface UpstreamCatalogue {
  readonly tools: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly instructions: string | null;
}

/** One that lists nothing. */
export const EMPTY_CATALOGUE: UpstreamCatalogue = Object.freeze({ tools: [], resources: [], templates: [], prompts: [], instructions: null });

/** Whether anything is listed that somebody could call. */
export function hasEntries({ tools, resources, templates, prompts }: UpstreamCatalogue): boolean {
  return tools.length + resources.length + templates.length + prompts.length > 0;
}

const MAX_ENTRIES = 2000;
const MAX_BYTES = 8 * 1_048_576;
const MAX_PAGES = 200;
/** JSON-RPC 2.0, section 5.1. */
const METHOD_NOT_FOUND = -32601;

interface Listing {
  readonly method: string;
  readonly member: string;
}

const TOOLS: Listing = { method: 'tools/list', member: 'tools' };
const RESOURCES: Listing = { method: 'resources/list', member: 'resources' };
const TEMPLATES: Listing = { method: 'resources/templates/list', member: 'resourceTemplates' };
const PROMPTS: Listing = { method: 'prompts/list', member: 'prompts' };

/**
 * Asks for every list that the server says it has: at most 2 000 entries of each kind and 8 MiB together.
 *
 * @throws AppError UPSTREAM_INVALID beyond the bounds, or when a list is none; whatever the requests throw
 */
export async function fetchCatalogue(connection: UpstreamConnection, scope: Scope): Promise<UpstreamCatalogue> {
  const { capabilities, instructions } = connection.facts;
  const budget = { bytes: MAX_BYTES };
  const ask = async (capability: string, listing: Listing): Promise<readonly JsonObject[]> =>
    isObject(capabilities[capability]) ? await fetchList(connection, listing, scope, budget).catch(noneIfUnknown) : [];
  const tools = await ask('tools', TOOLS);
  const prompts = await ask('prompts', PROMPTS);
  const resources = await ask('resources', RESOURCES);
  // Servers without templates answer with errors of many kinds.
  const templates = await ask('resources', TEMPLATES).catch((failure: unknown) => {
    if (AppError.is(failure) && failure.code === 'UPSTREAM_ERROR') return [];
    throw failure;
  });
  return { tools, resources, templates, prompts, instructions };
}

/** Some servers say that they have prompts or resources, have none, and do not know the method that lists them. */
function noneIfUnknown(failure: unknown): readonly JsonObject[] {
  if (AppError.is(failure) && failure.data?.['upstreamCode'] === METHOD_NOT_FOUND) return [];
  throw failure;
}

async function fetchList(connection: UpstreamConnection, { method, member }: Listing, scope: Scope, budget: { bytes: number }): Promise<JsonObject[]> {
  const entries: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { [member]: listed, nextCursor } = await connection.request(method, cursor === undefined ? {} : { cursor }, scope);
    if (!Array.isArray(listed)) throw new AppError('UPSTREAM_INVALID', { message: `The upstream answers ${method} without a list.` });
    for (const entry of listed) {
      if (!isObject(entry)) throw new AppError('UPSTREAM_INVALID', { message: `The upstream lists something in ${method} that is no object.` });
      budget.bytes -= JSON.stringify(entry).length;
      entries.push(entry);
    }
    if (entries.length > MAX_ENTRIES || budget.bytes < 0) {
      throw new AppError('UPSTREAM_INVALID', { message: `The upstream lists too much: at most ${MAX_ENTRIES} ${member} and ${MAX_BYTES} bytes are taken.` });
    }
    if (typeof nextCursor !== 'string') return entries;
    cursor = nextCursor;
  }
  throw new AppError('UPSTREAM_INVALID', { message: `The upstream answers ${method} with more than ${MAX_PAGES} pages.` });
}
