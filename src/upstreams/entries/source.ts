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
const PREFIXED = /^(npm|pypi|docker|oci|registry):(.+)$/i;
/** The official registry. @see https://github.com/modelcontextprotocol/registry */
export const REGISTRY = 'https://registry.modelcontextprotocol.io';

/**
 * Tells what is meant. `name -- command args` is a command; `@scope/package`, `package@version`,
 * `npm:package` and, without `--`, `package` are packages of npm; `pypi:` and `docker:` say what they are;
 * `registry:io.github.owner/server` is looked up in the registry.
 *
 * @param rest what stands behind `--`; undefined without one
 * @param registry base URL of the registry
 * @throws AppError USAGE, SOURCE_UNSUPPORTED
 */
export function parseSource(what: string, rest: readonly string[] | undefined, registry: string = REGISTRY): AddSource {
  const args = rest ?? [];
  const [, prefix, spec] = PREFIXED.exec(what) ?? [];
  if (prefix !== undefined && spec !== undefined) {
    const kind = prefix.toLowerCase();
    if (spec.startsWith('-')) throw unknownSource(what);
    if (kind === 'registry') return { kind: 'document', url: `${registry.replace(/\/$/, '')}/v0.1/servers/${encodeURIComponent(spec)}/versions/latest`, args };
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
  if (/\.(?:mcpb|dxt)$/i.test(path))
    throw new AppError('SOURCE_UNSUPPORTED', {
      message: 'Bundles are not fetched from a URL.',
      fix: 'Download the bundle, check where it comes from, and add the file.',
    });
  return /\.(?:json|ya?ml)$|\/v0(?:\.1)?\/servers\//i.test(path) ? { kind: 'document', url, args } : { kind: 'url', url };
}

/** What a document is. */
export type DocumentKind = 'server.json' | 'openapi' | 'agent-card';

/** Tells documents apart by their members. @throws AppError SOURCE_INVALID */
export function classifyDocument(value: unknown): { readonly kind: DocumentKind; readonly document: JsonObject } {
  if (!isObject(value)) throw new AppError('SOURCE_INVALID', { message: 'The document is not an object.' });
  // The registry's API wraps the document.
  const document = isObject(value['server']) && typeof value['server']['name'] === 'string' ? value['server'] : value;
  if (typeof document['openapi'] === 'string' || typeof document['swagger'] === 'string') return { kind: 'openapi', document };
  if (Array.isArray(document['skills']) && isObject(document['capabilities'])) return { kind: 'agent-card', document };
  if (typeof document['name'] === 'string' && (Array.isArray(document['packages']) || Array.isArray(document['remotes'])))
    return { kind: 'server.json', document };
  if (isObject(document['mcpServers']) || isObject(document['servers']))
    throw new AppError('SOURCE_INVALID', {
      message: 'This is the configuration of a client.',
      fix: 'Use `switchyard import`, with --project for the files of a project.',
    });
  throw new AppError('SOURCE_INVALID', { message: 'The document is no server.json, OpenAPI document or agent card.' });
}
