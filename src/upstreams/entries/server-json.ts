/**
 * @module upstreams/entries/server-json: the registry's description of a server.
 *
 * @see https://github.com/modelcontextprotocol/registry server.schema.json of 2025-12-11 (and the earlier spelling of its arguments)
 */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { UpstreamDraft } from './draft.ts';

/** What a document offers, not yet installed. */
export interface ServerOffer {
  /** Last step of the registry's name. */
  readonly name: string;
  readonly draft: UpstreamDraft;
  /** The package to install, for npm only; its arguments are those of the draft. */
  readonly npmSpec?: string | undefined;
  /** Values the person must give: variable and the document's words about it. */
  readonly needed: readonly { readonly variable: string; readonly description: string }[];
}

const objectsAt = (value: JsonObject, key: string): readonly JsonObject[] => (Array.isArray(value[key]) ? value[key].filter(isObject) : []);
const textAt = (value: JsonObject, key: string): string | undefined => (typeof value[key] === 'string' && value[key] !== '' ? value[key] : undefined);

/**
 * The first way the document offers that can run here: a remote, or a package of npm, PyPI or an OCI
 * registry. Values that a person must give become references to variables.
 *
 * @throws AppError SOURCE_INVALID, SOURCE_UNSUPPORTED
 */
export function readServerJson(document: JsonObject): ServerOffer {
  const name = (textAt(document, 'name') ?? '').split('/').at(-1) ?? '';
  const needed = new Map<string, string>();
  const packages = objectsAt(document, 'packages');
  const runnable = packages.find((entry) => ['npm', 'pypi', 'oci'].includes(textAt(entry, 'registryType') ?? textAt(entry, 'registry_type') ?? ''));
  const remote = objectsAt(document, 'remotes').find((entry) => textAt(entry, 'url') !== undefined);
  if (remote) return { name, ...readRemote(remote, needed), needed: listed(needed) };
  if (runnable) return { name, ...readPackage(runnable, needed), needed: listed(needed) };
  const kinds = packages.map((entry) => textAt(entry, 'registryType') ?? textAt(entry, 'registry_type') ?? 'unknown');
  if (kinds.length === 0) throw new AppError('SOURCE_INVALID', { message: 'The document offers neither a package nor a remote.' });
  throw new AppError('SOURCE_UNSUPPORTED', {
    message: `The document offers only packages of the kind ${[...new Set(kinds)].join(', ')}.`,
    fix: kinds.includes('mcpb')
      ? 'Download the .mcpb bundle that it names, and add the file.'
      : 'Install it yourself, and add its command: `switchyard add <name> -- <command>`.',
  });
}

const listed = (needed: ReadonlyMap<string, string>): ServerOffer['needed'] => [...needed].map(([variable, description]) => ({ variable, description }));

