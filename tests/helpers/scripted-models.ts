/** Models whose answers a test writes: everything the orchestrator asks goes through here. */
import type { OrchestratorConfig } from '../../src/contracts/config.ts';
import type { Completion, CompletionRequest, ListedModel, ModelClient } from '../../src/contracts/model-client.ts';
import type { ModelPrice } from '../../src/contracts/model-registry.ts';
import type { RoutingEntry } from '../../src/contracts/routing-journal.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import { createOrchestrator } from '../../src/models/orchestrator/orchestrator.ts';
import type { OrchestratorPorts } from '../../src/models/orchestrator/ports.ts';
import type { Orchestrator } from '../../src/contracts/orchestrator.ts';
import { compileSchema } from '../../src/schema/compile.ts';

/** What a model says: a text, or more of a completion, or a failure. */
export type Said = string | Partial<Completion> | AppError;

export interface ScriptedModels extends ModelClient {
  /** Everything that was asked, in order. */
  readonly asked: CompletionRequest[];
}

/** Tiers, the judge and their targets as the default configuration names them. */
export const TARGETS: Readonly<Record<string, string>> = {
  'gemini-flash': 'gemini/gemini-3.8-flash',
  'gemini-pro': 'gemini/gemini-4-argon',
  haiku: 'anthropic/claude-haiku-5-5',
  sonnet: 'anthropic/claude-sonnet-5-5',
  opus: 'anthropic/claude-opus-5-5',
};

/** @param say what the model of this name answers; undefined = there is no such model */
export function scriptedModels(say: (model: string, request: CompletionRequest) => Said | undefined, targets = TARGETS): ScriptedModels {
  const asked: CompletionRequest[] = [];
  const unused = (): never => {
    throw new AppError('INTERNAL');
  };
  return {
    asked,
    complete: (request) => {
      asked.push(request);
      const name = request.model ?? '';
      const target = targets[name] ?? name;
      const said = say(name, request) ?? new AppError('UNKNOWN_TARGET');
      if (AppError.is(said)) return Promise.reject(said);
      const cut = target.indexOf('/');
      return Promise.resolve({
        content: '',
        model: target.slice(cut + 1),
        provider: target.slice(0, cut),
        usage: { promptTokens: 100, completionTokens: 10, totalTokens: 110 },
        costMicroUsd: 50,
        finishReason: 'stop',
        latencyMs: 7,
        isSimulated: false,
        ...(typeof said === 'string' ? { content: said } : said),
      });
    },
    list: () =>
      Promise.resolve(
        Object.entries(targets).map(([name, target]): ListedModel => ({ name, targets: [target], kind: 'chat', contextTokens: null, price: null })),
      ),
    completeWithFallback: unused,
    stream: unused,
    embed: unused,
    countTokens: unused,
    health: unused,
  };
}

/** An honest verdict, as a judge with the right number would write it. */
export function verdict(request: CompletionRequest, pass: boolean, more: Readonly<Record<string, unknown>> = {}): string {
  // The last one: an output may bring its own.
  const nonce = [...(request.messages.at(-1)?.content ?? '').matchAll(/"verdict_id": "([^"]+)"/g)].at(-1)?.[1];
  return JSON.stringify({ verdict_id: nonce, pass, issues: pass ? [] : ['wrong'], confidence: 0.9, ...more });
}

/** Whether the request asks for a verdict. */
export const isJudging = (request: CompletionRequest): boolean => request.schema !== undefined;

export interface OrchestratorBench {
  readonly orchestrator: Orchestrator;
  readonly journal: RoutingEntry[];
  readonly config: OrchestratorConfig;
}

export const PRICE: ModelPrice = { input: 1_000_000, output: 5_000_000, cacheRead: null, cacheWrite: null, isEstimated: false };

/** An orchestrator whose journal is a list, and whose chance is none. */
export function orchestratorBench(change: Partial<OrchestratorConfig> = {}, ports: Partial<OrchestratorPorts> = {}): OrchestratorBench {
  const config = { ...DEFAULT_CONFIG.orchestrator, ...change };
  const journal: RoutingEntry[] = [];
  let ids = 0;
  const orchestrator = createOrchestrator({
    config: () => config,
    priceOf: () => PRICE,
    compile: compileSchema,
    journal: { append: (entries) => void journal.push(...entries), read: () => ({ entries: journal, unreadable: 0 }) },
    random: () => 1,
    newId: () => `id-${(ids += 1)}`,
    now: () => 1_000_000,
    ...ports,
  });
  return { orchestrator, journal, config };
}

/** The code a promise fails with. */
export const codeOf = async (promise: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  await promise.then(
    () => 'none' as const,
    (thrown: unknown) => (AppError.is(thrown) ? thrown.code : 'INTERNAL'),
  );
