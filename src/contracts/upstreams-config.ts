/** @module contracts/upstreams-config: other MCP servers, as an operator writes them. */
import type { JsonObject } from '../core/json.ts';
import type { SandboxGrants } from './sandbox-config.ts';
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
  readonly results: UpstreamResultsConfig;
}

/** What is done with what it answers. */
export interface UpstreamResultsConfig {
  /** What happens to a result that holds what looks like instructions to the model: nothing, a tag in `_meta` and in the audit, or an error instead. */
  readonly scan: 'off' | 'tag' | 'block';
  /** Characters of text of one result; what is beyond is cut off. */
  readonly maxCharacters: number;
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
  /** Runs in the native sandbox with these grants; null = as a plain process. */
  readonly sandbox: SandboxGrants | null;
  readonly instances: InstancePolicy;
  /** Programs beside the one that everybody shares. */
  readonly maxInstances: number;
}

/**
 * For whom a program is started: once for everybody; once for each project folder of clients that have one (where `cwd`
 * names none); once for each caller and folder.
 */
export type InstancePolicy = 'shared' | 'per-project' | 'per-principal';

/** A server at a URL, whatever it speaks. */
export interface ServerUpstream extends UpstreamCommon {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How tokens are obtained when the server asks for one. A header `authorization` of the configuration switches it off. */
  readonly auth: UpstreamAuthConfig;
}

/** Streamable HTTP of both eras, or the older HTTP+SSE. */
export interface HttpUpstream extends ServerUpstream {
  readonly transport: 'http' | 'sse';
}

/** How an access token comes about. @see RFC 6749 4.1 and 4.4, RFC 7523, RFC 8693, MCP extension enterprise-managed-authorization */
export type UpstreamGrant = 'authorization_code' | 'client_credentials' | 'jwt_bearer' | 'token_exchange' | 'enterprise';

/** OAuth as an operator sets it up for one upstream. Null = not set. */
export interface UpstreamAuthConfig {
  readonly grant: UpstreamGrant;
  /** A client that was registered beforehand; null = by metadata document or dynamic registration. */
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  /** Private key of the client, PKCS#8 PEM, for private_key_jwt; wins over the secret. */
  readonly clientKey: string | null;
  readonly clientKeyId: string | null;
  readonly clientKeyAlgorithm: 'ES256' | 'ES384' | 'RS256' | 'PS256' | 'EdDSA';
  /** URL of the client's metadata document, which is its id where the server takes such. */
  readonly clientMetadataUrl: string | null;
  /** The only authorization server that is believed; null = the one that the upstream names. */
  readonly issuer: string | null;
  /** The most that is asked for; null = what the upstream asks for. */
  readonly scopes: readonly string[] | null;
  /** jwt_bearer: the workload's JWT. token_exchange, enterprise: the token of the subject. */
  readonly assertion: string | null;
  /** Absolute; read anew at each use, for what the platform replaces. */
  readonly assertionFile: string | null;
  /** `configured`: the assertion above, one token for everybody. `caller`: the caller's own token, a token for each (token_exchange). */
  readonly subject: 'configured' | 'caller';
  /** Type of the subject's token, as RFC 8693 section 3 names it. */
  readonly subjectTokenType: string;
  /** enterprise: where the identity provider gives out grants. */
  readonly idpTokenUrl: string | null;
  readonly idpClientId: string | null;
  readonly idpClientSecret: string | null;
  /** Proof of possession. `auto`: where the upstream asks for it. @see RFC 9449 */
  readonly dpop: 'auto' | 'required' | 'off';
}

/** An API that an OpenAPI document describes: each operation is a tool. Calls go to its URL, whatever servers the document names. */
export interface OpenApiUpstream extends ServerUpstream {
  readonly transport: 'openapi';
  /** URL or absolute path of the document. */
  readonly document: string;
}

/** One HTTP endpoint as a tool. */
export interface EndpointConfig {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below the upstream's URL; `{member}` is replaced by that member of the input. */
  readonly path: string;
  readonly description: string;
  /** JSON Schema of the input, an object. */
  readonly input: JsonObject;
}

/** HTTP endpoints that the operator describes. */
export interface RestUpstream extends ServerUpstream {
  readonly transport: 'rest';
  /** By the name of the tool. */
  readonly endpoints: Readonly<Record<string, EndpointConfig>>;
}

/** An agent that speaks A2A: each of its skills is a tool. The URL is that of its card, or of the server that has one at the well-known place. */
export interface A2aUpstream extends ServerUpstream {
  readonly transport: 'a2a';
}

/** One upstream. */
export type UpstreamConfig = StdioUpstream | HttpUpstream | OpenApiUpstream | RestUpstream | A2aUpstream;

/** Upstreams by the name an operator chose: lower-case letters, digits, `-` and `_`, at most 32. */
export type UpstreamsConfig = Readonly<Record<string, UpstreamConfig>>;
