/**
 * @module doors/mcp/subscriptions: subscriptions/listen: one request whose stream stays open.
 *
 * @see MCP 2026-07-28, basic/patterns/subscriptions
 */
import type { CatalogEvent } from '../../contracts/catalog.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { requireTasks } from './capabilities.ts';
import { changeText } from './change-hub.ts';
import type { McpCore } from './core.ts';
import type { Exchange } from './exchange.ts';
import { notificationText } from './message.ts';
import type { Ticking } from './pulse.ts';
import type { TaskState } from './tasks/task-state.ts';
import { META } from './revisions.ts';
import { authorizeWatch } from './watch.ts';

/** What a client wants to hear of. */
interface Filter {
  readonly toolsListChanged?: true;
  readonly promptsListChanged?: true;
  readonly resourcesListChanged?: true;
  readonly resourceSubscriptions?: readonly string[];
  readonly taskIds?: readonly string[];
}

const LISTS = ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged'] as const;
const SWITCH = { tools_changed: 'toolsListChanged', prompts_changed: 'promptsListChanged', resources_changed: 'resourcesListChanged' } as const;
/** Name of the subscription to changes of the lists themselves. */
const EVERY_LIST = '*';
/** Why a call of ours may fail without concerning the one resource alone. */
const SWEEPING = new Set(['RATE_LIMITED', 'QUOTA_EXCEEDED', 'OVERLOADED', 'SHUTTING_DOWN', 'AUDIT_UNAVAILABLE', 'CANCELLED', 'INTERNAL']);

/**
 * Acknowledges what is granted, then tells of changes until the client goes away or the door closes.
 * Resources that the caller may not read, or that do not exist, are left out of the acknowledgement.
 * Resolves with the closing result, or undefined when the client is gone.
 *
 * @throws AppError INVALID_PARAMS, OVERLOADED, NOT_ACCEPTABLE when no stream can be opened
 */
export async function listen(exchange: Exchange, params: JsonObject): Promise<string | undefined> {
  const { core, id, peer, outlet } = exchange;
  const wanted = parseFilter(params['notifications'], core.options.maxWatchedUris);
  if (!outlet.canStream) throw new AppError('NOT_ACCEPTABLE', { message: 'A subscription is answered as text/event-stream.' });
  const release = reserve(core, peer.admission.principal.id);
  try {
    const granted = await grant(exchange, wanted);
    const meta = { [META.subscription]: id };
    await outlet.send(notificationText('notifications/subscriptions/acknowledged', { _meta: meta, notifications: granted }));
    if (Object.keys(granted).length > 0) await follow(exchange, granted, meta);
    return outlet.scope.reason ? undefined : core.write.subscriptionEnd(id);
  } finally {
    release();
  }
}

/** Resolves when the client is gone or switched off, or the door closes. */
function follow({ core, peer, outlet }: Exchange, granted: Filter, meta: JsonObject): Promise<void> {
  const stopTasks = granted.taskIds === undefined ? undefined : followTasks({ core, peer, outlet }, granted.taskIds, meta);
  return new Promise((resolve) => {
    const uris = new Set(granted.resourceSubscriptions);
    const watches = [...uris].map((uri) => core.ports.catalog.watch?.(uri, core.profile));
    const stop = core.changes.listen(
      (event) => {
        if (isWanted(event, granted, uris)) void outlet.send(changeText(event, meta));
      },
      () => end(),
    );
    let stopWaiting = (): void => undefined;
    const brake: Ticking = {
      place: -1,
      tick: () => {
        if (core.ports.runner.isOff(peer.admission)) end();
      },
    };
    core.heartbeats.add(brake);
    const end = (): void => {
      core.heartbeats.delete(brake);
      stop();
      for (const endWatch of watches) endWatch?.();
      void stopTasks?.then((stopAll) => stopAll());
      stopWaiting();
      resolve();
    };
    stopWaiting = outlet.scope.onCancel(end);
  });
}

