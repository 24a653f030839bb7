/**
 * @module app: the composition root: the only place that builds the parts and hands them to each
 * other. Seven steps up, seven down; everything in between is wiring.
 */
import type { Readable, Writable } from 'node:stream';
import type { CallRunner } from '../contracts/call.ts';
import type { ModelClient } from '../contracts/model-client.ts';
import type { ReadinessReport } from '../contracts/readiness.ts';
import { AppError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { endpointsOf, type Endpoints } from './endpoints.ts';
import { createLifecycle } from './lifecycle.ts';
import { localModels } from './models.ts';
import type { AppOptions } from './options.ts';
import type { Need, Parts } from './parts.ts';
import { stepsDown } from './steps-down.ts';
import { stepsUp, workspaceOf } from './steps.ts';
import type { Targets } from './targets.ts';

/** Streams of one MCP client. */
export interface StdioStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Absolute project folder of the client. */
  readonly workspaceRoot?: string | undefined;
  /** Virtual server the client speaks to; absent = the whole catalogue. */
  readonly profile?: string | undefined;
}

/** A gateway in this process. */
export interface App {
  /** Seven steps up. @throws AppError of the step that failed; what had started is stopped again */
  start(): Promise<void>;
  /** Seven steps down. Safe to call again. */
  stop(): Promise<void>;
  /** The road, for doors and programs of your own. @throws AppError NOT_RUNNING before start */
  readonly runner: CallRunner;
  /** Tools, resources and prompts; may be changed while clients are connected. @throws AppError NOT_RUNNING before start */
  readonly targets: Targets;
  /** Models, called as the local user. @param signal ends what is under way @throws AppError NOT_RUNNING before start, RATE_LIMITED */
  models(signal?: AbortSignal): Promise<ModelClient>;
  readonly state: () => ReadinessReport;
  /** Serves one client; resolves when it has left. */
  serveStdio(streams: StdioStreams): Promise<void>;
  /** @throws AppError NOT_RUNNING without an open http door */
  endpoints(): Endpoints;
  /** Loads the configuration again, as SIGHUP does. True = a new generation is in force. */
  reload(): Promise<boolean>;
}

let running: App | undefined;

/** The gateway that runs in this process, or undefined. Of several, the one that started last. */
export function getApp(): App | undefined {
  return running;
}

/** A gateway that is wired at `start`. Creating one touches nothing. */
export function createApp(options: AppOptions = {}): App {
  const doors = options.doors ?? ['http', 'attach'];
  const parts: Partial<Parts> = {};
  const need: Need = (name) => {
    const part = parts[name];
    if (part === undefined) throw new AppError('NOT_RUNNING');
    return part;
  };
  const lifecycle = createLifecycle(
    { up: stepsUp(options, doors, parts, need, () => lifecycle.state), down: stepsDown(parts) },
    () => parts.foundation?.logger,
  );

  const app: App = {
    async start() {
      await lifecycle.start();
      running = app;
      parts.foundation?.logger.info('ready', { version: VERSION, doors: [...doors] });
    },
    async stop() {
      await lifecycle.stop();
      if (running === app) running = undefined;
    },
    get runner() {
      return need('pipeline');
    },
    get targets() {
      return need('targets');
    },
    models: async (signal) => await localModels(need('pipeline'), need('models'), signal),
    state: () => lifecycle.state,
    serveStdio: async ({ input, output, workspaceRoot, profile }) => await need('mcp').serveStdio({ input, output, workspaceRoot, profile }).closed,
    endpoints: () => endpointsOf(need('foundation'), need('guards'), need('http'), workspaceOf(need('foundation'), options)),
    reload: async () => {
      // Whoever asks wants what was taken back to be noticed now: keys of issuers and certificates too.
      parts.http?.reloadCertificates();
      await parts.guards?.tokens.reloadKeys().catch(() => undefined);
      return await need('reloads').reload();
    },
  };
  return app;
}
