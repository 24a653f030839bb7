/** @module upstreams/ports: what upstreams are given by the composition root. */
import type { Egress } from '../contracts/egress.ts';
import type { PinGuard } from '../contracts/pins.ts';
import type { Policy } from '../contracts/policy.ts';
import type { SecretStore } from '../contracts/secrets.ts';
import type { Validate } from '../contracts/target.ts';
import type { Logger } from '../contracts/telemetry.ts';
import type { Interaction } from '../contracts/upstream-auth.ts';
import type { Clock } from '../core/clock.ts';
import type { SandboxedProgram } from '../contracts/sandbox.ts';
import type { SandboxGrants } from '../contracts/sandbox-config.ts';
import type { Program } from './connection/stdio/child.ts';
import type { Environment } from './connection/stdio/environment.ts';

/** What every upstream needs. */
export interface UpstreamPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the gateway; upstreams get a few variables of it. */
  readonly env: Environment;
  /** Folder of the home for what is remembered. */
  readonly folder: string;
  /** Where programs run that name no folder of their own. */
  readonly workspace: string;
  /** Milliseconds until a program of one project or caller ends that nobody calls. Default 10 minutes. */
  readonly instanceIdleMs?: number | undefined;
  /** Whether what is listed is kept for later starts. Default true. */
  readonly isRemembering?: boolean | undefined;
  /** Bytes that one message of an upstream may have. */
  readonly maxMessageBytes: number;
  /** The way to start a program in the native sandbox; absent = there is none. @throws AppError SANDBOX_UNAVAILABLE, SANDBOX_GRANT_REFUSED */
  readonly sandbox?: ((program: Program & { readonly name: string }, grants: SandboxGrants) => Promise<SandboxedProgram>) | undefined;
  /** @throws AppError DEFINITION_INVALID */
  readonly compile: (schema: unknown) => Validate;
  /** Whether the principal may see the target, under the policy in force. */
  readonly isVisible: Policy['isVisible'];
  /** A way out to the origins of these URLs; with `ledBy` also to where the server at that URL may send us (see egress/address-class). */
  readonly createEgress: (urls: readonly string[], ledBy?: string) => Egress;
  /** Tokens and registrations of upstreams; opened at the first server that asks for a token. Absent = kept in memory alone. */
  readonly credentials?: (() => Promise<SecretStore>) | undefined;
  /** The way to a person who can sign in; absent = nobody is there. */
  readonly interaction?: Interaction | undefined;
  /** The value of a YAML document. @throws AppError SOURCE_INVALID */
  readonly parseYaml: (text: string) => Promise<unknown>;
  /** Absent = everything is taken as it comes. */
  readonly pins?: PinGuard | undefined;
  /** Whether the value at this pointer of the configuration in force came from a variable. Default: none did. */
  readonly isFromVariable?: ((pointer: string) => boolean) | undefined;
}
