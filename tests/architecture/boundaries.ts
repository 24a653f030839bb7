/** Who may import whom: the table of the house, and the check against it. */
import { posix } from 'node:path';
import { findImports, type Import } from './imports.ts';
import type { SourceFile } from './source-files.ts';

const FOUNDATION = ['core', 'contracts'];
/** Siblings that know only the foundation; what one needs from another it receives as a port from `app`. */
const SIBLINGS = [
  'config',
  'storage',
  'schema',
  'identity',
  'policy',
  'profiles',
  'limits',
  'approvals',
  'secrets',
  'egress',
  'audit',
  'telemetry',
  'clients',
  'workspace',
  'sandbox',
  'models',
  'tools',
  'upstreams',
  'runtimes',
  'peers',
  'workflows',
];

/** Folder (or file) of src → what it may import besides itself. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  contracts: ['core'],
  ...Object.fromEntries(SIBLINGS.map((name) => [name, FOUNDATION])),
  calls: FOUNDATION,
  doors: [...FOUNDATION, 'calls'],
  app: [...FOUNDATION, ...SIBLINGS, 'calls', 'doors'],
  cli: ['app', 'config', ...FOUNDATION],
  // The public surface: the app, what the author of a tool writes with, and plain types.
  'index.ts': ['app', 'tools', ...FOUNDATION],
};

/** Package (a `/` at the end: the whole npm scope) → the only places of src that may load it. Unlisted packages may not be loaded at all. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@modelcontextprotocol/client': ['upstreams'],
  hono: ['doors'],
  '@hono/': ['doors'],
  jose: ['identity', 'upstreams', 'secrets'],
  'oidc-provider': ['identity'],
  '@cedar-policy/cedar-wasm': ['policy'],
  minisearch: ['tools'],
  pg: ['storage'],
  ioredis: ['storage/redis'],
  libp2p: ['peers'],
  '@libp2p/': ['peers'],
  pyodide: ['sandbox/wasm'],
  pino: ['telemetry'],
  '@opentelemetry/': ['telemetry'],
  'prom-client': ['telemetry'],
  undici: ['egress'],
  commander: ['cli'],
  '@clack/': ['cli'],
  yaml: ['config'],
  'jsonc-parser': ['config', 'clients'],
  '@valibot/to-json-schema': ['config', 'schema', 'tools'],
  valibot: ['config', 'schema', 'tools', 'doors'],
  '@cfworker/json-schema': ['schema'],
  'node:sqlite': ['storage'],
  'node:child_process': ['cli', 'clients', 'sandbox', 'upstreams', 'models/providers/gemini-cli', 'app/complete-sync.ts'],
};

/** A broken rule, for a person to read. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** First part of a path below src: its folder, or the file itself when it lies in src. */
function regionOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function packageOf(specifier: string): string {
  return specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
}

function checkPackage(path: string, specifier: string): string | undefined {
  const name = packageOf(specifier);
  const homes = PACKAGE_HOMES[name] ?? PACKAGE_HOMES[`${name.split('/')[0]}/`];
  if (homes === undefined) return name.startsWith('node:') ? undefined : `${name} is not on the list of packages`;
  return homes.some((home) => path === `src/${home}` || path.startsWith(`src/${home}/`)) ? undefined : `${name} may be loaded only in ${homes.join(', ')}`;
}

function checkArrow(path: string, target: string): string | undefined {
  if (!target.startsWith('src/')) return `${target} lies outside of src`;
  const [from, to] = [regionOf(path), regionOf(target)];
  if (from === to) return undefined;
  const allowed = ARROWS[from];
  if (allowed === undefined) return `${from} has no row in the table of arrows`;
  return allowed.includes(to) ? undefined : `${from} must not import ${to}`;
}

/** Path from the root that a relative specifier means. */
function targetOf(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}

function checkImport(path: string, { specifier, line }: Import): Finding[] {
  if (specifier === null) return [{ path, line, message: 'a computed import cannot be checked' }];
  const message = specifier.startsWith('.') ? checkArrow(path, targetOf(path, specifier)) : checkPackage(path, specifier);
  return message === undefined ? [] : [{ path, line, message }];
}

/** Every import that the tables do not allow. Type imports obey the same arrows; packages' types are free to use. */
export function checkBoundaries(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(({ path, text }) =>
    findImports(text)
      .filter(({ kind, specifier }) => kind !== 'type' || specifier?.startsWith('.'))
      .flatMap((found) => checkImport(path, found)),
  );
}

/** Rings of files that load each other. Type imports may be mutual: nothing of them is left at run time. */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const edges = new Map(
    files.map(({ path, text }) => [
      path,
      findImports(text)
        .filter(({ kind, specifier }) => kind !== 'type' && specifier?.startsWith('.'))
        .map(({ specifier }) => targetOf(path, specifier ?? '')),
    ]),
  );
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'open') cycles.push([...trail.slice(trail.indexOf(path)), path]);
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
