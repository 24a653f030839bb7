/** @module app/public-urls: the addresses under which clients know this gateway. */
import type { IncomingMessage } from 'node:http';
import type { Config } from '../contracts/config.ts';
import { METADATA_PATH, type ProtectedResource } from '../contracts/http.ts';
import { isLoopback } from '../core/source-address.ts';

/** Doors whose address can be a resource of its own, with everything below. */
const DOOR_PATHS = ['/mcp', '/v1'];
/** Segments that do not begin with a dot, and nothing to decode. */
const PLAIN_PATH = /^(?:\/[\w~-][\w.~-]*)+$/;
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What the gateway is called, as OAuth clients and tokens name it. */
export interface PublicUrls extends ProtectedResource {
  /** The base that is told where nothing says which: no slash at the end. */
  readonly base: string;
  /** Whether a token with this audience is for this gateway or one of its doors. */
  isOwn(audience: string): boolean;
}

/** As below, for a listener whose port is known when it listens. */
export function createPublicUrls(server: Config['server'], portOf: () => number): PublicUrls {
  let known: { readonly port: number; readonly urls: PublicUrls } | undefined;
  const urls = (): PublicUrls => {
    const port = portOf();
    if (known?.port !== port) known = { port, urls: publicUrlsAt(server, port) };
    return known.urls;
  };
  return {
    get base() {
      return urls().base;
    },
    isOwn: (audience) => urls().isOwn(audience),
    identifierOf: (request, path) => urls().identifierOf(request, path),
    metadataUrl: (request) => urls().metadataUrl(request),
  };
}

/**
 * Addresses from the configuration: `publicUrl` alone where it is set; else the listener's own, the
 * loopback names where it is reached by them, and the allowed hosts. What a request says about its
 * host chooses among them, and never adds one.
 *
 * @param port the one that is listened on
 */
function publicUrlsAt({ host, publicUrl, allowedHosts, trustedProxy, tls }: Config['server'], port: number): PublicUrls {
  const isTls = tls.certFile !== null;
  const at = (scheme: string, name: string): string => `${scheme}://${name}${port === DEFAULT_PORTS[scheme] ? '' : `:${port}`}`;
  const scheme = isTls ? 'https' : 'http';
  const isLocal = WILDCARDS.has(host) || host === 'localhost' || isLoopback(host);
  const own = [...(WILDCARDS.has(host) ? [] : [bracket(host)]), ...(isLocal ? ['127.0.0.1', 'localhost', '[::1]'] : [])].map((name) => at(scheme, name));
  const listed = allowedHosts.map((name) => (/:\d+$/.test(name) ? `${scheme}://${name}` : trustedProxy && !isTls ? `https://${name}` : at(scheme, name)));
  const bases = publicUrl === null ? [...new Set([...(trustedProxy ? listed : []), ...own, ...listed])] : [publicUrl.replace(/\/+$/, '')];
  const base = bases[0] ?? at(scheme, 'localhost');
  const byAuthority = new Map(bases.map((one) => [new URL(one).host, one]));

  const baseFor = ({ headers }: Pick<IncomingMessage, 'headers'>): string =>
    byAuthority.get(String(headers['x-forwarded-host'] ?? headers.host).toLowerCase()) ?? base;

  return {
    base,
    isOwn: (audience) =>
      bases.some((one) => audience === one || audience === `${one}/` || (audience.startsWith(`${one}/`) && doorOf(audience.slice(one.length)) !== undefined)),
    identifierOf: (request, path) => {
      const own = baseFor(request);
      // A proxy that gives the gateway a path of its own passes this one on whole.
      const below = new URL(own).pathname.replace(/\/$/, '');
      const rest = below !== '' && `${path}/`.startsWith(`${below}/`) ? path.slice(below.length) : path;
      if (rest === '' || rest === '/') return own;
      return doorOf(rest) === undefined ? undefined : `${own}${rest}`;
    },
    metadataUrl: (request) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const { origin, pathname } = new URL(baseFor(request));
      return `${origin}${METADATA_PATH}${pathname.replace(/\/$/, '')}${doorOf(path) ?? ''}`;
    },
  };
}

/** The door that a path leads to; undefined for none, and for paths with more than one reading. */
function doorOf(path: string): string | undefined {
  if (!PLAIN_PATH.test(path)) return undefined;
  return DOOR_PATHS.find((door) => path === door || path.startsWith(`${door}/`));
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
