/** @module egress/dialer: the only way out of the process: to origins of the configuration, within limits. */
import type { Pool } from 'undici';
import type { Egress } from '../contracts/egress.ts';
import { AppError } from '../core/errors.ts';
import { classOfHost, reachFrom, type Reach } from './address-class.ts';
import { Exchange } from './exchange.ts';
import { createGuardedLookup, OUT_OF_REACH, type ResolveName } from './guarded-lookup.ts';

/** What is not the same for every dialer. */
export interface EgressOptions {
  /** Resolves names; the system's resolver unless given. */
  readonly resolve?: ResolveName | undefined;
  /** Also where the server at this URL may send us by https (by http to loopback alone), see reachFrom; absent = nowhere. */
  readonly ledBy?: string | undefined;
}

interface Destination {
  readonly origin: string;
  readonly path: string;
}

/** Connections to one origin at a time; further requests wait for one. */
const MAX_CONNECTIONS = 256;
/** Idle connections are given up before common servers do it; a server that names its own time is believed, up to this. */
const KEEP_ALIVE_MS = 4000;
const MAX_KEEP_ALIVE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16_384;
/** A model's name can be part of the URL: what a client sends must not grow this for ever. */
const MAX_DESTINATIONS = 1000;

/** A dialer for these base URLs and what `ledBy` adds; everything else is refused. Loads the HTTP client at the first request. */
export function createEgress(baseUrls: readonly string[], { resolve, ledBy }: EgressOptions = {}): Egress {
  const reach = ledBy === undefined ? undefined : reachFrom(ledBy);
  const origins = new Set(baseUrls.map((url) => new URL(url).origin));
  const lookup = createGuardedLookup(resolve);
  const lookupWithinReach = createGuardedLookup(resolve, reach);
  const destinations = new Map<string, Destination>();
  const pools = new Map<string, Pool>();

  const destinationOf = (text: string): Destination => {
    const known = destinations.get(text);
    if (known) return known;
    const url = URL.parse(text);
    if (!url || (!origins.has(url.origin) && !isWithinReach(url, reach))) throw new AppError('EGRESS_REFUSED', reach && OUT_OF_REACH);
    const destination = { origin: url.origin, path: `${url.pathname}${url.search}` };
    if (destinations.size >= MAX_DESTINATIONS) destinations.clear();
    destinations.set(text, destination);
    return destination;
  };

  const open = async (origin: string): Promise<Pool> => {
    const { default: PoolOfConnections } = await import('undici/lib/dispatcher/pool.js');
    const opened = pools.get(origin);
    if (opened) return opened;
    const pool = new PoolOfConnections(origin, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The exchange has its own clock, which is finer and does not count the time of a slow reader.
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      connect: { lookup: origins.has(origin) ? lookup : lookupWithinReach },
    });
    pools.set(origin, pool);
    return pool;
  };

  return {
    async send(request) {
      const { method, url, headers, body, scope } = request;
      const { origin, path } = destinationOf(url);
      scope.throwIfCancelled();
      const pool = pools.get(origin) ?? (await open(origin));
      const exchange = new Exchange(request);
      pool.dispatch({ method, path, headers: { ...headers, 'accept-encoding': 'identity' }, body: body ?? null }, exchange);
      return await exchange.answered;
    },
    close() {
      // Requests under way go on to their end; whoever still holds this dialer opens connections anew.
      for (const pool of pools.values()) void pool.close();
      pools.clear();
    },
  };
}

/** Whether a URL that nobody here wrote down may be connected to; of names, the lookup decides when they are known. */
function isWithinReach({ protocol, hostname, username, password }: URL, reach: Reach | undefined): boolean {
  if (!reach || username !== '' || password !== '') return false;
  const found = classOfHost(hostname);
  const isAllowed = found === undefined || reach.some((allowed) => allowed === found);
  return isAllowed && (protocol === 'https:' || (protocol === 'http:' && found === 'loopback'));
}
