/** @module upstreams/connection/changes: which changes an upstream tells of. */
import { isObject, type JsonObject } from '../../core/json.ts';

/** The `notifications` of a subscription to every list that the server says may change; empty = it tells of none. */
export function changesOf(capabilities: JsonObject): JsonObject {
  const changes = (name: string): boolean => isObject(capabilities[name]) && capabilities[name]['listChanged'] === true;
  return {
    ...(changes('tools') ? { toolsListChanged: true } : {}),
    ...(changes('resources') ? { resourcesListChanged: true } : {}),
    ...(changes('prompts') ? { promptsListChanged: true } : {}),
  };
}