/** Tells of each task as it is now, and of every change. The promise has the way to stop. */
async function followTasks(
  { core, peer, outlet }: Pick<Exchange, 'core' | 'peer' | 'outlet'>,
  taskIds: readonly string[],
  meta: JsonObject,
): Promise<() => void> {
  const [tasks, { toWire }] = await Promise.all([core.ports.tasks?.load(), import('./tasks/task-state.ts')]);
  const { id: principalId } = peer.admission.principal;
  const stops = taskIds.map((taskId) => {
    const tell = (state: TaskState): void => void outlet.send(notificationText('notifications/tasks', { ...toWire(state, true), _meta: meta }));
    void tasks?.get(principalId, taskId).then(
      ({ state }) => tell(state),
      () => undefined,
    );
    return tasks?.watch(principalId, taskId, tell);
  });
  return () => {
    for (const stop of stops) stop?.();
  };
}

function isWanted(event: CatalogEvent, granted: Filter, uris: ReadonlySet<string>): boolean {
  return event.type === 'resource_updated' ? uris.has(event.uri) : granted[SWITCH[event.type]] === true;
}

/** @throws AppError INVALID_PARAMS */
function parseFilter(sent: unknown, maxUris: number): Filter {
  if (!isObject(sent)) throw new AppError('INVALID_PARAMS', { message: 'Invalid params: notifications must be an object.' });
  const filter: { -readonly [Key in keyof Filter]: Filter[Key] } = {};
  for (const name of LISTS) {
    const value = sent[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw new AppError('INVALID_PARAMS', { message: `Invalid params: notifications.${name} must be a boolean.` });
    if (value === true) filter[name] = true;
  }
  for (const name of ['resourceSubscriptions', 'taskIds'] as const) {
    const texts = sent[name];
    if (texts === undefined) continue;
    if (!isTexts(texts) || texts.length > maxUris)
      throw new AppError('INVALID_PARAMS', { message: `Invalid params: notifications.${name} must be at most ${maxUris} strings.` });
    if (texts.length > 0) filter[name] = [...new Set(texts)];
  }
  return filter;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

/** The filter without what this caller cannot watch. @throws AppError when every further call would fail too */
async function grant(exchange: Exchange, { resourceSubscriptions = [], taskIds = [], ...lists }: Filter): Promise<Filter> {
  const areListsGranted = Object.keys(lists).length === 0 || (await isGranted(exchange, EVERY_LIST));
  const uris: string[] = [];
  for (const uri of resourceSubscriptions) if (await isGranted(exchange, uri)) uris.push(uri);
  const own = taskIds.length === 0 || !exchange.core.ports.tasks ? [] : await grantTasks(exchange, taskIds);
  return {
    ...(areListsGranted ? lists : {}),
    ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}),
    ...(own.length > 0 ? { taskIds: own } : {}),
  };
}

function isGranted(exchange: Exchange, name: string): Promise<boolean> {
  return succeeds(authorizeWatch(exchange, name));
}

/** Tasks of others, or that do not exist, are left out. Orphans are taken up, as by tasks/get. @throws AppError CLIENT_CAPABILITY_MISSING */
async function grantTasks(exchange: Exchange, taskIds: readonly string[]): Promise<string[]> {
  requireTasks(exchange.peer.capabilities);
  const { stateOf } = await import('./tasks/task-methods.ts');
  const own: string[] = [];
  for (const taskId of taskIds) if (await succeeds(stateOf(exchange, taskId))) own.push(taskId);
  return own;
}

/** @throws AppError when every further call would fail too */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (failure) {
    const error = toAppError(failure);
    if (SWEEPING.has(error.code)) throw error;
    return false;
  }
}

/** Takes one of the bounded places; the returned function gives it back. @throws AppError OVERLOADED */
function reserve({ subscriptions, options }: McpCore, principalId: string): () => void {
  let total = 0;
  for (const count of subscriptions.values()) total += count;
  const own = subscriptions.get(principalId) ?? 0;
  if (total >= options.maxSubscriptions || own >= options.maxSubscriptionsPerPrincipal) {
    throw new AppError('OVERLOADED', { message: 'Subscription limit reached.', fix: 'Close a subscription that is no longer needed, then subscribe again.' });
  }
  subscriptions.set(principalId, own + 1);
  return () => {
    const left = (subscriptions.get(principalId) ?? 1) - 1;
    if (left > 0) subscriptions.set(principalId, left);
    else subscriptions.delete(principalId);
  };
}
