/**
 * @module doors/mcp/methods: the one table of methods: which revisions have each, what it reaches, how
 * its answer is written. A method that is not here, or not in the client's revision, does not exist.
 */
import type { CatalogList } from '../../contracts/catalog.ts';
import type { TargetKind } from '../../contracts/target.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject, type MaybePromise } from '../../core/json.ts';
import type { McpCore } from './core.ts';
import { setLogLevel, subscribe, unsubscribe } from './legacy/methods.ts';
import { parseCursor } from './pages.ts';
import type { Exchange } from './exchange.ts';
import { LATEST_LEGACY, MODERN_REVISION, type Revision } from './revisions.ts';
import { listen } from './subscriptions.ts';

/** The target of a request. */
export interface Route {
  readonly kind: TargetKind;
  readonly name: string;
  readonly input: unknown;
}

interface Row {
  /** First and last revision that has the method; absent = from the first, to the last. */
  readonly since?: Revision;
  readonly until?: Revision;
  /** Member of params that the Mcp-Name header repeats. */
  readonly nameMember?: 'name' | 'uri' | 'taskId';
}

/** A method that reaches a target. */
export interface CallRow extends Row {
  /** @throws AppError INVALID_PARAMS */
  readonly route: (params: JsonObject) => Route;
  /** JSON text of the result. @throws AppError OUTPUT_INVALID */
  readonly write: (core: McpCore, value: unknown, params: JsonObject, isModern: boolean) => string;
  /** Whether the target may ask the person behind the client. */
  readonly canAsk?: boolean;
  /** Whether a call may go on without its client. */
  readonly canBeTask?: boolean;
}

/** A method that the door answers itself. */
export interface OwnRow extends Row {
  /** JSON text of the result; undefined = nobody waits for one any more. @throws AppError */
  readonly answer: (exchange: Exchange, params: JsonObject) => MaybePromise<string | undefined>;
}

const EMPTY = '{}';

const TABLE: Readonly<Record<string, CallRow | OwnRow>> = {
  'server/discover': { since: MODERN_REVISION, answer: ({ core }) => core.write.discover },
  'tools/list': listRow('tools'),
  'tools/call': {
    nameMember: 'name',
    canAsk: true,
    canBeTask: true,
    route: toolRoute,
    write: ({ write }, value, _params, isModern) => write.complete(value, isModern),
  },
  'resources/list': listRow('resources'),
  'resources/templates/list': listRow('resourceTemplates'),
  'resources/read': {
    nameMember: 'uri',
    canAsk: true,
    route: (params) => ({ kind: 'resource', name: textOf(params, 'uri'), input: {} }),
    write: ({ write }, value, _params, isModern) => write.cacheable(value, isModern),
  },
  'prompts/list': listRow('prompts'),
  'prompts/get': { nameMember: 'name', canAsk: true, route: promptRoute, write: ({ write }, value, _params, isModern) => write.complete(value, isModern) },
  'completion/complete': { route: completionRoute, write: ({ write }, value, _params, isModern) => write.complete(value, isModern) },
  'subscriptions/listen': { since: MODERN_REVISION, answer: listen },
  'tasks/get': taskRow('getTask'),
  'tasks/update': taskRow('updateTask'),
  'tasks/cancel': taskRow('cancelTask'),
  // Everything below goes when the legacy revisions go. `initialize` is answered before this table is asked.
  ping: { until: LATEST_LEGACY, answer: () => EMPTY },
  'logging/setLevel': { until: LATEST_LEGACY, answer: setLogLevel },
  'resources/subscribe': { until: LATEST_LEGACY, answer: subscribe },
  'resources/unsubscribe': { until: LATEST_LEGACY, answer: unsubscribe },
};

const METHODS: ReadonlyMap<string, CallRow | OwnRow> = new Map(Object.entries(TABLE));

/** The method's row in this revision. @throws AppError METHOD_NOT_FOUND */
export function methodIn(revision: Revision, method: string): CallRow | OwnRow {
  const row = METHODS.get(method);
  if (row && (row.since === undefined || row.since <= revision) && (row.until === undefined || revision <= row.until)) return row;
  throw new AppError('METHOD_NOT_FOUND', { message: `Method not found: ${method.slice(0, 100)}` });
}

/** The member of params that Mcp-Name repeats, for any method. */
export function nameMemberOf(method: string): Row['nameMember'] {
  return METHODS.get(method)?.nameMember;
}

/** A required member of params. @throws AppError INVALID_PARAMS */
export function textOf(params: JsonObject, member: string): string {
  const value = params[member];
  if (typeof value === 'string') return value;
  throw new AppError('INVALID_PARAMS', { message: `Invalid params: ${member} must be a string.` });
}

/** An optional member of params. @throws AppError INVALID_PARAMS */
function objectOf(params: JsonObject, member: string): JsonObject {
  const value = params[member];
  if (value === undefined) return {};
  if (isObject(value)) return value;
  throw new AppError('INVALID_PARAMS', { message: `Invalid params: ${member} must be an object.` });
}

function listRow(list: CatalogList): CallRow {
  return {
    route(params) {
      if (params['cursor'] !== undefined) parseCursor(list, params['cursor']);
      return { kind: 'catalog', name: list, input: {} };
    },
    write: ({ write }, value, params, isModern) => write.page(list, value, params['cursor'], isModern),
  };
}

/** Loaded with the first of them: most clients have no tasks. */
function taskRow(name: 'getTask' | 'updateTask' | 'cancelTask'): OwnRow {
  return {
    since: MODERN_REVISION,
    nameMember: 'taskId',
    answer: async (exchange, params) => {
      if (!exchange.core.ports.tasks) throw new AppError('METHOD_NOT_FOUND', { message: 'Tasks are switched off here.' });
      const methods = await import('./tasks/task-methods.ts');
      return await methods[name](exchange, params);
    },
  };
}

function toolRoute(params: JsonObject): Route {
  return { kind: 'tool', name: textOf(params, 'name'), input: objectOf(params, 'arguments') };
}

function promptRoute(params: JsonObject): Route {
  const input = objectOf(params, 'arguments');
  for (const key of Object.keys(input)) textOf(input, key);
  return { kind: 'prompt', name: textOf(params, 'name'), input };
}

function completionRoute(params: JsonObject): Route {
  const reference = objectOf(params, 'ref');
  const argument = objectOf(params, 'argument');
  const known = objectOf(objectOf(params, 'context'), 'arguments');
  for (const key of Object.keys(known)) textOf(known, key);
  return {
    kind: 'completion',
    name: referenceName(reference),
    input: { argument: { name: textOf(argument, 'name'), value: textOf(argument, 'value') }, context: { arguments: known } },
  };
}

function referenceName(reference: JsonObject): string {
  if (reference['type'] === 'ref/prompt') return `prompt:${textOf(reference, 'name')}`;
  if (reference['type'] === 'ref/resource') return `resource:${textOf(reference, 'uri')}`;
  throw new AppError('INVALID_PARAMS', { message: 'Invalid params: ref must be a prompt or resource reference.' });
}
