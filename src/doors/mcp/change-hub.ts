/** @module doors/mcp/change-hub: changes of the catalogue, gathered and handed to whoever listens. */
import type { Catalog, CatalogEvent } from '../../contracts/catalog.ts';
import { notificationText } from './message.ts';
import type { JsonObject } from '../../core/json.ts';

/** Told of one change. Must not throw. */
export type ChangeListener = (event: CatalogEvent) => void;

interface Entry {
  readonly listener: ChangeListener;
  readonly onClose: (() => void) | undefined;
}

/** Registering a thousand tools is one change of the list: events within this time are told once. */
const GATHER_MS = 10;

const METHODS = {
  tools_changed: 'notifications/tools/list_changed',
  resources_changed: 'notifications/resources/list_changed',
  prompts_changed: 'notifications/prompts/list_changed',
  resource_updated: 'notifications/resources/updated',
} as const;

/** The notification of a change; `meta` becomes its `_meta`. */
export function changeText(event: CatalogEvent, meta?: JsonObject): string {
  const params = {
    ...(event.type === 'resource_updated' ? { uri: event.uri } : {}),
    ...(meta ? { _meta: meta } : {}),
  };
  return notificationText(METHODS[event.type], Object.keys(params).length > 0 ? params : undefined);
}

/** Listens to the catalogue only while somebody listens here. */
export class ChangeHub {
  readonly #catalog: Catalog;
  readonly #profile: string | undefined;
  readonly #entries = new Set<Entry>();
  #isClosed = false;
  readonly #gathered = new Map<string, CatalogEvent>();
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param profile whose view is listened to; undefined = the whole catalogue */
  constructor(catalog: Catalog, profile: string | undefined) {
    this.#catalog = catalog;
    this.#profile = profile;
  }

  /** Returns the way to stop listening. `onClose` is told when the door closes, at once if it has. */
  listen(listener: ChangeListener, onClose?: () => void): () => void {
    const entry = { listener, onClose };
    if (this.#isClosed) {
      if (onClose) queueMicrotask(onClose);
      return () => undefined;
    }
    this.#entries.add(entry);
    this.#unsubscribe ??= this.#catalog.subscribe((event) => this.#gather(event), this.#profile);
    return () => {
      this.#entries.delete(entry);
      if (this.#entries.size === 0) this.#stop();
    };
  }

  /** The door closes: everybody is told, nobody is called again. */
  close(): void {
    this.#isClosed = true;
    const entries = [...this.#entries];
    this.#entries.clear();
    this.#stop();
    for (const { onClose } of entries) onClose?.();
  }

  #gather(event: CatalogEvent): void {
    this.#gathered.set(event.type === 'resource_updated' ? `${event.type} ${event.uri}` : event.type, event);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const events = [...this.#gathered.values()];
    this.#gathered.clear();
    for (const { listener } of [...this.#entries]) for (const event of events) listener(event);
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#gathered.clear();
  }
}
