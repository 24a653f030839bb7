/** @module doors/http/route: routes as data, so that a test and a document can enumerate them. */
import type { JsonObject } from '../../core/json.ts';
import type { Request } from '../../contracts/call.ts';

/**
 * Who may use a route: `public`, or whoever the policy allows this target. `{name}` in the target's
 * name is the path's.
 */
type RoutePolicy = 'public' | Request['target'];

/** What there is to know about a route without running it. */
export interface RouteFacts {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it; `{name}` stands for one segment. */
  readonly path: string;
  readonly policy: RoutePolicy;
  readonly operationId: string;
  readonly summary: string;
  /** Further members of its OpenAPI operation: parameters, requestBody, responses. */
  readonly operation?: JsonObject | undefined;
}

/** Methods a path allows, for the Allow header. GET brings HEAD along. */
export function allowedMethods(routes: readonly RouteFacts[]): string {
  return routes.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
}

/** Whether a request's method is the route's. */
export function isMethodOf(route: RouteFacts, method: string | undefined): boolean {
  return method === route.method || (method === 'HEAD' && route.method === 'GET');
}
