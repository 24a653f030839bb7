/** @module app/tasks/import: the servers that the clients know, put into the configuration file. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FoundProblem, FoundServer } from '../../clients/found-server.ts';
import { readImported, writeImported, type ImportedEntry } from '../../clients/import-record.ts';
import { factsOf } from '../../clients/locations.ts';
import { surveyClients, type SurveyedFile, type SurveyPlace } from '../../clients/survey.ts';
import type { JsonObject } from '../../core/json.ts';
import { mergeServers, type MergedServer } from '../../upstreams/entries/merge.ts';
import { isOurs, type OwnMarks } from '../../upstreams/entries/ours.ts';
import { openUpstreamsFile, refuseEntry, writeUpstreamsFile, type FileChange, type FilePlace, type UpstreamsFile } from './upstreams-file.ts';

export { parseClientId } from '../../clients/locations.ts';

/** What to import, and into what. */
export interface ImportOptions extends FilePlace {
  readonly survey: SurveyPlace;
  /** How entries that lead back to this gateway are told. */
  readonly own: OwnMarks;
}

/** One line of the merge. Holds no secrets. */
export interface ImportRow {
  /** `ours`: leads to this gateway, and is left out. */
  readonly action: 'added' | 'present' | 'held' | 'ours';
  /** Name in the configuration; null for what is left out. */
  readonly upstream: string | null;
  readonly entry: JsonObject;
  readonly from: readonly { readonly client: string; readonly scope: string; readonly path: string; readonly name: string }[];
  readonly notes: readonly string[];
  readonly reason: string | null;
}

/** An import that has been thought out but not made. */
export interface ImportPlan {
  readonly file: UpstreamsFile;
  readonly after: string;
  readonly rows: readonly ImportRow[];
  readonly problems: readonly FoundProblem[];
  readonly files: readonly SurveyedFile[];
  /** Names of variables that will go into `.env`. */
  readonly variables: readonly string[];
  readonly imported: readonly ImportedEntry[];
}

/** Reads and merges; writes nothing. @throws AppError CONFIG_SYNTAX, CONFIG_UNREADABLE */
export async function planImport(options: ImportOptions): Promise<ImportPlan> {
  const [file, survey] = await Promise.all([openUpstreamsFile(options), surveyClients(options.survey)]);
  const earlier = readImported(stateOf(file));
  const theirs = survey.servers.filter(({ server }) => !isOurs(server, options.own));
  const merged = await mergeServers(
    theirs.map((found) => ({ name: found.name, draft: found.server, origin: found, hint: found.client })),
    {
      entries: file.entries,
      vault: file.vault,
      refuse: refuseEntry,
      recorded: ({ client, scope, path, name }) =>
        earlier.find((entry) => entry.client === client && entry.scope === scope && entry.path === path && entry.name === name)?.upstream,
    },
  );
  let after = file.text;
  for (const { kind, upstream, entry } of merged) if (kind === 'added') after = file.edit(after, upstream, entry);
  return {
    file,
    after,
    rows: [...merged.map(toRow), ...survey.servers.filter(({ server }) => isOurs(server, options.own)).map(ownRow)],
    problems: survey.problems,
    files: survey.files,
    variables: [...file.vault.additions.keys()],
    imported: merged.flatMap(({ kind, upstream, candidates }) => (kind === 'held' ? [] : candidates.map(({ origin }) => ({ ...fromOf(origin), upstream })))),
  };
}

/** Writes what was planned. @throws AppError as {@link writeUpstreamsFile} */
export async function applyImport(plan: ImportPlan, options: ImportOptions): Promise<FileChange> {
  mkdirSync(dirname(plan.file.path), { recursive: true, mode: 0o700 });
  const change = await writeUpstreamsFile(plan.file, plan.after, options);
  writeImported(stateOf(plan.file), plan.imported);
  return change;
}

const stateOf = ({ home }: UpstreamsFile): string => join(home, 'clients');

function fromOf({ client, scope, path, name }: FoundServer): Omit<ImportedEntry, 'upstream'> {
  return { client, scope, path, name };
}

function toRow({ kind, upstream, entry, candidates, notes, reason }: MergedServer<FoundServer>): ImportRow {
  const told = candidates.flatMap(({ origin }) => origin.notes.map((note) => `${factsOf(origin.client).title}: ${note}`));
  return { action: kind, upstream, entry, from: candidates.map(({ origin }) => fromOf(origin)), notes: [...notes, ...told], reason: reason ?? null };
}

function ownRow(found: FoundServer): ImportRow {
  return { action: 'ours', upstream: null, entry: {}, from: [fromOf(found)], notes: [], reason: null };
}
