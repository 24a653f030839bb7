/** @module clients/types: what is connected to what, and how. */

/** The clients whose configuration files are understood. */
export const CLIENT_IDS = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini', 'windsurf'] as const;
/** One of {@link CLIENT_IDS}. */
export type ClientId = (typeof CLIENT_IDS)[number];

/** `user`: this person, everywhere. `project`: everybody who has the project's files; meant to be committed. */
export type ClientScope = 'user' | 'project';

/** `stdio`: the client starts a process. `http`: it talks to a running gateway (Streamable HTTP). */
export type ClientTransport = 'stdio' | 'http';

/** Where a configuration file is looked for. All of it is given, so that nothing here asks the machine. */
export interface ClientPlace {
  readonly client: ClientId;
  readonly scope: ClientScope;
  /** Absolute. */
  readonly homeDirectory: string;
  /** Absolute; needed for the scope `project` only. */
  readonly projectDirectory: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** APPDATA, XDG_CONFIG_HOME, CLAUDE_CONFIG_DIR and CODEX_HOME move files where the clients obey them. Default: none set. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A local server: always an absolute `node` and an absolute script, never a package runner that may resolve anew at each start. */
export interface ClientCommand {
  readonly node: string;
  readonly script: string;
  readonly args?: readonly string[] | undefined;
  /** Values may name a variable of the client's environment as `${NAME}`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What to write into a client's file. */
export interface ConnectRequest extends ClientPlace {
  readonly transport: ClientTransport;
  /** 1–64 of [A-Za-z0-9_-]. Default `switchyard`. */
  readonly name?: string | undefined;
  /** For stdio. */
  readonly command?: ClientCommand | undefined;
  /** For http: absolute, http or https. */
  readonly url?: string | undefined;
  /** For http. Values may name variables as `${NAME}`; each client gets its own spelling of that. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A change that has been thought out but not made. */
export interface ConnectPlan {
  readonly client: ClientId;
  readonly scope: ClientScope;
  readonly name: string;
  /** The file. */
  readonly path: string;
  /** Its text now, a byte order mark included; null = there is no file. */
  readonly before: string | null;
  /** Its text afterwards. May hold other people's secrets, as `before` does: show `snippet` instead. */
  readonly after: string;
  /** Our part of `after` holds a key in the clear. */
  readonly holdsSecret: boolean;
  /** Only what is ours, in the format of the file: to be shown, or pasted by hand. */
  readonly snippet: string;
  /** A link that asks the client to add the server itself. Absent where the client has none, or where it would carry a secret. */
  readonly deepLink?: string | undefined;
  /** A command line of the client that does the same. Absent as above. */
  readonly cliCommand?: string | undefined;
  /** Sentences for the person: what to do next, what to know. */
  readonly notes: readonly string[];
}

/** A server as a client's file describes it, in one shape for all clients; references are `${NAME}`. */
export interface ClientServer {
  readonly name: string;
  /** `sse`: the transport of the revision 2024-11-05, which is read but never written. */
  readonly transport: ClientTransport | 'sse';
  readonly command?: string | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly isDisabled: boolean;
  /** Tools that the client shows; absent = all. */
  readonly allow?: readonly string[] | undefined;
  /** Tools that the client hides. */
  readonly deny?: readonly string[] | undefined;
  /** Milliseconds a call may take. */
  readonly timeoutMs?: number | undefined;
}
