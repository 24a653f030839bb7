/** What is used of oidc-provider 9, which ships no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** A client. */
  export interface ClientModel {
    readonly clientId: string;
    readonly clientName?: string;
    readonly clientAuthMethod: string;
    readonly redirectUris: readonly string[];
    readonly clientIdMetadataDocument?: boolean;
    grantTypeAllowed(type: string): boolean;
  }
  /** A token of any kind. */
  export interface TokenModel {
    readonly kind: string;
    jti?: string;
    scope?: string;
    readonly clientId: string;
    readonly accountId?: string;
    readonly grantId?: string;
    readonly exp?: number;
    readonly expiration: number;
    readonly aud?: string;
    readonly scopes: ReadonlySet<string>;
  }
  /** What a person is being asked. */
  export interface InteractionModel {
    readonly uid: string;
    readonly returnTo: string;
    readonly prompt: { readonly name: string; readonly details: Readonly<Record<string, unknown>> };
    readonly params: Readonly<Record<string, unknown>>;
    readonly session?: { readonly accountId: string; readonly cookie?: string };
    readonly grantId?: string;
    readonly deviceCode?: string;
    destroy(): Promise<void>;
  }
  /** What is remembered of a browser. */
  export interface SessionModel {
    readonly exp?: number;
    save(seconds: number): Promise<unknown>;
    persist(): Promise<unknown>;
  }
  /** What a person has allowed. */
  export interface GrantModel {
    rejected?: unknown;
    addOIDCScope(scope: string): void;
    rejectOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    rejectResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }
  /** The request that is being answered. */
  export interface KoaContext {
    type: string;
    body: unknown;
    status: number;
    readonly path: string;
    readonly method: string;
    readonly req: IncomingMessage;
    set(name: string, value: string): void;
    readonly oidc: {
      readonly result?: Readonly<Record<string, unknown>>;
      readonly client: ClientModel;
      readonly route: string;
      readonly params: Readonly<Record<string, unknown>>;
      readonly session: { readonly state?: { readonly secret?: string } };
      readonly entities: Readonly<Record<string, unknown>>;
      readonly requestParamScopes: ReadonlySet<string>;
      urlFor(name: string): string;
    };
  }
  /** Errors of the protocol. */
  export const errors: Readonly<Record<'InvalidGrant' | 'InvalidTarget' | 'InvalidClientMetadata', new (description?: string) => Error>>;
  /** One reason to ask a person. */
  export interface PolicyCheck {
    readonly reason: string;
  }
  /** When a person is asked. */
  export const interactionPolicy: {
    readonly base: () => { get(name: string): { readonly checks: { add(check: PolicyCheck): void } } };
    readonly Check: {
      new (reason: string, description: string, error: string, check: (context: KoaContext) => boolean): PolicyCheck;
      readonly REQUEST_PROMPT: boolean;
      readonly NO_NEED_TO_PROMPT: boolean;
    };
  };
  /** The server: a koa application. */
  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly issuer: string;
    proxy: boolean;
    silent: boolean;
    use(step: (context: Partial<Pick<KoaContext, 'oidc'>> & Omit<KoaContext, 'oidc'>, next: () => Promise<void>) => Promise<void>): this;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    cookieName(type: 'session' | 'interaction' | 'resume'): string;
    on(event: string, listener: (context: KoaContext, error: Error) => void): this;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionModel>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { readonly mergeWithLastSubmission: boolean },
    ): Promise<void>;
    readonly Client: { find(id: string): Promise<ClientModel | undefined>; prototype: object };
    readonly Session: { adapter: { destroy(id: string): Promise<void> }; prototype: SessionModel };
    readonly Grant: { new (fields: { readonly accountId: string; readonly clientId: string }): GrantModel; find(id: string): Promise<GrantModel | undefined> };
    readonly ReplayDetection: { unique(issuer: string, jti: string, expiresAt: number): Promise<boolean> };
  }
}
