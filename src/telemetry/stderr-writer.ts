/** @module telemetry/stderr-writer: stderr as a place that may be full. */

import { rfc3339 } from '../core/clock.ts';

/** The part of a stream the writer needs. */
export interface LineSink {
  readonly writableLength: number;
  write(text: string): unknown;
  on(event: 'error', listener: () => void): unknown;
}

const MAX_PENDING_BYTES = 1024 * 1024;

/**
 * Writes lines until the reader falls a megabyte behind (a client that starts us over stdio and never
 * reads our stderr); then drops them, and says how many once there is room again.
 */
export function createStderrWriter(given?: LineSink): (line: string) => void {
  let sink: LineSink | undefined;
  let dropped = 0;
  const open = (): LineSink => {
    // Made at the first line: a quiet start does not pay for the stream.
    const opened = given ?? process.stderr;
    // A closed stderr must not end the gateway.
    opened.on('error', () => undefined);
    return opened;
  };
  return (line) => {
    sink ??= open();
    if (sink.writableLength > MAX_PENDING_BYTES) {
      dropped += 1;
      return;
    }
    if (dropped > 0) {
      sink.write(`{"time":"${rfc3339(Date.now())}","level":"warn","message":"log lines dropped: nobody read stderr","dropped":${dropped}}\n`);
      dropped = 0;
    }
    sink.write(line);
  };
}
