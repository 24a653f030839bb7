/** @module app/tasks/inspection: the parts of a gateway that answer questions, without starting it. */
import type { Principal } from '../../contracts/principal.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { suggest } from '../../config/suggest.ts';
import { localPrincipal, principalOfKey } from '../../identity/identity.ts';
import type { Foundation } from '../foundation.ts';
import { createGenerations, type AppGeneration, type Generations } from '../generations.ts';
import { createGuards, type Guards } from '../guards.ts';
import { createPublicUrls } from '../public-urls.ts';
import { preparePolicyEngine } from '../policy-engine.ts';
import { createModelTargets } from '../models.ts';
import { createAppSandbox } from '../sandbox.ts';
import { createTargets, type Targets } from '../targets.ts';
import { createUpstreamTargets } from '../upstreams.ts';
import { withFoundation, type TaskPlace } from './task.ts';

/** What a question may look at. */
export interface Inspection {
  readonly foundation: Foundation;
  readonly guards: Guards;
  readonly targets: Targets;
  readonly generation: AppGeneration;
}

/** Somebody that a question is about. */
export interface Subject {
  readonly principal: Principal;
  /** Why the credential is refused whatever the policy says: revoked, expired. */
  readonly refusal: string | undefined;
}

/** Builds the catalogue and the policy as `serve` would, opens no door and records nothing. @throws AppError CONFIG_*, HOME_INSECURE, STORAGE_* */
export async function inspect<T>(place: TaskPlace, work: (inspection: Inspection) => Promise<T>): Promise<T> {
  return await withFoundation(place, async (foundation) => {
    const { server } = foundation.loaded.config;
    await preparePolicyEngine(foundation.loaded.config.policy);
    const guards = await createGuards(
      foundation,
      createPublicUrls(server, () => server.port),
      { hasAdminKey: false },
    );
    const later: { generations?: Generations } = {};
    const generations = (): Generations => {
      if (!later.generations) throw new AppError('NOT_RUNNING');
      return later.generations;
    };
    const models = createModelTargets(foundation, {
      policy: () => generations().current().policy,
      config: () => foundation.loaded.config.models,
      isOff: () => false,
      isCounted: () => false,
    });
    // `tools why` explains models too.
    await models.load();
    const workspace = foundation.loaded.config.workspace.root ?? foundation.home.workspace;
    const upstreams = createUpstreamTargets(foundation, {
      config: () => foundation.loaded.config.upstreams,
      policy: () => generations().current().policy,
      workspace,
      env: place.env ?? process.env,
      isPassive: true,
    });
    await upstreams.load();
    const targets = createTargets({
      foundation,
      guards,
      models,
      upstreams,
      config: () => foundation.loaded.config,
      sandbox: createAppSandbox(foundation, () => foundation.loaded.config.sandbox),
      doors: [],
      own: {},
      current: () => generations().current(),
      limits: () => generations().limits,
      readiness: () => ({ phase: 'new', up: [], down: [] }),
      workspace,
    });
    later.generations = createGenerations(foundation.loaded.config, targets.catalog, foundation);
    await targets.profiles.load();
    return await work({ foundation, guards, targets, generation: generations().current() });
  });
}

/**
 * Who is meant: `local`, the id of a key (with or without `key:`), or a role, then standing for
 * somebody who holds that role alone.
 *
 * @throws AppError KEY_UNKNOWN, USAGE with the nearest name
 */
export async function findSubject({ foundation, generation }: Inspection, text: string): Promise<Subject> {
  const { config } = generation;
  if (text === 'local') return { principal: localPrincipal(config.identity.localRoles), refusal: undefined };
  const [, prefix, keyId] = /^(key:)?([0-9a-f]{12})$/.exec(text) ?? [];
  if (keyId !== undefined) {
    const record = await foundation.store.apiKeys.find(keyId);
    if (record) {
      const isExpired = record.expiresAt !== null && record.expiresAt <= systemClock.now();
      return { principal: principalOfKey(record), refusal: record.revokedAt !== null ? 'The key is revoked.' : isExpired ? 'The key has expired.' : undefined };
    }
    if (prefix !== undefined || !Object.hasOwn(config.policy.roles, text)) throw new AppError('KEY_UNKNOWN', { message: `There is no key ${keyId}.` });
  }
  const roles = Object.keys(config.policy.roles);
  if (!roles.includes(text)) {
    const near = suggest(text, [...roles, 'local']);
    throw new AppError('USAGE', {
      message: `There is no role ${JSON.stringify(text.slice(0, 100))}.`,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Use local, the id of a key (\`switchyard keys list\`) or one of the roles ${roles.join(', ')}.`,
    });
  }
  const id = `role:${text}`;
  return {
    principal: Object.freeze({
      id,
      kind: 'user',
      clientId: id,
      tenant: null,
      roles: Object.freeze([text]),
      scopes: null,
      models: null,
      budgets: Object.freeze([]),
      method: 'api-key',
      expiresAt: null,
    }),
    refusal: undefined,
  };
}
