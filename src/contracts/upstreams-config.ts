/** @module contracts/upstreams-config: other MCP servers, as an operator writes them. */
import type { JsonObject } from '../core/json.ts';
import type { PinPolicy } from './pins.ts';
import type { PermissionType } from './policy.ts';

/** What every upstream may say. */
interface UpstreamCommon {
  /** False = as if it were not written. */
  readonly isEnabled: boolean;
  /** When the connection is made: at the first call, or in the background of the start. */
  readonly connect: 'lazy' | 'eager';
  /** Milliseconds a call may take; progress starts it anew, up to ten times. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly concurrency: number;
  /** Prefix of its names; null = the name of the upstream. */
  readonly prefix: string | null;
  readonly tools: UpstreamToolsConfig;
  /** How its definitions become approved. Default `trust-first-use`. */
  readonly pins: PinPolicy;
}

/** What is shown of its tools. Names are the upstream's own. */
export interface UpstreamToolsConfig {
  /** Patterns; null = all. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
  readonly rename: Readonly<Record<string, string>>;
  readonly describe: Readonly<Record<string, string>>;
  /** Members merged under the caller's arguments. */
  readonly defaults: Readonly<Record<string, JsonObject>>;
  /** What calls do, told from their arguments: a tool that is here asks for these permissions. */
  readonly permissions: Readonly<Record<string, readonly EffectMapping[]>>;
}

/** One effect of a tool that the gateway does not know itself. Exactly one of `from` and `resource` is given. */
export interface EffectMapping {
  readonly permission: PermissionType;
  /** JSON Pointer to what it touches; `*` = every item of a list. A list there is one effect for each item, for commands the words of one. */
  readonly from: string | null;
  /** What it touches, whatever the arguments are. */
  readonly resource: string | null;
  /** FILE_*: absolute folder; paths in it are judged as those of the workspace, all other absolute ones as the GLOBAL permission. */
  readonly root: string | null;
  /** Whether the argument may be absent: then the call has no such effect. */
  readonly isOptional: boolean;
  /** JSON Pointers to what limits bound: a number, or a text whose bytes count. */
  readonly size: string | null;
  /** Seconds. */
  readonly timeout: string | null;
}

/** A program on this machine. */
export interface StdioUpstream extends UpstreamCommon {
  readonly transport: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the scrubbed environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; null = the client's project folder. */
  readonly cwd: string | null;
}

/** A server at a URL: Streamable HTTP of both eras, or the older HTTP+SSE. */
export interface HttpUpstream extends UpstreamCommon {
  readonly transport: 'http' | 'sse';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One upstream. */
export type UpstreamConfig = StdioUpstream | HttpUpstream;

/** Upstreams by the name an operator chose: lower-case letters, digits, `-` and `_`, at most 32. */
export type UpstreamsConfig = Readonly<Record<string, UpstreamConfig>>;
