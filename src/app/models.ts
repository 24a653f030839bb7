/** @module app/models: models as the rest of the app sees them. What they are made of is loaded at the first call of one. */
import type { CallRunner } from '../contracts/call.ts';
import type { HttpMount, ProtectedResource } from '../contracts/http.ts';
import type { ModelClient } from '../contracts/model-client.ts';
import type { ModelsConfig } from '../contracts/models-config.ts';
import type { ClientDirectory } from '../contracts/principal.ts';
import type { ComponentStatus } from '../contracts/status.ts';
import type { Target, TargetKind } from '../contracts/target.ts';
import { randomHex } from '../core/ids.ts';
import { Scope } from '../core/scope.ts';
import { isModelPath } from '../doors/models-api/routes.ts';
import type { ModelCaller } from '../models/client/client.ts';
import type { Foundation } from './foundation.ts';
import type { ModelGateway, ModelJudges } from './model-gateway.ts';

/** Models that may not be loaded yet. */
export interface ModelTargets {
  /** Who means to call a model waits for it first. */
  load(): Promise<void>;
  /** Undefined for everything until models are loaded. */
  resolve(kind: TargetKind, name: string): Target | undefined;
  /** Loads nothing: providers that were not called yet are told from the configuration. */
  status(): readonly ComponentStatus[];
  /** Brings models that are loaded in line with the configuration in force. */
  applyConfig(): void;
  /** The model API on the HTTP listener. */
  createDoor(runner: CallRunner, clients: ClientDirectory, resource: ProtectedResource): HttpMount;
  /** Models for whom makes calls by `caller`. */
  clientFor(caller: ModelCaller): ModelClient;
  /** Ends idle connections to providers and what keeps answers. */
  close(): Promise<void>;
}

/** Builds nothing yet. */
export function createModelTargets(foundation: Foundation, judges: ModelJudges): ModelTargets {
  const { logger, loaded } = foundation;
  let gateway: ModelGateway | undefined;
  let loading: Promise<void> | undefined;
  let applied: ModelsConfig | undefined;
  const load = async (): Promise<void> => {
    gateway = (await import('./model-gateway.ts')).createModelGateway(foundation, judges);
  };
  const ready = (): Promise<void> => (loading ??= load());

  return {
    load: ready,
    resolve(kind, name) {
      if (kind === 'model') return gateway?.models.resolve(name);
      return kind === 'catalog' ? gateway?.models.catalogs.find((target) => target.name === name) : undefined;
    },
    applyConfig() {
      const next = judges.config();
      if (next !== applied) gateway?.apply(next);
      applied = next;
    },
    status: () =>
      gateway?.models.status() ?? Object.keys(judges.config().providers).map((name) => ({ name, state: 'off', detail: 'not called since the start' })),
    createDoor(runner, clients, resource) {
      let door: HttpMount | undefined;
      const open = async (): Promise<HttpMount> => {
        const [{ createModelsDoor }] = await Promise.all([import('../doors/models-api/models-door.ts'), ready()]);
        return (door ??= createModelsDoor({ runner, clients, logger, maxBodyBytes: loaded.config.limits.maxBodyBytes, resource }));
      };
      return { name: 'models', owns: isModelPath, handle: async (exchange) => await (door ?? (await open())).handle(exchange) };
    },
    clientFor(caller) {
      const client = async (): Promise<ModelClient> => {
        const [{ createModelClient }] = await Promise.all([import('../models/client/client.ts'), ready()]);
        return createModelClient(caller);
      };
      return {
        complete: async (request) => await (await client()).complete(request),
        completeWithFallback: async (request, chain) => await (await client()).completeWithFallback(request, chain),
        stream: async function* (request) {
          return yield* (await client()).stream(request);
        },
        embed: async (request) => await (await client()).embed(request),
        countTokens: async (request) => await (await client()).countTokens(request),
        list: async (options) => await (await client()).list(options),
        health: async () => await (await client()).health(),
      };
    },
    close: async () => await gateway?.close(),
  };
}

/** Models for a program of the local user: each use a call of its own. @throws AppError RATE_LIMITED */
export async function localModels(runner: CallRunner, models: ModelTargets, signal?: AbortSignal): Promise<ModelClient> {
  const admission = await runner.admit({ door: 'cli', source: 'stdio', credential: { kind: 'local' } });
  const scope = new Scope({ signal });
  return models.clientFor({ scope, call: async (child) => await runner.run({ signal: scope, ...child, admission, trace: { correlationId: randomHex(16) } }) });
}
