/** @module app/options: what a gateway in this process can be given. */
import type { CallRunner } from '../contracts/call.ts';
import type { HttpMount } from '../contracts/http.ts';
import type { OwnModels } from '../contracts/model.ts';
import type { PromptDefinition, ResourceDefinition, ToolDefinition } from '../contracts/tool.ts';
import type { FoundationOptions } from './foundation.ts';

/** What can be brought along. */
export interface AppOptions extends FoundationOptions {
  /** Folder of the files that tools may touch. Default: the configuration's, else `workspace` in the home. */
  readonly workspace?: string | undefined;
  /** Doors to open. Default: http and the socket for `stdio` processes of the same home. */
  readonly doors?: readonly ('http' | 'attach')[] | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly resources?: readonly ResourceDefinition[] | undefined;
  readonly prompts?: readonly PromptDefinition[] | undefined;
  /** Models whose providers the program makes. */
  readonly models?: OwnModels | undefined;
  /** Further HTTP doors; they get the runner and must put every request through it. */
  readonly mounts?: ((runner: CallRunner) => readonly HttpMount[]) | undefined;
  /** The one virtual server that is served here: upstreams that are not of it are left alone. Default: all. */
  readonly onlyProfile?: string | undefined;
  /** Whether the configuration is watched. Default: true where the http door is open. */
  readonly isWatching?: boolean | undefined;
}
