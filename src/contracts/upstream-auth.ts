/** @module contracts/upstream-auth: what signing in to an upstream needs from outside of it. */
import type { Scope } from '../core/scope.ts';

/** One sign-in of a person: a place that hears the answer, opened before the question is asked. */
export interface SignIn {
  readonly redirectUri: string;
  /**
   * Shows the URL to the person and waits for what comes back to the redirect URI.
   *
   * @throws the scope's reason when nobody answers
   */
  ask(authorizationUrl: string, scope: Scope): Promise<URLSearchParams>;
  close(): void;
}

/** The way to a person. */
export interface Interaction {
  /** @param preferredUri the redirect URI that an earlier sign-in registered; another one is opened where it cannot be had */
  begin(preferredUri: string | undefined): Promise<SignIn>;
}