function readRemote(remote: JsonObject, needed: Map<string, string>): { readonly draft: UpstreamDraft } {
  const type = textAt(remote, 'type') ?? textAt(remote, 'transport_type') ?? '';
  const url = fill(textAt(remote, 'url') ?? '', remote, needed);
  if (!/^https?:\/\//i.test(url)) throw new AppError('SOURCE_INVALID', { message: 'The URL of the remote does not begin with http:// or https://.' });
  const headers = Object.fromEntries(objectsAt(remote, 'headers').flatMap((header) => namedValue(header, needed)));
  return { draft: { transport: type === 'sse' ? 'sse' : 'http', args: [], env: {}, url, headers, isDisabled: false } };
}

function readPackage(entry: JsonObject, needed: Map<string, string>): Pick<ServerOffer, 'draft' | 'npmSpec'> {
  const type = textAt(entry, 'registryType') ?? textAt(entry, 'registry_type') ?? '';
  const identifier = textAt(entry, 'identifier');
  if (identifier === undefined || /^-|\s/.test(identifier)) throw new AppError('SOURCE_INVALID', { message: 'The package has no usable identifier.' });
  const transport = isObject(entry['transport']) ? textAt(entry['transport'], 'type') : undefined;
  if (transport !== undefined && transport !== 'stdio')
    throw new AppError('SOURCE_UNSUPPORTED', { message: 'The package serves HTTP instead of stdio.', fix: 'Start it yourself, and add its URL.' });
  const version = textAt(entry, 'version');
  const env = Object.fromEntries(
    [...objectsAt(entry, 'environmentVariables'), ...objectsAt(entry, 'environment_variables')].flatMap((item) => namedValue(item, needed)),
  );
  const own = readArguments([...objectsAt(entry, 'packageArguments'), ...objectsAt(entry, 'package_arguments')], needed);
  const runtime = readArguments([...objectsAt(entry, 'runtimeArguments'), ...objectsAt(entry, 'runtime_arguments')], needed);
  const base = { transport: 'stdio' as const, env, headers: {}, isDisabled: false };
  if (type === 'npm') return { draft: { ...base, command: 'npx', args: own }, npmSpec: version === undefined ? identifier : `${identifier}@${version}` };
  if (type === 'pypi')
    return { draft: { ...base, command: 'uvx', args: [...runtime, version === undefined ? identifier : `${identifier}==${version}`, ...own] } };
  const image = version === undefined || /[:@][^/]*$/.test(identifier) ? identifier : `${identifier}:${version}`;
  return { draft: { ...base, ...dockerCommand(image, own, Object.keys(env), runtime) } };
}

/** A container that ends with its client; variables are handed on by name, so that no value stands in its arguments. */
export function dockerCommand(
  image: string,
  args: readonly string[],
  variables: readonly string[],
  runtime: readonly string[] = [],
): Pick<UpstreamDraft, 'command' | 'args'> {
  return { command: 'docker', args: ['run', '-i', '--rm', ...variables.flatMap((name) => ['-e', name]), ...runtime, image, ...args] };
}

function readArguments(items: readonly JsonObject[], needed: Map<string, string>): readonly string[] {
  return items.flatMap((item) => {
    const name = textAt(item, 'name');
    const isNamed = item['type'] === 'named';
    const hint = textAt(item, 'valueHint') ?? textAt(item, 'value_hint') ?? name ?? 'argument';
    const value = givenValue(item, hint, needed);
    if (isNamed && name !== undefined) return value === undefined ? (item['isRequired'] === true || item['value'] === undefined ? [name] : []) : [name, value];
    return value === undefined ? [] : [value];
  });
}

function namedValue(item: JsonObject, needed: Map<string, string>): readonly (readonly [string, string])[] {
  const name = textAt(item, 'name');
  if (name === undefined) return [];
  const value = givenValue(item, name, needed);
  return value === undefined ? [] : [[name, value]];
}

function givenValue(item: JsonObject, hint: string, needed: Map<string, string>): string | undefined {
  const fixed = textAt(item, 'value');
  if (fixed !== undefined) return fill(fixed, item, needed);
  const fallback = textAt(item, 'default');
  if (fallback !== undefined) return escapeReferences(fallback);
  return item['isRequired'] === true || item['is_required'] === true || item['isSecret'] === true ? need(hint, textAt(item, 'description'), needed) : undefined;
}

function need(hint: string, description: string | undefined, needed: Map<string, string>): string {
  const words = hint
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  const variable = /^[A-Z]/.test(words) && !words.startsWith('SWITCHYARD_') ? words : `VALUE_${words}`;
  needed.set(variable, description ?? '');
  return `\${${variable}}`;
}

/** `{name}` in a value stands for a variable that the document describes. */
function fill(text: string, item: JsonObject, needed: Map<string, string>): string {
  const variables = isObject(item['variables']) ? item['variables'] : {};
  return escapeReferences(text).replace(/\{([A-Za-z0-9_-]+)\}/g, (whole, name: string) => {
    const about = variables[name];
    return isObject(about) ? (givenValue(about, name, needed) ?? need(name, textAt(about, 'description'), needed)) : whole;
  });
}

const escapeReferences = (text: string): string => text.replaceAll('${', '$${');
