/** @module upstreams/adapters/rest-connector: HTTP endpoints that an operator described himself, as a server. */
import type { UpstreamConnector } from '../../contracts/upstream.ts';
import type { EndpointConfig } from '../../contracts/upstreams-config.ts';
import { isObject } from '../../core/json.ts';
import type { UpstreamEgress } from '../auth/authorized-egress.ts';
import { createForeignConnector } from './adapter.ts';
import { createHttpServer } from './http-server.ts';
import { annotationsOf, type Operation, type Parameter } from './operation.ts';

/** Where the endpoints are, and which there are. */
export interface RestPlace {
  readonly baseUrl: string;
  readonly endpoints: Readonly<Record<string, EndpointConfig>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly egress: UpstreamEgress;
  readonly maxMessageBytes: number;
}

/** Nothing is fetched: the configuration says it all. */
export function createRestConnector(place: RestPlace): UpstreamConnector {
  const operations = Object.entries(place.endpoints).map(([name, endpoint]) => toOperation(name, endpoint));
  return createForeignConnector(
    (_scope, onChanged) => {
      const facts = { name: new URL(place.baseUrl).host, version: 'configured', instructions: null };
      return Promise.resolve(createHttpServer(place, facts, () => Promise.resolve(operations), onChanged));
    },
    () => place.egress.close(),
  );
}

/** Members that the path names go there; the others into the query, or for methods with a body into a JSON body. */
function toOperation(name: string, { method, path, description, input }: EndpointConfig): Operation {
  const members = Object.keys(isObject(input['properties']) ? input['properties'] : {});
  const inPath = new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, member]) => member ?? ''));
  const hasBody = method !== 'get' && method !== 'delete';
  const parameters = members
    .filter((member) => inPath.has(member) || !hasBody)
    .map((member): Parameter => {
      const place = inPath.has(member) ? 'path' : 'query';
      return { member, name: member, place, style: place === 'path' ? 'simple' : 'form', explode: place === 'query', isJson: false };
    });
  const body = hasBody && members.some((member) => !inPath.has(member)) ? { kind: 'json' as const, mediaType: 'application/json', member: null } : undefined;
  return { tool: { name, description, inputSchema: { type: 'object', ...input }, annotations: annotationsOf(method) }, method, path, parameters, body };
}
