/** @module upstreams/resource-watches: who is told of which resources, counted over all clients. */
import type { Upstream } from './upstream.ts';

/** Resources of one upstream that are watched at once; more are not asked for. */
const MAX_WATCHED = 2000;

interface Watched {
  readonly uri: string;
  readonly ownerOf: () => Upstream | undefined;
  clients: number;
}

/** Hands each upstream the set of its resources that somebody watches. */
export class ResourceWatches {
  readonly #watched = new Map<string, Watched>();
  readonly #told = new Map<Upstream, ReadonlySet<string>>();

  /** @param key of the view that the URI is looked up in @param ownerOf the upstream it leads to there, asked again at every change */
  add(key: string, uri: string, ownerOf: () => Upstream | undefined): () => void {
    const name = JSON.stringify([key, uri]);
    const watched = this.#watched.get(name) ?? { uri, ownerOf, clients: 0 };
    this.#watched.set(name, watched);
    watched.clients += 1;
    if (watched.clients === 1) this.realign();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      watched.clients -= 1;
      if (watched.clients > 0) return;
      this.#watched.delete(name);
      this.realign();
    };
  }

  /** Looks again which upstream each URI leads to. Cheap while nothing is watched. */
  realign(): void {
    const wanted = new Map<Upstream, Set<string>>();
    for (const { uri, ownerOf } of this.#watched.values()) {
      const owner = ownerOf();
      if (!owner) continue;
      const uris = wanted.get(owner) ?? new Set<string>();
      if (uris.size < MAX_WATCHED) uris.add(uri);
      wanted.set(owner, uris);
    }
    for (const upstream of new Set([...this.#told.keys(), ...wanted.keys()])) {
      const uris = wanted.get(upstream) ?? new Set<string>();
      if (isSame(uris, this.#told.get(upstream) ?? new Set())) continue;
      if (uris.size > 0) this.#told.set(upstream, uris);
      else this.#told.delete(upstream);
      upstream.watch(uris);
    }
  }
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((uri) => other.has(uri));
}
