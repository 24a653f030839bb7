/** Enumerates what a gateway serves, and says what of it has no policy. Each finding is for a person to read. */
import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../src/app/app.ts';
import type { CatalogList } from '../../src/contracts/catalog.ts';
import type { Target } from '../../src/contracts/target.ts';
import { root } from '../../tools/paths.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const LISTS: readonly CatalogList[] = ['tools', 'resources', 'resourceTemplates', 'prompts'];
const PATH = /(['"`])(\/[A-Za-z0-9._~{}:/-]*)\1/g;

/** Every text in the sources of the doors and of the authorization server that could be a path. */
export function pathsInSources(folders: readonly string[] = ['src/doors', 'src/identity', 'src/app']): readonly string[] {
  const files = folders.flatMap((folder) => globSync(join(root, folder, '**/*.ts')));
  const found = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(PATH)].map(([, , path = '']) => path));
  return [...new Set(found)].toSorted();
}

/**
 * Asks every path with every method and no credential. What is served all the same must stand in the list of what is
 * public; what stands there must be served.
 *
 * @param isPublic `METHOD path` → why everybody may
 */
export async function findOpenRoutes(base: string, paths: readonly string[], isPublic: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const path of paths) {
    for (const method of METHODS) {
      const concrete = path.replaceAll(/\{[^}]*\}/g, 'echo').replaceAll(/:[a-z]\w*(?=\/|$)/g, 'echo');
      const answer = await fetch(base + concrete, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
        ...(method === 'GET' ? {} : { headers: { 'Content-Type': 'application/json' }, body: '{}' }),
      });
      await answer.body?.cancel();
      // 204 tells an event source to stay away; 400 and above is no service.
      const isServed = answer.status < 400 && answer.status !== 204;
      const name = `${method} ${path}`;
      if (isServed && !isPublic.has(name)) findings.push(`${name} answers ${answer.status} without a credential`);
      if (!isServed && isPublic.has(name)) findings.push(`${name} is said to be public and answers ${answer.status}`);
    }
  }
  return findings;
}

/** Every target that the gateway can name, by `kind:name`. */
export function listTargets({ targets: { catalog, operations } }: App): readonly Target[] {
  const listed = LISTS.flatMap((list) => catalog.list(list).map(({ target }) => target));
  const catalogs = LISTS.flatMap((list) => catalog.resolve('catalog', list) ?? []);
  const resources = listed.filter(({ kind }) => kind === 'resource');
  const watched = resources.flatMap(({ name }) => catalog.resolve('subscription', name) ?? []);
  return [...listed, ...catalogs, ...watched, ...operations()];
}

/** Targets that ask nothing of their caller and are not on the list of those for everybody. @param forEverybody `kind:name` → why */
export function findOpenTargets(all: readonly Target[], forEverybody: ReadonlyMap<string, string>): readonly string[] {
  return all.flatMap(({ kind, name, access }) =>
    access.scopes.length > 0 || forEverybody.has(`${kind}:${name}`) ? [] : [`${kind}:${name} needs no scope and is not said to be for everybody`],
  );
}
