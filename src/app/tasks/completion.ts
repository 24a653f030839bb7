/** @module app/tasks/completion: models for a command or a program: calls as the local user, in a gateway that opens no door. */
import type { ModelClient } from '../../contracts/model-client.ts';
import { systemClock } from '../../core/clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createApp } from '../app.ts';
import type { TaskPlace } from './task.ts';

/** Starts a gateway for as long as the work takes. @throws AppError CONFIG_*, HOME_INSECURE, STORAGE_*, and as the work does */
export async function withModels<T>(place: TaskPlace, work: (models: ModelClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const logger = createLogger({ level: 'error', isPretty: process.stderr.isTTY === true, clock: systemClock });
  const app = createApp({ ...place, logger, doors: [] });
  await app.start();
  try {
    return await work(await app.models(signal));
  } finally {
    await app.stop();
  }
}
