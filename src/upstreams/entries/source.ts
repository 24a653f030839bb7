/** @module upstreams/entries/source: what somebody wants to add. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** What `add` was given, told apart by its form. Files are read by the caller. */
export type AddSource =
  | { readonly kind: 'command'; readonly name: string; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'npm' | 'pypi' | 'oci'; readonly spec: string; readonly args: readonly string[] }
  | { readonly kind: 'file'; readonly path: string; readonly args: readonly string[] }
  | { readonly kind: 'document'; readonly url: string; readonly args: readonly string[] };

const NPM = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:@[^\s@/]+)?$/i;
const PREFIXED = /^(npm|pypi|docker|oci):(.+)$/i;

/**
 * Tells what is meant. `name -- command args` is a command; `@scope/package`, `package@version`,
 * `npm:package` and, without `--`, `package` are packages of npm; `pypi:` and `docker:` say what they are.
 *
 * @param rest what stands behind `--`; undefined without one
 * @throws AppError USAGE, SOURCE_UNSUPPORTED
 */
export function parseSource(what: string, rest: readonly string[] | undefined): AddSource {
  const args = rest ?? [];
  const [, prefix, spec] = PREFIXED.exec(what) ?? [];
  if (prefix !== undefined && spec !== undefined) {
    const kind = prefix.toLowerCase();
    if (spec.startsWith('-')) throw unknownSource(what);
    return { kind: kind === 'npm' ? 'npm' : kind === 'pypi' ? 'pypi' : 'oci', spec, args };
  }
  if (/^https?:\/\//i.test(what)) return parseUrl(what, args);
  if (/\.(?:mcpb|dxt|json|ya?ml)$/i.test(what) || /^(?:[./~]|[A-Za-z]:[\\/])/.test(what)) return { kind: 'file', path: what, args };
  const isPackage = what.startsWith('@') || what.includes('@');
  const [command, ...others] = args;
  if (command !== undefined && !isPackage) return { kind: 'command', name: what, command, args: others };
  if (NPM.test(what)) return { kind: 'npm', spec: what, args };
  throw unknownSource(what);
}

function unknownSource(what: string): AppError {
  return new AppError('USAGE', {
    message: `It is not clear what ${JSON.stringify(what.slice(0, 80))} is.`,
    fix: 'Give an npm package, a URL, a file (server.json or .mcpb), or `<name> -- <command> [arguments]`.',
  });
}

function parseUrl(url: string, args: readonly string[]): AddSource {
  const path = URL.parse(url)?.pathname ?? '';
  if (/\/agent(?:-card)?\.json$/.test(path)) throw unsupported('agent card');
  if (/(?:openapi|swagger)[^/]*\.(?:json|ya?ml)$/i.test(path)) throw unsupported('OpenAPI document');
  if (/\.(?:mcpb|dxt)$/i.test(path))
    throw new AppError('SOURCE_UNSUPPORTED', {
      message: 'Bundles are not fetched from a URL.',
      fix: 'Download the bundle, check where it comes from, and add the file.',
    });
  return /\.json$|\/v0(?:\.1)?\/servers\//.test(path) ? { kind: 'document', url, args } : { kind: 'url', url };
}

/** The typed error for what comes later. */
function unsupported(kind: 'agent card' | 'OpenAPI document'): AppError {
  return new AppError('SOURCE_UNSUPPORTED', {
    message: kind === 'agent card' ? 'Agents (A2A) cannot be added in this version.' : 'OpenAPI documents cannot be added in this version.',
    fix: 'Put an MCP server in front of it, and add that; docs/known-gaps.md says what is to come.',
  });
}

/** What a JSON document is. */
export type DocumentKind = 'server.json' | 'manifest';

/** Tells documents apart by their members. @throws AppError SOURCE_INVALID, SOURCE_UNSUPPORTED */
export function classifyDocument(value: unknown): { readonly kind: DocumentKind; readonly document: JsonObject } {
  if (!isObject(value)) throw new AppError('SOURCE_INVALID', { message: 'The document is not an object.' });
  // The registry's API wraps the document.
  const document = isObject(value['server']) && typeof value['server']['name'] === 'string' ? value['server'] : value;
  if (typeof document['openapi'] === 'string' || typeof document['swagger'] === 'string') throw unsupported('OpenAPI document');
  if (Array.isArray(document['skills']) && isObject(document['capabilities'])) throw unsupported('agent card');
  if (typeof document['name'] === 'string' && (Array.isArray(document['packages']) || Array.isArray(document['remotes'])))
    return { kind: 'server.json', document };
  if (isObject(document['mcpServers']) || isObject(document['servers']))
    throw new AppError('SOURCE_INVALID', {
      message: 'This is the configuration of a client.',
      fix: 'Use `switchyard import`, with --project for the files of a project.',
    });
  throw new AppError('SOURCE_INVALID', { message: 'The document is no server.json: it needs a name, and packages or remotes.' });
}
