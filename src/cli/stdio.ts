/** @module cli/stdio: `switchyard stdio`: MCP over stdin and stdout, for one client. */
// First: nothing but protocol lines may reach stdout, whatever is loaded below.
import { writeProtocol } from './stdout-guard.ts';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { attach } from '../app/attach.ts';
import { createApp } from '../app/app.ts';
import { homePaths, resolveHome } from '../config/home.ts';
import { isProfileName } from '../contracts/profiles.ts';
import { AppError, toAppError } from '../core/errors.ts';

/** How often a missing parent is looked for: stdin stays open when another process has inherited it. */
const PARENT_CHECK_MS = 1000;

interface StdioArguments {
  readonly home: string | undefined;
  readonly config: string | undefined;
  readonly workspace: string;
  readonly isAlone: boolean;
  /** Virtual server the client speaks to. */
  readonly profile: string | undefined;
}

/** Serves until the client leaves, a signal comes or the parent dies; then ends the process. */
export async function runStdio(args: readonly string[]): Promise<void> {
  try {
    const given = parseStdioArguments(args);
    const root = resolveHome(given.home === undefined ? process.env : { ...process.env, SWITCHYARD_HOME: given.home });
    const leaving = watchForReasonsToLeave();
    const output = protocolOutput();
    const ended = given.isAlone
      ? undefined
      : await attach(homePaths(root).socket, { workspace: given.workspace, profile: given.profile }, process.stdin, output, leaving);
    if (ended === undefined) return await serveAlone(given, root, output, leaving);
    if (ended === 'client left') process.exit(0);
    throw new AppError('SERVER_UNREACHABLE', {
      message: 'The gateway this client was attached to has stopped.',
      fix: "Start the client's server again: it then attaches to the new gateway, or runs alone.",
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    process.stderr.write(`${error.code} ${error.message}\n  fix: ${error.fix}\n`);
    process.exit(error.facts.exitCode);
  }
}

async function serveAlone({ home, config, workspace, profile }: StdioArguments, root: string, output: Writable, leaving: AbortSignal): Promise<void> {
  // The project folder belongs to whoever wrote the project: its files configure nothing here.
  const app = createApp({ home, configFile: config, workspace, cwd: root, doors: [], onlyProfile: profile });
  let isLeaving = false;
  const leave = async (exitCode: number): Promise<void> => {
    if (isLeaving) return;
    isLeaving = true;
    await app.stop();
    process.exit(exitCode);
  };
  leaving.addEventListener('abort', () => void leave(0));
  await app.start();
  await app.serveStdio({ input: process.stdin, output, workspaceRoot: workspace, profile });
  await leave(0);
}

function parseStdioArguments(args: readonly string[]): StdioArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        home: { type: 'string' },
        config: { type: 'string' },
        workspace: { type: 'string' },
        alone: { type: 'boolean' },
        profile: { type: 'string' },
      },
    });
    const { home, config, profile } = values;
    if (profile !== undefined && !isProfileName(profile)) throw new Error(`No profile can have the name ${JSON.stringify(profile.slice(0, 64))}.`);
    return { home, config, profile, workspace: resolve(values.workspace ?? '.'), isAlone: values.alone === true };
  } catch (cause) {
    throw new AppError('USAGE', { message: cause instanceof Error ? cause.message : 'Unknown option.', fix: 'Run `switchyard help stdio`.', cause });
  }
}

/** Stdout behind the guard, with its backpressure. Closes when nobody reads any more. */
function protocolOutput(): Writable {
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      if (writeProtocol(chunk)) done();
      else process.stdout.once('drain', () => done());
    },
  });
  process.stdout.on('error', () => output.destroy());
  return output;
}

/** Aborts at the first signal that asks the process to end, and when the parent has died. */
function watchForReasonsToLeave(): AbortSignal {
  const leaving = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => leaving.abort());
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) leaving.abort();
  }, PARENT_CHECK_MS).unref();
  return leaving.signal;
}
