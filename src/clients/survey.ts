/** @module clients/survey: every server that the clients of this person know, and every file that could not be read. */
import { lstat, stat } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { readConfigText } from './config-file.ts';
import { readEntry, type FoundProblem, type FoundScope, type FoundServer } from './found-server.ts';
import { jsonValueAt, parseJsonFile } from './json-edit.ts';
import { factsOf, locateConfig } from './locations.ts';
import { entriesOf } from './read-servers.ts';
import { readSwitches } from './switches.ts';
import { CLIENT_IDS, type ClientId, type ClientPlace, type ClientScope } from './types.ts';

/** Where to look. */
export interface SurveyPlace extends Omit<ClientPlace, 'client' | 'scope'> {
  /** Default: all. */
  readonly clients?: readonly ClientId[] | undefined;
}

/** A file that was there. */
export interface SurveyedFile {
  readonly client: ClientId;
  readonly scope: ClientScope;
  /** Absolute. */
  readonly path: string;
  /** Sentences about the file itself: a link, open to others. */
  readonly warnings: readonly string[];
}

/** What the clients know. */
export interface Survey {
  readonly files: readonly SurveyedFile[];
  /** In the order of the clients; those of one person in one project first, then the project's, then the person's. */
  readonly servers: readonly FoundServer[];
  readonly problems: readonly FoundProblem[];
}

/**
 * Reads the configuration files of the clients: of the person and of the project, and what Claude Code
 * keeps for the person in this project. A file that cannot be read is a problem, and stops no other.
 *
 * Values may be secrets: handle the servers as such.
 */
export async function surveyClients(place: SurveyPlace): Promise<Survey> {
  const files: SurveyedFile[] = [];
  const servers: FoundServer[] = [];
  const problems: FoundProblem[] = [];
  for (const client of place.clients ?? CLIENT_IDS) {
    const scopes: readonly ClientScope[] = factsOf(client).projectFile === undefined ? ['user'] : ['project', 'user'];
    for (const scope of scopes) {
      const path = locateConfig({ ...place, client, scope });
      // In the home folder itself both scopes can mean one file.
      if (files.some((file) => file.path === path) || problems.some((problem) => problem.path === path)) continue;
      try {
        const text = await readConfigText(path);
        if (text === null) continue;
        files.push({ client, scope, path, warnings: await warningsOf(path) });
        const isOff = await readSwitches(place, client, path, text);
        for (const found of readFile(place, client, scope, path, text)) {
          if ('message' in found) problems.push(found);
          else servers.push(isOff(found.name, found.scope) ? switchedOff(found) : found);
        }
      } catch (error) {
        if (!AppError.is(error)) throw error;
        problems.push({ client, path, name: null, message: error.message.replace(' Nothing was written.', '') });
      }
    }
  }
  return { files, servers: servers.toSorted((left, right) => rankOf(left) - rankOf(right)), problems };
}

/** It is added, and stays off until somebody switches it on. */
function switchedOff(found: FoundServer): FoundServer {
  return { ...found, server: { ...found.server, isDisabled: true }, notes: [...found.notes, 'it is switched off there, and is added switched off'] };
}

/** Of two entries of one name, a client uses the nearer one. */
function rankOf({ client, scope }: FoundServer): number {
  const near: readonly FoundScope[] = ['local', 'project', 'user'];
  return CLIENT_IDS.indexOf(client) * near.length + near.indexOf(scope);
}

function readFile(place: SurveyPlace, client: ClientId, scope: ClientScope, path: string, text: string): readonly (FoundServer | FoundProblem)[] {
  const read = (entries: readonly (readonly [string, unknown])[], found: FoundScope): readonly (FoundServer | FoundProblem)[] =>
    entries.map(([name, entry]) =>
      readEntry(entry, {
        at: { client, scope: found, path, name },
        homeDirectory: place.homeDirectory,
        projectDirectory: found === 'user' ? undefined : place.projectDirectory,
        platform: place.platform,
      }),
    );
  const { container, format } = factsOf(client);
  const all = read(entriesOf(client, path, text), scope);
  if (format !== 'json') return all;
  const document = parseJsonFile(path, text);
  const held = jsonValueAt(document, [container]);
  const wrong: readonly FoundProblem[] =
    held === undefined || isObject(held) ? [] : [{ client, path, name: null, message: `${path}: ${container} must be an object.` }];
  const local = client === 'claude-code' && scope === 'user' ? jsonValueAt(document, ['projects', place.projectDirectory, container]) : undefined;
  return [...wrong, ...(isObject(local) ? read(Object.entries(local), 'local') : []), ...all];
}

async function warningsOf(path: string): Promise<readonly string[]> {
  const link = await lstat(path);
  const { mode } = await stat(path);
  const isOpen = process.platform !== 'win32' && (mode & 0o002) !== 0;
  return [
    ...(link.isSymbolicLink() ? [`${path} is a link: make sure that you trust where it leads.`] : []),
    ...(isOpen ? [`${path} can be changed by every user of this machine. Run: chmod o-w ${path}`] : []),
  ];
}
