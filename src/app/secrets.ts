/** @module app/secrets: the secrets of a home, loaded when somebody refers to one. */
import { homePaths } from '../config/home.ts';
import type { SecretLookup } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import type { HomeSecrets } from '../secrets/home-secrets.ts';

/** Opens them once. */
export function secretsOf(home: string, env: Readonly<Record<string, string | undefined>>): () => Promise<HomeSecrets> {
  let opened: Promise<HomeSecrets> | undefined;
  return () => (opened ??= import('../secrets/home-secrets.ts').then(({ createHomeSecrets }) => createHomeSecrets(homePaths(home), env, systemClock)));
}

/** Fits where a text, a URL or a header stands; leads nowhere (RFC 2606). */
const NOT_SET = 'https://not-set.invalid/';

/** What the configuration asks for values. @param pending see FoundationOptions */
export function secretLookup(secrets: () => Promise<HomeSecrets>, pending?: Readonly<Record<string, string>>): SecretLookup {
  return async () => {
    const { values } = await secrets();
    const isPending = (name: string): boolean => pending !== undefined && Object.hasOwn(pending, name);
    return (name) => (isPending(name) ? pending?.[name] : (values.get(name) ?? (pending === undefined ? undefined : NOT_SET)));
  };
}
