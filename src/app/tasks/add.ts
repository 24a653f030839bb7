/** @module app/tasks/add: upstreams added one by one. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { canonicalJson, isObject, type JsonObject } from '../../core/json.ts';
import { unpackBundle } from '../../upstreams/entries/bundle.ts';
import { fitDraft, toEntry, type UpstreamDraft } from '../../upstreams/entries/draft.ts';
import { nameOfPackage, nameOfUrl } from '../../upstreams/entries/default-names.ts';
import { isUpstreamName, toUpstreamName } from '../../upstreams/entries/names.ts';
import { installPackage } from '../../upstreams/entries/npm-install.ts';
import { moveSecrets } from '../../upstreams/entries/secrets.ts';
import { dockerCommand, readServerJson, type ServerOffer } from '../../upstreams/entries/server-json.ts';
import { offerOfAgent, offerOfOpenApi } from '../../upstreams/entries/foreign.ts';
import { classifyDocument, parseSource, type AddSource } from '../../upstreams/entries/source.ts';
import { proposeSandbox, type SandboxProposal, type SandboxWish } from './add-sandbox.ts';
import { fetchDocument } from './fetch-document.ts';
import { openUpstreamsFile, refuseEntry, writeUpstreamsFile, type FileChange, type FilePlace, type UpstreamsFile } from './upstreams-file.ts';

/** What to add, and how. */
export interface AddOptions extends FilePlace {
  readonly what: string;
  /** What stands behind `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
  /** Default: made from the source. */
  readonly name?: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Settings of a bundle. */
  readonly settings: Readonly<Record<string, string>>;
  readonly workingFolder?: string | undefined;
  readonly sandbox: SandboxWish;
  /** Where calls of an OpenAPI document go. Default: to the first server that it names. */
  readonly server?: string | undefined;
  /** Base URL of the registry. Default: the official one. */
  readonly registry?: string | undefined;
  /** Let npx fetch the package at each start, instead of installing it once. */
  readonly isNpx: boolean;
  /** Replace an upstream of the same name. */
  readonly isForced: boolean;
  readonly homeDirectory: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
}

/** What was added. Holds no secrets. */
export interface Added {
  readonly name: string;
  readonly file: string;
  readonly entry: JsonObject;
  readonly change: FileChange;
  readonly notes: readonly string[];
  /** What it gets in the sandbox, or would get there; null = there is none for it here. */
  readonly sandbox: SandboxProposal | null;
  /** Variables that must still be set. */
  readonly needed: readonly { readonly variable: string; readonly description: string }[];
}

interface Prepared extends ServerOffer {
  readonly notes: readonly string[];
}

const MAX_DOCUMENT_BYTES = 16 * 1_048_576;
/** Folder of the home for what was installed; `upstreams` there remembers what servers list. */
export const ROOM = 'servers';

/**
 * Adds one upstream. Its server is not started or connected to.
 *
 * @throws AppError USAGE, DUPLICATE_NAME, SANDBOX_UNAVAILABLE, SANDBOX_GRANT_REFUSED, SOURCE_INVALID, SOURCE_UNSUPPORTED, INSTALL_FAILED, CONFIG_*
 */
export async function addUpstream(options: AddOptions): Promise<Added> {
  const source = parseSource(options.what, options.rest, options.registry);
  const file = await openUpstreamsFile(options);
  const offer = await prepare(source, options, file);
  const name = options.name ?? toUpstreamName(offer.name);
  const { draft, notes } = fitDraft(withOptions(offer.draft, options));
  const sandbox = await proposeSandbox(draft, options.sandbox, { home: file.home, servers: join(file.home, ROOM), cwd: options.cwd });
  const entry = toEntry(moveSecrets(name, sandbox?.isTaken === true ? { ...draft, sandbox } : draft, file.vault));
  requireFree(file, name, entry, options.isForced);
  const reason = await refuseEntry(name, withNeeded(entry, offer.needed), file.vault);
  if (reason !== undefined) throw new AppError('CONFIG_INVALID', { message: reason, fix: 'Correct it on the command line, and add it again.' });
  mkdirSync(dirname(file.path), { recursive: true, mode: 0o700 });
  const isSame = canonicalJson(file.entries[name] ?? null) === canonicalJson(entry);
  const change = await writeUpstreamsFile(file, isSame ? file.text : file.edit(file.text, name, entry), options);
  const needed = offer.needed.filter(({ variable }) => file.vault.lookup(variable) === undefined);
  return { name, file: file.path, entry, change, notes: [...offer.notes, ...notes], sandbox, needed };
}

/** Only what an unset variable would hide is looked at here: its own absence is told apart. */
function withNeeded(entry: JsonObject, needed: ServerOffer['needed']): JsonObject {
  const text = needed.reduce((json, { variable }) => json.replaceAll(`\${${variable}}`, 'value'), JSON.stringify(entry));
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : entry;
}

function requireFree({ entries }: UpstreamsFile, name: string, entry: JsonObject | undefined, isForced: boolean): void {
  if (!isUpstreamName(name))
    throw new AppError('USAGE', {
      message: `${JSON.stringify(name)} cannot be the name of an upstream.`,
      fix: 'Use lower-case letters, digits, - and _, at most 32.',
    });
  const present = entries[name];
  if (present === undefined || isForced || (entry !== undefined && canonicalJson(present) === canonicalJson(entry))) return;
  throw new AppError('DUPLICATE_NAME', { message: `There is an upstream ${name} already.`, fix: 'Use --name <another>, or --force to replace it.' });
}

