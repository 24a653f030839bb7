/** @module upstreams/entries/merge: servers of several clients, put together with what the file has already. */
import { canonicalJson, isObject, type JsonObject } from '../../core/json.ts';
import { differencesOf } from './differences.ts';
import { addressOf, fitDraft, toEntry, type UpstreamDraft } from './draft.ts';
import { freeName, toUpstreamName } from './names.ts';
import { referencesIn, resolveKnown } from './references.ts';
import { moveSecrets } from './secrets.ts';
import type { Vault } from './vault.ts';

/** A server as it was found, or given. */
export interface Candidate<Origin> {
  /** As the person called it. */
  readonly name: string;
  readonly draft: UpstreamDraft;
  readonly origin: Origin;
  /** Tells two servers of one name apart: the client. */
  readonly hint: string;
}

/** What became of one or several candidates that are one server. */
export interface MergedServer<Origin> {
  /** `added`: new. `present`: the file has it. `held`: cannot run as it is; see `reason`. */
  readonly kind: 'added' | 'present' | 'held';
  /** Name in the file. */
  readonly upstream: string;
  /** What is, or would be, written. Without secrets. */
  readonly entry: JsonObject;
  readonly candidates: readonly [Candidate<Origin>, ...Candidate<Origin>[]];
  /** Sentences about names and differences. */
  readonly notes: readonly string[];
  readonly reason?: string | undefined;
}

/** What the merge starts from. */
export interface MergeBase<Origin> {
  /** Entries of the file, as they are written there. */
  readonly entries: Readonly<Record<string, unknown>>;
  readonly vault: Vault;
  /** Under which name an earlier import wrote this one. */
  readonly recorded: (origin: Origin) => string | undefined;
  /** Why the configuration would not admit the entry; undefined when it does. */
  readonly refuse: (name: string, entry: JsonObject, vault: Vault) => Promise<string | undefined>;
}

/**
 * One upstream for each server: the same program with the same arguments and folder, or the same URL, is
 * one, unless variables or headers contradict each other (two accounts). What the file has stays as it
 * is. Secrets go into the vault, for what is added only.
 */
export async function mergeServers<Origin>(candidates: readonly Candidate<Origin>[], base: MergeBase<Origin>): Promise<readonly MergedServer<Origin>[]> {
  const { entries, vault, recorded } = base;
  const taken = new Set(Object.keys(entries));
  const merged: MergedServer<Origin>[] = [];
  for (const group of groupCandidates(candidates, vault)) {
    const { draft, notes: fitted } = fitDraft(combine(group));
    const known = group.map(({ origin }) => recorded(origin)).find((name) => name !== undefined && Object.hasOwn(entries, name));
    const present = known ?? findPresent(draft, entries, vault);
    if (present !== undefined) {
      const entry = isObject(entries[present]) ? entries[present] : {};
      merged.push({ kind: 'present', upstream: present, entry, candidates: group, notes: changesOf(entry, draft, vault, present, group) });
    } else merged.push(await addGroup(group, { draft, fitted, taken, base }));
  }
  return merged;
}

/** What the file has stays as it is; whoever has changed the client's entry since is told that. */
function changesOf<Origin>(entry: JsonObject, draft: UpstreamDraft, { lookup }: Vault, upstream: string, [{ hint }]: Group<Origin>): readonly string[] {
  const differences = differencesOf(entry, draft, lookup);
  if (differences.length === 0) return [];
  return [`${hint} has another ${differences.join(', ')} by now: what the file says stays (to take it over: switchyard remove ${upstream}, and import again)`];
}

interface AddContext<Origin> {
  readonly draft: UpstreamDraft;
  readonly fitted: readonly string[];
  readonly taken: Set<string>;
  readonly base: MergeBase<Origin>;
}

