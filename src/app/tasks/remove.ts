/** @module app/tasks/remove: upstreams of the configuration file listed and removed. */
import { rmSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseDocument } from '../../config/assemble.ts';
import { decodeSource } from '../../config/source-text.ts';
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { UpstreamDraft } from '../../upstreams/entries/draft.ts';
import { allReferencesIn } from '../../upstreams/entries/references.ts';
import { moveSecrets } from '../../upstreams/entries/secrets.ts';
import { ROOM } from './add.ts';
import { openUpstreamsFile, writeUpstreamsFile, type FileChange, type FilePlace, type UpstreamsFile } from './upstreams-file.ts';

/** What was removed. */
export interface Removed {
  readonly name: string;
  readonly file: string;
  readonly change: FileChange;
  /** Folders of the home that only it used, and that are gone. */
  readonly folders: readonly string[];
  /** Variables that nothing in the file refers to any more; they stay in `.env`. */
  readonly unused: readonly string[];
}

async function profilesNaming(upstream: string, { path, label, text }: UpstreamsFile): Promise<readonly string[]> {
  const { value } = await parseDocument(path, decodeSource(Buffer.from(text), label));
  const profiles = isObject(value) && isObject(value['profiles']) ? value['profiles'] : {};
  return Object.entries(profiles).flatMap(([name, profile]) =>
    isObject(profile) && Array.isArray(profile['upstreams']) && profile['upstreams'].includes(upstream) ? [name] : [],
  );
}

/** Takes an upstream out of the file, and what was installed for it out of the home. @throws AppError UPSTREAM_UNKNOWN, CONFIG_INVALID while a profile names it */
export async function removeUpstream(name: string, place: FilePlace): Promise<Removed> {
  const file = await openUpstreamsFile(place);
  const entry = file.entries[name];
  if (entry === undefined) {
    const names = Object.keys(file.entries);
    throw new AppError('UPSTREAM_UNKNOWN', {
      message: `${file.label} has no upstream ${JSON.stringify(name)}.`,
      fix: names.length === 0 ? 'It has none at all.' : `It has: ${names.join(', ')}.`,
    });
  }
  const profiles = await profilesNaming(name, file);
  if (profiles.length > 0) {
    const many = profiles.length > 1;
    throw new AppError('CONFIG_INVALID', {
      message: `${file.label}: the profile${many ? 's' : ''} ${profiles.join(', ')} name${many ? '' : 's'} the upstream ${name}.`,
      fix: `Take it out of ${profiles.map((profile) => `profiles.${profile}.upstreams`).join(' and ')} first.`,
    });
  }
  const after = file.edit(file.text, name, undefined);
  const change = await writeUpstreamsFile(file, after, place);
  const room = join(file.home, ROOM) + sep;
  const used = isObject(entry) && Array.isArray(entry['args']) ? entry['args'] : [];
  const folders = [
    ...new Set(
      used.flatMap((argument) => (typeof argument === 'string' && argument.startsWith(room) ? [room + (argument.slice(room.length).split(sep)[0] ?? '')] : [])),
    ),
  ];
  const gone = folders.filter((folder) => folder !== room && !after.includes(folder) && resolve(folder) === folder);
  for (const folder of gone) rmSync(folder, { recursive: true, force: true });
  const left = new Set(allReferencesIn(after));
  return {
    name,
    file: file.path,
    change,
    folders: gone,
    unused: [...new Set(allReferencesIn(JSON.stringify(entry)))].filter((variable) => !left.has(variable)),
  };
}

/** The upstreams as they are written. */
export interface UpstreamList {
  readonly file: string | null;
  readonly upstreams: readonly { readonly name: string; readonly isEnabled: boolean; readonly entry: JsonObject }[];
}

/** Lists what the file says; nothing is connected to. Secrets that somebody wrote there are not shown. */
export async function listUpstreams(place: FilePlace): Promise<UpstreamList> {
  const file = await openUpstreamsFile(place);
  const upstreams = Object.entries(file.entries).flatMap(([name, entry]) => {
    if (!isObject(entry)) return [];
    const { command, args, url, transport } = entry;
    const address = { transport: typeof transport === 'string' ? transport : undefined, command: typeof command === 'string' ? command : undefined, args, url };
    const list = Array.isArray(args) ? args.filter((argument): argument is string => typeof argument === 'string') : [];
    const draft: UpstreamDraft = {
      transport: 'stdio',
      command: address.command,
      args: list,
      env: {},
      url: typeof url === 'string' ? url : undefined,
      headers: {},
      isDisabled: false,
    };
    const shown = moveSecrets(name, draft, file.vault.fork());
    return [
      {
        name,
        isEnabled: entry['isEnabled'] !== false,
        entry: JSON.parse(
          JSON.stringify({ transport: address.transport, command: shown.command, args: shown.command === undefined ? undefined : shown.args, url: shown.url }),
        ) as JsonObject,
      },
    ];
  });
  return { file: file.isNew ? null : file.path, upstreams };
}