function withOptions(draft: UpstreamDraft, { variables, headers, workingFolder, cwd }: AddOptions): UpstreamDraft {
  const isProgram = draft.transport === 'stdio';
  const wrong = isProgram
    ? Object.keys(headers).length > 0 && '--header'
    : (Object.keys(variables).length > 0 && '--env') || (workingFolder !== undefined && '--cwd');
  if (wrong !== false)
    throw new AppError('USAGE', { message: `${wrong} has no meaning for ${isProgram ? 'a program' : 'a URL'}.`, fix: `Leave ${wrong} out.` });
  return {
    ...draft,
    env: { ...draft.env, ...variables },
    headers: { ...draft.headers, ...headers },
    ...(workingFolder === undefined ? {} : { cwd: resolve(cwd, workingFolder) }),
  };
}

const program = (command: string, args: readonly string[]): UpstreamDraft => ({ transport: 'stdio', command, args, env: {}, headers: {}, isDisabled: false });

/** A file or folder that is named from where the command is given, by its absolute path; any other word as it is. */
function fromHere(word: string, cwd: string): string {
  const mayBePath = /^\.{1,2}$|[\\/]|\.[A-Za-z0-9]{1,8}$/.test(word) && !word.startsWith('-') && !isAbsolute(word);
  return mayBePath && existsSync(resolve(cwd, word)) ? resolve(cwd, word) : word;
}

async function prepare(source: AddSource, options: AddOptions, file: UpstreamsFile): Promise<Prepared> {
  switch (source.kind) {
    case 'command': {
      const [command = source.command, ...args] = [source.command, ...source.args].map((word) => (options.workingFolder ? word : fromHere(word, options.cwd)));
      const isMoved = canonicalJson([command, ...args]) !== canonicalJson([source.command, ...source.args]);
      const notes = isMoved ? ['what it names in this folder is written by its absolute path: the server runs elsewhere'] : [];
      return { name: source.name, draft: program(command, args), needed: [], notes };
    }
    case 'url': {
      const transport = /\/sse\/?$/.test(URL.parse(source.url)?.pathname ?? '') ? 'sse' : 'http';
      return { name: nameOfUrl(source.url), draft: { transport, url: source.url, args: [], env: {}, headers: {}, isDisabled: false }, needed: [], notes: [] };
    }
    case 'npm':
      return await prepareNpm({ name: nameOfPackage(source.spec), spec: source.spec, draft: program('npx', source.args), needed: [] }, options, file);
    case 'pypi':
      return {
        name: nameOfPackage(source.spec),
        draft: program('uvx', [source.spec, ...source.args]),
        needed: [],
        notes: ['uvx fetches the package when it is not there: the first start may take long'],
      };
    case 'oci': {
      const { command = 'docker', args } = dockerCommand(source.spec, source.args, Object.keys(options.variables));
      return { name: nameOfPackage(source.spec), draft: program(command, args), needed: [], notes: [] };
    }
    case 'document':
      return await prepareDocument(await fetchDocument(source.url, MAX_DOCUMENT_BYTES), source.url, source.args, options, file);
    case 'file':
      return await prepareFile(resolve(options.cwd, source.path), source.args, options, file);
  }
}

async function prepareFile(path: string, args: readonly string[], options: AddOptions, file: UpstreamsFile): Promise<Prepared> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new AppError('USAGE', { message: `There is no file ${path}.`, fix: 'Name a server.json, an OpenAPI document or an .mcpb bundle.' });
  if (/\.(?:mcpb|dxt)$/i.test(path)) {
    const { homeDirectory, platform, settings } = options;
    const bundle = unpackBundle(readFileSync(path), { folder: join(file.home, ROOM), homeDirectory, platform, node: process.execPath, settings });
    return {
      ...bundle,
      draft: { ...bundle.draft, args: [...bundle.draft.args, ...args] },
      notes: [`unpacked into ${bundle.folder}; its signature was not checked`],
    };
  }
  return await prepareDocument(readFileSync(path, 'utf8').slice(0, MAX_DOCUMENT_BYTES + 1), path, args, options, file);
}

async function parseText(text: string): Promise<unknown> {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return (await import('../../config/plain-yaml.ts')).parsePlainYaml(text);
  }
}

async function prepareDocument(text: string, place: string, args: readonly string[], options: AddOptions, file: UpstreamsFile): Promise<Prepared> {
  const { kind, document } = classifyDocument(await parseText(text));
  if (kind === 'openapi') return offerOfOpenApi(document, { place, server: options.server });
  if (kind === 'agent-card') return offerOfAgent(document, { place, server: options.server });
  const offer = readServerJson(document);
  const own: ServerOffer = { ...offer, draft: { ...offer.draft, args: [...offer.draft.args, ...args] } };
  return own.npmSpec === undefined ? { ...own, notes: [] } : await prepareNpm({ ...own, spec: own.npmSpec }, options, file);
}

async function prepareNpm(offer: ServerOffer & { readonly spec: string }, options: AddOptions, file: UpstreamsFile): Promise<Prepared> {
  if (options.isNpx)
    return {
      ...offer,
      draft: { ...offer.draft, command: 'npx', args: ['-y', offer.spec, ...offer.draft.args] },
      notes: ['npx looks for the package at each start'],
    };
  const name = options.name ?? toUpstreamName(offer.name);
  if (!options.isForced) requireFree(file, name, undefined, false);
  const installed = await installPackage({ spec: offer.spec, folder: join(file.home, ROOM, `npm-${name}`), node: process.execPath, env: options.env });
  const { packageName, version, script, hasSkippedScripts } = installed;
  return {
    ...offer,
    draft: { ...offer.draft, command: process.execPath, args: [script, ...offer.draft.args] },
    notes: [
      `installed ${packageName}@${version}; it stays at this version until you add it again with --force`,
      ...(hasSkippedScripts ? [`its install scripts were not run. If it needs them: npm rebuild --prefix ${join(file.home, ROOM, `npm-${name}`)}`] : []),
    ],
  };
}
