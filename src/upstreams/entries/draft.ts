/** @module upstreams/entries/draft: an upstream on its way into the configuration file. */
import type { JsonObject } from '../../core/json.ts';

/** How an upstream is reached and shown, before it has a name of its own. Texts follow the grammar of `${NAME}`. */
export interface UpstreamDraft {
  readonly transport: 'stdio' | 'http' | 'sse';
  /** For stdio. */
  readonly command?: string | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd?: string | undefined;
  /** For http and sse. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly isDisabled: boolean;
  /** Milliseconds a call may take. */
  readonly timeoutMs?: number | undefined;
  /** Names of its tools that are shown; absent = all. */
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

const orUndefined = (record: Readonly<Record<string, string>>): JsonObject | undefined => (Object.keys(record).length === 0 ? undefined : { ...record });

/** The entry as it stands below `upstreams.<name>`: only what differs from the defaults. */
export function toEntry(draft: UpstreamDraft): JsonObject {
  const { allow, deny } = draft;
  const tools = allow === undefined && (deny === undefined || deny.length === 0) ? undefined : { allow: allow && [...allow], deny: deny?.length ? [...deny] : undefined };
  const members: Record<string, unknown> = {
    enabled: draft.isDisabled ? false : undefined,
    ...(draft.transport === 'stdio'
      ? { command: draft.command, args: draft.args.length === 0 ? undefined : [...draft.args], env: orUndefined(draft.env), cwd: draft.cwd }
      : { transport: draft.transport === 'sse' ? 'sse' : undefined, url: draft.url, headers: orUndefined(draft.headers) }),
    timeoutMs: draft.timeoutMs,
    tools,
  };
  // Through text: members that are undefined are not there.
  return JSON.parse(JSON.stringify(members)) as JsonObject;
}

/**
 * Two drafts with the same address reach the same server: same program, arguments and folder, or same
 * URL. What a package runner needs to be quiet (`npx -y`) does not count.
 */
export function addressOf(draft: UpstreamDraft): string {
  if (draft.transport !== 'stdio') return JSON.stringify([draft.url?.replace(/\/$/, '')]);
  const args = draft.command === 'npx' ? draft.args.filter((argument) => argument !== '-y' && argument !== '--yes') : draft.args;
  return JSON.stringify([draft.command, args, draft.cwd ?? null]);
}
