/** @module upstreams/entries/differences: what a client's entry says otherwise than the file that it was once imported into. */
import { isObject, type JsonObject } from '../../core/json.ts';
import type { UpstreamDraft } from './draft.ts';
import { resolveKnown } from './references.ts';

type Lookup = (name: string) => string | undefined;

/**
 * Names of what differs: `command`, `args`, `cwd`, `url`, `env.NAME`, `headers.NAME`. Variables are compared by what they
 * hold; of one that is not set, and of what the file has beside, nothing can be told. Values are not in it.
 */
export function differencesOf(entry: JsonObject, draft: UpstreamDraft, lookup: Lookup): readonly string[] {
  const isOther = (ours: unknown, theirs: string | undefined): boolean => {
    if (typeof ours !== 'string' || theirs === undefined) return (typeof ours === 'string') !== (theirs !== undefined);
    const [mine, other] = [resolveKnown(ours, lookup), resolveKnown(theirs, lookup)];
    return mine !== undefined && other !== undefined && mine.replace(/\/$/, '') !== other.replace(/\/$/, '');
  };
  const membersOf = (name: 'env' | 'headers'): readonly string[] => {
    const ours = isObject(entry[name]) ? entry[name] : {};
    return Object.entries(draft[name]).flatMap(([key, theirs]) => (isOther(ours[key], theirs) ? [`${name}.${key}`] : []));
  };
  return [
    ...(isOther(entry['command'], draft.command) ? ['command'] : []),
    ...(isOtherList(argumentsOf(entry['args']), argumentsOf(draft.args), isOther) ? ['args'] : []),
    // A folder that the file has by itself is the person's own.
    ...(draft.cwd !== undefined && isOther(entry['cwd'], draft.cwd) ? ['cwd'] : []),
    ...(isOther(entry['url'], draft.url) ? ['url'] : []),
    ...membersOf('env'),
    ...membersOf('headers'),
  ];
}

/** What a package runner needs to be quiet does not count. */
function argumentsOf(args: unknown): readonly string[] {
  return Array.isArray(args) ? args.filter((argument) => typeof argument === 'string' && argument !== '-y' && argument !== '--yes') : [];
}

function isOtherList(ours: readonly string[], theirs: readonly string[], isOther: (mine: unknown, other: string | undefined) => boolean): boolean {
  return ours.length !== theirs.length || ours.some((argument, index) => isOther(argument, theirs[index]));
}
