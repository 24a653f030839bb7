/**
 * @module cli/stdout-guard: must be the first import of `stdio`. Stdout belongs to the protocol: whatever
 * else writes to it (console.log of a dependency, a stray process.stdout.write) lands on stderr.
 */
const writeToStdout = process.stdout.write.bind(process.stdout);

process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
for (const method of ['log', 'info', 'debug', 'dir', 'table', 'group', 'trace'] as const) {
  console[method] = (...values: unknown[]): void => console.error(...values);
}

/** Writes protocol bytes. False = the pipe is full: wait for `drain` on process.stdout. */
export const writeProtocol: (text: string | Uint8Array) => boolean = (text) => writeToStdout(text);
