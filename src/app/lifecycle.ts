/** @module app/lifecycle: seven steps up, seven steps down, in order and in sight. */
import { AppError, describeError } from '../core/errors.ts';
import type { MaybePromise } from '../core/json.ts';
import type { Logger } from '../contracts/telemetry.ts';
import { within } from '../core/within.ts';

/** How long a stop waits for the step up that is under way. */
const START_STEP_MS = 5000;

/** One step of the start or the stop. */
export interface Step {
  readonly name: string;
  run(): MaybePromise<void>;
}

/** How far a step has come. `ms` is its duration once it ended. */
export interface StepState {
  readonly name: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  ms: number | null;
}

/** What `/health/ready` shows. */
export interface LifecycleState {
  phase: 'new' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';
  readonly up: readonly StepState[];
  readonly down: readonly StepState[];
}

/** Runs the steps up and, once, the steps down. */
export interface Lifecycle {
  readonly state: LifecycleState;
  /** @throws what the failing step threw, after the steps down have run; SHUTTING_DOWN when it was stopped meanwhile */
  start(): Promise<void>;
  /** Every step down runs even when an earlier one fails. A start under way ends after its present step first. Further calls wait for the first. */
  stop(): Promise<void>;
}

/**
 * @param steps each list in its order; steps down must bear that their counterpart never ran
 * @param logger asked at each step: the first one makes it
 */
export function createLifecycle(
  steps: { readonly up: readonly Step[]; readonly down: readonly Step[] },
  logger: () => Pick<Logger, 'debug' | 'error'> | undefined,
): Lifecycle {
  const toState = ({ name }: Step): StepState => ({ name, state: 'waiting', ms: null });
  const state: LifecycleState = { phase: 'new', up: steps.up.map(toState), down: steps.down.map(toState) };
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let hasFailed = false;
  const throwIfStopped = (): void => {
    if (stopping) throw new AppError('SHUTTING_DOWN', { message: 'The gateway was stopped while it started.' });
  };

  const advance = async (step: Step, shown: StepState | undefined): Promise<void> => {
    const startedAt = performance.now();
    if (shown) shown.state = 'running';
    try {
      await step.run();
      if (shown) shown.state = 'done';
    } catch (error) {
      if (shown) shown.state = 'failed';
      throw error;
    } finally {
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      if (shown) shown.ms = ms;
      logger()?.debug('step', { step: step.name, state: shown?.state, ms });
    }
  };

  const runDown = async (): Promise<void> => {
    for (const [index, step] of steps.down.entries()) {
      await advance(step, state.down[index]).catch((error: unknown) => {
        logger()?.error('stop step failed', { step: step.name, cause: describeError(error) });
      });
    }
  };

  const runUp = async (): Promise<void> => {
    state.phase = 'starting';
    hasFailed = false;
    try {
      for (const [index, step] of steps.up.entries()) {
        throwIfStopped();
        await advance(step, state.up[index]);
      }
      throwIfStopped();
    } catch (error) {
      await runDown();
      hasFailed = true;
      state.phase = 'failed';
      throw error;
    }
    state.phase = 'ready';
  };
  /** What a start opened after its steps down would stay open for ever. */
  const runDownAfterStart = async (): Promise<void> => {
    state.phase = 'stopping';
    if (starting)
      await within(
        starting.catch(() => undefined),
        START_STEP_MS,
      );
    if (!hasFailed) await runDown();
    state.phase = 'stopped';
  };

  return {
    state,
    start() {
      starting = runUp();
      return starting;
    },
    stop() {
      stopping ??= runDownAfterStart();
      return stopping;
    },
  };
}