async function addGroup<Origin>(group: Group<Origin>, { draft, fitted, taken, base: { vault, refuse } }: AddContext<Origin>): Promise<MergedServer<Origin>> {
  const [first] = group;
  const wish = toUpstreamName(first.name);
  const upstream = freeName(wish, (name) => taken.has(name), first.hint);
  const trial = vault.fork();
  const moved = moveSecrets(upstream, draft, trial);
  const unset = [...new Set([moved.command, moved.url, moved.cwd, ...moved.args].flatMap((text) => referencesIn(text ?? '')))].filter(
    (name) => trial.lookup(name) === undefined,
  );
  const entry = toEntry(moved);
  const reason = unset.length > 0 ? `Set ${unset.join(' and ')} in the environment or in .env, and import again.` : await refuse(upstream, entry, trial);
  const notes = [...notesOf(group, upstream, wish), ...fitted];
  if (reason !== undefined) return { kind: 'held', upstream, entry, candidates: group, notes, reason };
  taken.add(upstream);
  vault.absorb(trial);
  return { kind: 'added', upstream, entry, candidates: group, notes };
}

function notesOf<Origin>(group: readonly [Candidate<Origin>, ...Candidate<Origin>[]], upstream: string, wish: string): readonly string[] {
  const [first] = group;
  const tools = new Set(group.map(({ draft: { allow, deny } }) => canonicalJson({ allow: allow ?? null, deny: deny ?? null })));
  return [
    ...(upstream === wish ? [] : [`${wish} is taken by another server`]),
    ...(wish === first.name ? [] : [`its name was ${JSON.stringify(first.name)}`]),
    ...(tools.size > 1 ? ['the clients hide different tools: the first says which'] : []),
  ];
}

type Group<Origin> = [Candidate<Origin>, ...Candidate<Origin>[]];

function groupCandidates<Origin>(candidates: readonly Candidate<Origin>[], vault: Vault): readonly Group<Origin>[] {
  const groups: Group<Origin>[] = [];
  for (const candidate of candidates) {
    const group = groups.find((members) => members.every((member) => isSameServer(member.draft, candidate.draft, vault)));
    if (group) group.push(candidate);
    else groups.push([candidate]);
  }
  return groups;
}

function isSameServer(left: UpstreamDraft, right: UpstreamDraft, vault: Vault): boolean {
  return addressOf(left) === addressOf(right) && !contradicts(left.env, right.env, vault) && !contradicts(left.headers, right.headers, vault);
}

/** Two values that are known and differ. What a variable holds that is not set contradicts nothing. */
function contradicts(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>, vault: Vault): boolean {
  return Object.entries(left).some(([key, value]) => {
    const other = right[key];
    if (other === undefined || other === value) return false;
    const [mine, theirs] = [resolveKnown(value, vault.lookup), resolveKnown(other, vault.lookup)];
    return mine !== undefined && theirs !== undefined && mine !== theirs;
  });
}

function combine<Origin>(group: Group<Origin>): UpstreamDraft {
  const drafts = group.map(({ draft }) => draft);
  const [first] = group;
  return {
    ...first.draft,
    env: Object.assign({}, ...drafts.toReversed().map(({ env }) => env)) as Readonly<Record<string, string>>,
    headers: Object.assign({}, ...drafts.toReversed().map(({ headers }) => headers)) as Readonly<Record<string, string>>,
    isDisabled: drafts.every(({ isDisabled }) => isDisabled),
    allow: drafts.find(({ allow, deny }) => allow !== undefined || deny !== undefined)?.allow,
    deny: drafts.find(({ allow, deny }) => allow !== undefined || deny !== undefined)?.deny,
  };
}

/** The name under which the file has this server, whatever else the person wrote there. */
function findPresent(draft: UpstreamDraft, entries: Readonly<Record<string, unknown>>, vault: Vault): string | undefined {
  return Object.entries(entries).find(([name, entry]) => isObject(entry) && reach(entry) === reach(toEntry(moveSecrets(name, draft, vault.fork()))))?.[0];
}

/** How the entry is reached, in a form that compares. */
function reach(entry: JsonObject): string {
  const { command, args, env, cwd, url, headers } = entry;
  const list = Array.isArray(args) ? args.filter((argument) => command !== 'npx' || (argument !== '-y' && argument !== '--yes')) : [];
  return canonicalJson({
    command: command ?? null,
    args: list,
    env: env ?? {},
    cwd: cwd ?? null,
    url: typeof url === 'string' ? url.replace(/\/$/, '') : null,
    headers: headers ?? {},
  });
}
