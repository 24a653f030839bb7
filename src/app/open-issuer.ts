/** @module app/open-issuer: loads the embedded authorization server where it is configured, and nothing of it elsewhere. */
import type { CallRunner } from '../contracts/call.ts';
import type { Foundation } from './foundation.ts';
import type { Generations } from './generations.ts';
import type { Guards } from './guards.ts';
import type { IssuerHost } from './issuer.ts';
import type { PublicUrls } from './public-urls.ts';

/** Parts that exist before the listener. */
export interface IssuerParts {
  readonly foundation: Foundation;
  readonly guards: Guards;
  readonly runner: CallRunner;
  readonly generations: Generations;
  readonly urls: PublicUrls;
}

/** Has its tokens trusted by this gateway too. */
export async function openIssuer({ foundation, guards, runner, generations, urls }: IssuerParts): Promise<IssuerHost | undefined> {
  if (foundation.loaded.config.identity.issuer !== 'embedded') return undefined;
  const { createIssuer } = await import('./issuer.ts');
  const issuer = createIssuer({
    foundation,
    guards,
    runner,
    policy: () => generations.current().policy,
    config: () => generations.current().config,
    countSource: (source) => generations.limits.source(source),
    baseUrl: () => urls.base,
    isResource: (text) => urls.isOwn(text),
  });
  guards.tokens.addLocal(issuer.local);
  return issuer;
}
