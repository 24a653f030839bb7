/** @module contracts/orchestrator: choosing models for tasks: what the tools hand in and get. Field names as published. */
import type { JsonObject } from '../core/json.ts';
import type { ModelClient } from './model-client.ts';

/** What is known of a task besides its words. */
export interface TaskContext {
  readonly files_count?: number | undefined;
  readonly requires_tests?: boolean | undefined;
  readonly subsystems?: readonly string[] | undefined;
  readonly external_apis?: readonly string[] | undefined;
}

/** Score of each factor; 0 = it does not count here. */
export interface ComplexityFactors {
  readonly task_length: number;
  readonly complexity_words: number;
  readonly critical_words: number;
  readonly files: number;
  readonly tests: number;
  readonly external_apis: number;
  readonly subsystems: number;
}

/** Prices in USD; null = not known. */
export interface EstimatedCost {
  readonly model: string;
  readonly cost_per_1m_input: number | null;
  readonly cost_per_1m_output: number | null;
}

/** Which model a task should go to. */
export interface RouteDecision {
  readonly model: string;
  readonly tier: string;
  /** 0 to the cap, two decimals. */
  readonly complexity_score: number;
  readonly complexity_factors: ComplexityFactors;
  readonly reason: string;
  /** 0.5 to 1: the more factors speak, the surer. */
  readonly confidence: number;
  readonly estimated_cost: EstimatedCost;
}

/** A prompt for the model that is named. */
export interface ExecuteRequest {
  readonly model: string;
  readonly prompt: string;
  readonly system?: string | undefined;
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
}

/** What the model answered. */
export interface Execution {
  readonly response: string;
  /** As it was named. */
  readonly model: string;
  /** `provider/model` that ran. */
  readonly served_by: string;
  readonly tokens: { readonly input: number | null; readonly output: number | null };
  readonly latency_ms: number;
  /** Null = the price is not known. */
  readonly cost_micro_usd: number | null;
  readonly finish_reason: string;
  /** Stands only where the provider is a simulation. */
  readonly simulated?: true;
}

/** Checks that need no judgement. Only what is given is checked. */
export interface Checks {
  /** The output, as JSON, must match it. */
  readonly schema?: JsonObject | undefined;
  /** Commands that run the output's code; they need a sandbox. */
  readonly tests?: string | undefined;
  readonly compile?: string | undefined;
}

/** An output to be judged. */
export interface ValidateRequest {
  readonly task: string;
  readonly output: string;
  readonly checks?: Checks | undefined;
}

/** How one check ended. */
export interface CheckResult {
  readonly check: 'schema' | 'compile' | 'tests';
  readonly status: 'passed' | 'failed' | 'not_run';
  readonly detail: string;
}

/** Runs code of an output where it can do no harm. */
export interface CheckRunner {
  /** One result for each of `compile` and `tests` that is given, in this order. */
  run(output: string, checks: Pick<Checks, 'compile' | 'tests'>): Promise<readonly CheckResult[]>;
}

/** Whether an output does what the task asks. */
export interface Verdict {
  readonly pass: boolean;
  /** At most three. */
  readonly issues: readonly string[];
  /** 0 to 1. */
  readonly confidence: number;
  /** Whether a stronger model should try. */
  readonly escalate: boolean;
  readonly checks: readonly CheckResult[];
  /** Who judged; null = the checks decided. */
  readonly judge: { readonly served_by: string; readonly latency_ms: number; readonly cost_micro_usd: number | null } | null;
}

/** A task to be done by the cheapest model that does it well. */
export interface RunRequest {
  readonly task: string;
  readonly context?: TaskContext | undefined;
  readonly system?: string | undefined;
  readonly maxTokens?: number | undefined;
  readonly checks?: Checks | undefined;
  /** Runs of one conversation never go back to a weaker tier. */
  readonly conversationId?: string | undefined;
  /** Whose conversation it is: ids of others are not theirs. */
  readonly owner: string;
  /** A tool call or a thinking turn of the conversation is open: then only the provider that began it may answer. */
  readonly isTurnOpen?: boolean | undefined;
  /** `provider/model` that began the open turn, where this gateway may have forgotten. */
  readonly servedBy?: string | undefined;
  readonly maxCostUsd?: number | undefined;
  readonly maxAttempts?: number | undefined;
}

/** One attempt of a run. */
export interface RunAttempt {
  readonly tier: string;
  readonly model: string;
  readonly served_by: string | null;
  readonly pass: boolean | null;
  readonly issues: readonly string[];
  readonly confidence: number | null;
  /** With its judging; null = not known. */
  readonly cost_micro_usd: number | null;
  readonly latency_ms: number | null;
  /** Code of the failure; null = it answered. */
  readonly error: string | null;
}

/** One decision of a run, with its reason. */
export interface RunDecision {
  readonly action: 'start' | 'escalate' | 'accept' | 'stop' | 'compare';
  readonly tier: string;
  readonly model: string;
  readonly reason: string;
}

/** How a run ended. */
export interface RunOutcome {
  /** Of the last attempt that answered. */
  readonly response: string;
  readonly model: string;
  readonly tier: string;
  readonly served_by: string;
  readonly pass: boolean;
  readonly issues: readonly string[];
  readonly confidence: number;
  readonly complexity_score: number;
  readonly attempts: readonly RunAttempt[];
  readonly decisions: readonly RunDecision[];
  /** Null = the cost of a part is not known. */
  readonly total_cost_micro_usd: number | null;
  readonly conversation_id: string | null;
  readonly simulated?: true;
}

/** Told of each decision as it is made. */
export type OnDecision = (decision: RunDecision) => void;

/** The four operations. Models are reached by the caller's client and by nothing else. */
export interface Orchestrator {
  /** Asks no model. */
  route(task: string, context?: TaskContext): RouteDecision;
  /** @throws AppError MODEL_UNKNOWN, and as the model call ended */
  execute(models: ModelClient, request: ExecuteRequest): Promise<Execution>;
  /** @throws AppError INPUT_INVALID for a schema that cannot be used, and as the judge's call ended */
  validate(models: ModelClient, request: ValidateRequest, checkRunner?: CheckRunner): Promise<Verdict>;
  /** @throws AppError as the last attempt ended, when none answered */
  run(models: ModelClient, request: RunRequest, onDecision?: OnDecision, checkRunner?: CheckRunner): Promise<RunOutcome>;
}
