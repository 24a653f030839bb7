/**
 * @module upstreams/entries/bundle: servers packed as .mcpb (formerly .dxt).
 *
 * @see https://github.com/modelcontextprotocol/mcpb MANIFEST.md, manifest_version 0.1 to 0.4
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { randomHex } from '../../core/ids.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { toUpstreamName, toVariableName } from './names.ts';
import type { UpstreamDraft } from './draft.ts';
import type { ServerOffer } from './server-json.ts';
import { readZip, type ZipMember } from './zip.ts';

/** Where a bundle goes, and with which settings. */
export interface BundleOptions {
  /** Absolute; a folder of the bundle's own is made below it. */
  readonly folder: string;
  readonly homeDirectory: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** Absolute path of the running `node`. */
  readonly node: string;
  /** Values for the bundle's `user_config`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A bundle that was unpacked. */
export interface UnpackedBundle extends ServerOffer {
  /** Absolute. */
  readonly folder: string;
}

const MAX_BUNDLE_BYTES = 134_217_728;
const textAt = (value: JsonObject, key: string): string | undefined => (typeof value[key] === 'string' ? value[key] : undefined);

function invalid(message: string): AppError {
  return new AppError('SOURCE_INVALID', { message: `The bundle cannot be used: ${message}` });
}

/**
 * Unpacks the bundle below the folder (0700) and says how it is started. The same bytes lead to the same
 * folder, which is not written twice. Signatures are not checked.
 *
 * @throws AppError SOURCE_INVALID, USAGE for a setting the bundle does not have
 */
export function unpackBundle(archive: Uint8Array, options: BundleOptions): UnpackedBundle {
  if (archive.length > MAX_BUNDLE_BYTES) throw invalid(`it is larger than ${MAX_BUNDLE_BYTES} bytes.`);
  const members = readZip(archive);
  const manifest = readManifest(members);
  const name = toUpstreamName(textAt(manifest, 'name') ?? '');
  const folder = join(options.folder, `${name}-${createHash('sha256').update(archive).digest('hex').slice(0, 12)}`);
  const offer = readServer(manifest, name, folder, options);
  place(members, folder);
  return { ...offer, folder };
}

function readManifest(members: readonly ZipMember[]): JsonObject {
  const file = members.find(({ path }) => path === 'manifest.json');
  if (!file) throw invalid('it has no manifest.json.');
  try {
    const value: unknown = JSON.parse(
      Buffer.from(file.bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw invalid('its manifest.json is not JSON.');
}

function readServer(manifest: JsonObject, name: string, folder: string, options: BundleOptions): ServerOffer {
  const server = manifest['server'];
  const config = isObject(server) ? server['mcp_config'] : undefined;
  if (!isObject(server) || !isObject(config)) throw invalid('its manifest names no server.');
  const all = isObject(config['platform_overrides']) ? config['platform_overrides'][options.platform] : undefined;
  const own: JsonObject = { ...config, ...(isObject(all) ? all : {}) };
  const command = textAt(own, 'command');
  if (command === undefined || command === '') throw invalid('its manifest names no command.');
  const needed = new Map<string, string>();
  const filler = createFiller(manifest, name, folder, options, needed);
  const args = Array.isArray(own['args']) ? own['args'].filter((item): item is string => typeof item === 'string').flatMap(filler.list) : [];
  const env = isObject(own['env'])
    ? Object.entries(own['env']).flatMap(([key, value]) => (typeof value === 'string' ? [[key, filler.text(value)] as const] : []))
    : [];
  // The bundle was made for a host that brings its own Node.
  const program = command === 'node' ? options.node : filler.text(command);
  const draft: UpstreamDraft = { transport: 'stdio', command: program, args, env: Object.fromEntries(env), headers: {}, isDisabled: false };
  return { name, draft, needed: [...needed].map(([variable, description]) => ({ variable, description })) };
}

interface Filler {
  text(text: string): string;
  /** An argument that is one setting with several values becomes several arguments. */
  list(text: string): readonly string[];
}

function createFiller(manifest: JsonObject, name: string, folder: string, options: BundleOptions, needed: Map<string, string>): Filler {
  const described = isObject(manifest['user_config']) ? manifest['user_config'] : {};
  const unknown = Object.keys(options.settings).find((key) => !Object.hasOwn(described, key));
  if (unknown !== undefined)
    throw new AppError('USAGE', {
      message: `The bundle has no setting ${JSON.stringify(unknown)}.`,
      fix: `It has: ${Object.keys(described).join(', ') || 'none'}.`,
    });
  const folders: Readonly<Record<string, string>> = {
    __dirname: folder,
    HOME: options.homeDirectory,
    DESKTOP: join(options.homeDirectory, 'Desktop'),
    DOCUMENTS: join(options.homeDirectory, 'Documents'),
    DOWNLOADS: join(options.homeDirectory, 'Downloads'),
    pathSeparator: options.platform === 'win32' ? '\\' : '/',
    '/': options.platform === 'win32' ? '\\' : '/',
  };
  const setting = (key: string): readonly string[] => {
    const about = described[key];
    const given = options.settings[key];
    if (given !== undefined) return isObject(about) && about['multiple'] === true ? given.split(',') : [given.replaceAll('${', '$${')];
    const fallback = isObject(about) ? about['default'] : undefined;
    if (Array.isArray(fallback)) return fallback.map((item) => fill(String(item)));
    if (fallback !== undefined && fallback !== null && fallback !== '') return [fill(String(fallback))];
    if (!isObject(about) || about['required'] !== true) return [''];
    const variable = toVariableName(name, key);
    needed.set(variable, textAt(about, 'description') ?? textAt(about, 'title') ?? '');
    return [`\${${variable}}`];
  };
  const fill = (text: string): string =>
    text.replace(/\$\{([^}]*)\}/g, (whole, key: string) => {
      if (key.startsWith('user_config.')) return setting(key.slice('user_config.'.length)).join(',');
      return folders[key] ?? `$${whole}`;
    });
  return {
    text: fill,
    list: (text) => {
      const key = /^\$\{user_config\.([^}]+)\}$/.exec(text)?.[1];
      return key === undefined ? [fill(text)] : setting(key).filter((value) => value !== '');
    },
  };
}

/** Writes the files beside the folder and moves it there whole: nobody sees half a bundle. */
function place(members: readonly ZipMember[], folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const beside = `${folder}.${randomHex(6)}.tmp`;
  try {
    mkdirSync(beside, { recursive: true, mode: 0o700 });
    for (const { path, bytes, isExecutable } of members) {
      const target = join(beside, ...path.split('/'));
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, bytes, { flag: 'wx', mode: isExecutable ? 0o700 : 0o600 });
    }
    renameSync(beside, folder);
  } catch (cause) {
    rmSync(beside, { recursive: true, force: true });
    throw new AppError('STORAGE_UNAVAILABLE', { message: `The bundle cannot be unpacked into ${folder}.`, cause });
  }
}
