/** @module app/run: runs a gateway until somebody asks it to end. */
import type { App } from './app.ts';

/** What the caller wants to hear of. */
export interface RunOptions {
  /** Called once everything answers. */
  readonly onReady?: (() => void) | undefined;
}

/** A second signal during the drain means it: the process ends at once with this code. */
const IMPATIENT_EXIT_CODE = 130;

/**
 * Starts the app and stops it at SIGINT or SIGTERM (twice: ends at once); SIGHUP reloads the
 * configuration. Resolves when the app has stopped.
 *
 * @throws AppError as start()
 */
export async function runApp(app: App, { onReady }: RunOptions = {}): Promise<void> {
  let askedToStop: () => void = () => undefined;
  const stopping = new Promise<void>((resolve) => {
    askedToStop = resolve;
  });
  let signals = 0;
  const onStop = (): void => {
    signals += 1;
    if (signals > 1) process.exit(IMPATIENT_EXIT_CODE);
    askedToStop();
  };
  const onReload = (): void => void app.reload();
  process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onReload);
  try {
    await app.start();
    onReady?.();
    await stopping;
    await app.stop();
  } finally {
    process.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onReload);
  }
}
