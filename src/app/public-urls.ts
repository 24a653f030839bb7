/** @module app/public-urls: the addresses under which clients know this gateway. */
import type { IncomingMessage } from 'node:http';
import type { Config } from '../contracts/config.ts';
import type { ProtectedResource } from '../contracts/http.ts';
import { isLoopback } from '../core/source-address.ts';
import { METADATA_PATH } from '../doors/http/resource-metadata.ts';

/** Doors whose address can be a resource of its own, with everything below. */
const DOOR_PATHS = ['/mcp', '/v1'];
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What the gateway is called, as OAuth clients and tokens name it. */
export interface PublicUrls extends ProtectedResource {
  /** The base that is told where nothing says which: no slash at the end. */
  readonly base: string;
  /** Whether a token with this audience is for this gateway or one of its doors. */
  isOwn(audience: string): boolean;
}

/**
 * Addresses from the configuration: `publicUrl` alone where it is set; else the listener's own, the
 * loopback names where it is reached by them, and the allowed hosts. What a request says about its
 * host chooses among them, and never adds one.
 *
 * @param port the one that is really listened on
 */
export function createPublicUrls({ host, publicUrl, allowedHosts, trustedProxy, tls }: Config['server'], port: number): PublicUrls {
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
  const isDoor = (path: string): boolean => DOOR_PATHS.some((door) => path === door || path.startsWith(`${door}/`));

  return {
    base,
    isOwn: (audience) =>
      bases.some((one) => audience === one || audience === `${one}/` || (audience.startsWith(`${one}/`) && isDoor(audience.slice(one.length)))),
    identifierOf: (request, path) => {
      if (path === '' || path === '/') return baseFor(request);
      return isDoor(path) ? `${baseFor(request)}${path}` : undefined;
    },
    metadataUrl: (request) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const own_ = baseFor(request);
      const { origin, pathname } = new URL(own_);
      return `${origin}${METADATA_PATH}${pathname.replace(/\/$/, '')}${isDoor(path) ? (DOOR_PATHS.find((door) => path === door || path.startsWith(`${door}/`)) ?? '') : ''}`;
    },
  };
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
