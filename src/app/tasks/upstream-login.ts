/** @module app/tasks/upstream-login: a person signs in to an upstream; the gateway uses what comes of it. */
import { suggest } from '../../config/suggest.ts';
import type { UpstreamConfig } from '../../contracts/upstreams-config.ts';
import { AppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import { createLoopbackInteraction } from '../../upstreams/auth/loopback-sign-in.ts';
import { logIn, logOut, type LoginResult } from '../../upstreams/auth/login.ts';
import type { Foundation } from '../foundation.ts';
import { upstreamPorts } from '../upstream-ports.ts';
import { recordedFirst, withFoundation, type TaskPlace } from './task.ts';

export type { LoginResult } from '../../upstreams/auth/login.ts';

/**
 * Signs in, waiting for the person.
 *
 * @param show brings the URL to the person
 * @throws AppError UPSTREAM_UNKNOWN; USAGE for an upstream that has no sign-in; UPSTREAM_*, CONFIG_*, AUDIT_UNAVAILABLE, SECRETS_*
 */
export async function logInToUpstream(place: TaskPlace, name: string, timeoutMs: number, show: (url: string) => void): Promise<LoginResult> {
  return await withFoundation(place, async (foundation) => {
    const config = httpUpstream(foundation, name);
    const ports = {
      ...upstreamPorts(foundation, { env: place.env ?? process.env, workspace: foundation.home.workspace, policy: () => NOBODY }),
      interaction: createLoopbackInteraction(show),
    };
    using scope = new Scope({ timeoutMs });
    const change = { event: 'key_upstream_login', target: `upstream:${name}`, detail: {} } as const;
    return await recordedFirst(
      foundation,
      change,
      () => logIn(name, config, ports, scope),
      ({ issuer, scopes }) => ({ issuer: issuer ?? null, scopes: scopes.join(' ').slice(0, 1000) }),
    );
  });
}

/** Forgets tokens and registrations of the upstream; the server is not told. False when there were none. @throws AppError UPSTREAM_UNKNOWN, CONFIG_*, AUDIT_UNAVAILABLE, SECRETS_*, STORAGE_* */
export async function logOutOfUpstream(place: TaskPlace, name: string): Promise<boolean> {
  return await withFoundation(place, async (foundation) => {
    httpUpstream(foundation, name);
    const { credentials } = await foundation.secrets();
    return await recordedFirst(foundation, { event: 'key_upstream_logout', target: `upstream:${name}`, detail: {} }, () => logOut(name, credentials));
  });
}

/** Nothing is listed to anybody while signing in. */
const NOBODY = { isVisible: () => false, decide: () => ({ isAllowed: false, rule: 'login', reason: '' }), scopesOf: () => [] } as const;

function httpUpstream({ loaded }: Foundation, name: string): Exclude<UpstreamConfig, { readonly transport: 'stdio' }> {
  const { upstreams } = loaded.config;
  const config = Object.hasOwn(upstreams, name) ? upstreams[name] : undefined;
  if (!config) {
    const near = suggest(name, Object.keys(upstreams));
    throw new AppError('UPSTREAM_UNKNOWN', {
      message: `There is no upstream ${JSON.stringify(name.slice(0, 100))}.`,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Run \`switchyard upstreams ls\` for the names.`,
    });
  }
  if (config.transport === 'stdio') {
    throw new AppError('USAGE', {
      message: `${name} is a program on this machine: it has no sign-in here.`,
      fix: 'Give it its credentials under upstreams.<name>.env.',
    });
  }
  if (config.auth.grant !== 'authorization_code') {
    throw new AppError('USAGE', {
      message: `${name} gets its tokens by ${config.auth.grant}: nobody signs in.`,
      fix: 'Run `switchyard doctor` to see whether that works.',
    });
  }
  return config;
}
