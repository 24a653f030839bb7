/** @module doors/mcp/results: values of targets as the JSON text of MCP results. */
import type { CatalogList } from '../../contracts/catalog.ts';
import type { InputRequests } from '../../contracts/ask.ts';
import { TASKS_EXTENSION } from '../../contracts/mcp.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { McpOptions } from './core.ts';
import { SERVER_CAPABILITIES } from './capabilities.ts';
import { pageText } from './pages.ts';
import { META, MODERN_REVISIONS, type Revision } from './revisions.ts';

/**
 * Writes results. Modern ones carry `resultType` and the server's identity; cacheable ones also say
 * how long and for whom: `private`, because what a caller sees depends on what it may do.
 */
export interface ResultWriter {
  /** @throws AppError OUTPUT_INVALID when the value is not an object that JSON can carry */
  complete(value: unknown, isModern: boolean): string;
  /** As complete, for resources/read. */
  cacheable(value: unknown, isModern: boolean): string;
  /** @throws AppError INVALID_PARAMS for a bad cursor; OUTPUT_INVALID when the value is not a list */
  page(list: CatalogList, value: unknown, cursor: unknown, isModern: boolean): string;
  inputRequired(requests: InputRequests, requestState: string): string;
  /** A call that became a task: the members of a Task. */
  task(members: JsonObject): string;
  /** The end of a subscription that the server closes. */
  subscriptionEnd(subscription: string | number): string;
  readonly discover: string;
  initialize(revision: Revision): string;
}

/** Builds the writer; everything that never changes is written here and now. */
export function createResultWriter(
  options: Pick<McpOptions, 'serverInfo' | 'instructions' | 'ttlMs' | 'discoverTtlMs' | 'pageSize'> & { readonly hasTasks?: boolean },
): ResultWriter {
  const { serverInfo, instructions, ttlMs, discoverTtlMs, pageSize, hasTasks = false } = options;
  const identity = { [META.serverInfo]: serverInfo };
  const plain = { resultType: 'complete', _meta: identity };
  const cached = { ...plain, ttlMs, cacheScope: 'private' };
  const plainText = openText(plain);
  const cachedText = openText(cached);
  const told = instructions === undefined ? {} : { instructions };

  return {
    complete: (value, isModern) => (isModern ? merge(plainText, plain, value) : objectText(value)),
    cacheable: (value, isModern) => (isModern ? merge(cachedText, cached, value) : objectText(value)),
    page(list, value, cursor, isModern) {
      if (!Array.isArray(value)) throw new AppError('OUTPUT_INVALID', { message: 'The catalogue did not answer with a list.' });
      const members = pageText(list, value as readonly JsonObject[], cursor, pageSize);
      return isModern ? `${cachedText},${members}}` : `{${members}}`;
    },
    inputRequired: (inputRequests, requestState) => JSON.stringify({ resultType: 'input_required', inputRequests, requestState, _meta: identity }),
    task: (members) => JSON.stringify({ ...members, resultType: 'task', _meta: identity }),
    subscriptionEnd: (subscription) => JSON.stringify({ ...plain, _meta: { ...identity, [META.subscription]: subscription } }),
    discover: JSON.stringify({
      ...plain,
      supportedVersions: MODERN_REVISIONS,
      capabilities: hasTasks ? { ...SERVER_CAPABILITIES, extensions: { [TASKS_EXTENSION]: {} } } : SERVER_CAPABILITIES,
      ...told,
      ttlMs: discoverTtlMs,
      cacheScope: 'private',
    }),
    initialize: (protocolVersion) => JSON.stringify({ protocolVersion, capabilities: SERVER_CAPABILITIES, serverInfo, ...told }),
  };
}

/** The object's text without its closing brace. */
function openText(value: JsonObject): string {
  return JSON.stringify(value).slice(0, -1);
}

function objectText(value: unknown): string {
  const text = isObject(value) ? (JSON.stringify(value) as string | undefined) : undefined;
  if (text === undefined) throw new AppError('OUTPUT_INVALID', { message: 'The answer is not a JSON object.' });
  return text;
}

/** Members that the protocol owns win over the value's; the usual value has none of them and is written once. */
function merge(openingText: string, opening: JsonObject, value: unknown): string {
  if (isObject(value) && Object.keys(opening).some((key) => value[key] !== undefined)) {
    const meta = value['_meta'];
    return objectText({ ...value, ...opening, _meta: { ...(isObject(meta) ? meta : {}), ...(opening['_meta'] as JsonObject) } });
  }
  const text = objectText(value);
  return text === '{}' ? `${openingText}}` : `${openingText},${text.slice(1)}`;
}
