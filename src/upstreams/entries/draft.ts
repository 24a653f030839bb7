/** @module upstreams/entries/draft: an upstream on its way into the configuration file. */
import type { SandboxGrants } from '../../contracts/sandbox-config.ts';
import type { JsonObject } from '../../core/json.ts';

/** How an upstream is reached and shown, before it has a name of its own. Texts follow the grammar of `${NAME}`. */
export interface UpstreamDraft {
  readonly transport: 'stdio' | 'http' | 'sse' | 'openapi' | 'a2a';
  /** For stdio. */
  readonly command?: string | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd?: string | undefined;
  /** For stdio: what it is given in the native sandbox; absent = a plain process. */
  readonly sandbox?: SandboxGrants | undefined;
  /** For all but stdio. */
  readonly url?: string | undefined;
  /** For openapi: URL or absolute path. */
  readonly document?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly isDisabled: boolean;
  /** Milliseconds a call may take. */
  readonly timeoutMs?: number | undefined;
  /** Names of its tools that are shown; absent = all. */
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

/** What `timeoutMs` admits. */
const MAX_TIMEOUT_MS = 3_600_000;
/** Headers that the protocol sets itself. */
const OWN_HEADER = /^(?:host|content-length|content-type|accept|connection|mcp-session-id|mcp-protocol-version)$/i;

/** A draft that the configuration admits, and what was changed for it. */
export interface FittedDraft {
  readonly draft: UpstreamDraft;
  readonly notes: readonly string[];
}

/** User and password of the URL become a header; headers that the protocol sets itself are left out. */
export function fitDraft(draft: UpstreamDraft): FittedDraft {
  const dropped = Object.keys(draft.headers).filter((name) => OWN_HEADER.test(name));
  const kept = Object.entries(draft.headers).filter(([name]) => !OWN_HEADER.test(name));
  const notes = dropped.length === 0 ? [] : [`left out, because the protocol sets it: ${dropped.join(', ')}`];
  const [, scheme, user, rest] = /^(https?:\/\/)([^/?#@]*)@([\s\S]*)$/i.exec(draft.url ?? '') ?? [];
  if (scheme === undefined || user === undefined || rest === undefined || user.includes('${'))
    return { draft: { ...draft, headers: Object.fromEntries(kept) }, notes };
  const [name = '', ...password] = user.split(':');
  const token = Buffer.from(`${decode(name)}:${decode(password.join(':'))}`).toString('base64');
  const hasOwn = kept.some(([header]) => header.toLowerCase() === 'authorization');
  const headers = Object.fromEntries([...kept, ...(hasOwn ? [] : [['Authorization', `Basic ${token}`] as const])]);
  return { draft: { ...draft, url: scheme + rest, headers }, notes: [...notes, 'the user in its URL became a header'] };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const orUndefined = (record: Readonly<Record<string, string>>): JsonObject | undefined => (Object.keys(record).length === 0 ? undefined : { ...record });

/** An empty section is one, too: it is the fence. */
function grantsOf({ read, write, network }: SandboxGrants): JsonObject {
  return { ...(read.length === 0 ? {} : { read: [...read] }), ...(write.length === 0 ? {} : { write: [...write] }), ...(network ? { network } : {}) };
}

/** The entry as it stands below `upstreams.<name>`: only what differs from the defaults. */
export function toEntry(draft: UpstreamDraft): JsonObject {
  const { allow, deny } = draft;
  const tools =
    allow === undefined && (deny === undefined || deny.length === 0)
      ? undefined
      : { allow: allow && [...new Set(allow)], deny: deny?.length ? [...new Set(deny)] : undefined };
  const members: Record<string, unknown> = {
    transport: draft.transport,
    isEnabled: draft.isDisabled ? false : undefined,
    ...(draft.transport === 'stdio'
      ? {
          command: draft.command,
          args: draft.args.length === 0 ? undefined : [...draft.args],
          env: orUndefined(draft.env),
          cwd: draft.cwd,
          sandbox: draft.sandbox && grantsOf(draft.sandbox),
        }
      : { url: draft.url, document: draft.document, headers: orUndefined(draft.headers) }),
    timeoutMs: draft.timeoutMs === undefined ? undefined : Math.min(draft.timeoutMs, MAX_TIMEOUT_MS),
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
  if (draft.transport !== 'stdio') return JSON.stringify([draft.url?.replace(/\/$/, ''), ...(draft.document === undefined ? [] : [draft.document])]);
  const args = draft.command === 'npx' ? draft.args.filter((argument) => argument !== '-y' && argument !== '--yes') : draft.args;
  return JSON.stringify([draft.command, args, draft.cwd ?? null]);
}
