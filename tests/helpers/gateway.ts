/**
 * The shipped program as its users start it: a process of its own, with its own home. Everything started
 * here is ended by `stop()`; nothing is left behind. `SWITCHYARD_TEST_BIN` names another build to try.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { AuditRecord } from '../../src/contracts/audit.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { root } from '../../tools/paths.ts';
import { type Ended, runToEnd } from './run-to-end.ts';

/** The launcher, as `npm run build` leaves it. */
export const bin: string = process.env['SWITCHYARD_TEST_BIN'] ?? join(root, 'dist/cli/main.js');

const START_MS = 20_000;
/** Longer than any graceful stop: what still runs then hangs. */
const END_MS = 40_000;
const started = new Set<{ kill(signal: NodeJS.Signals): boolean }>();
// A test that fails half-way leaves nothing running.
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process with what it has written. */
export interface Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Sends the signal, if it still runs, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<Ending>;
}

/** What may be different from a plain start. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** The environment of a user's shell: nothing of the test runner. */
export function cleanEnv(own: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  const outer = Object.entries(process.env).filter(([name]) => !/^(?:npm_|VITEST|SWITCHYARD|NODE_|TEST$|DEV$|PROD$|MODE$)/.test(name));
  return { ...Object.fromEntries(outer), ...own };
}

/** A folder that is a home, and one beside it to work in, so that no configuration of the checkout is found. */
export function makeHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sy-'));
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  mkdirSync(join(folder, 'project'));
  return join(folder, 'home');
}

/** The folder beside the home. */
export const projectOf = (home: string): string => join(home, '../project');
export const removeHome = (home: string): void => rmSync(join(home, '..'), { recursive: true, force: true });

/** Starts Node with a script. */
export function startProgram(script: string, { args = [], env, cwd }: ProgramOptions = {}): Program {
  const child = spawn(process.execPath, [script, ...args], { cwd, env: cleanEnv(env), stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A process that was killed no longer reads: that is no fault of the test.
  child.stdin.on('error', () => undefined);
  started.add(child);
  const ended = new Promise<Ending>((resolve) =>
    child.once('close', (code, signal) => {
      started.delete(child);
      resolve({ code, signal });
    }),
  );
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      return await ended.finally(() => clearTimeout(timer));
    },
  };
}

/** Resolves with what `find` finds in the output so far. @throws Error when the process ends, or time is up, before that */
export async function waitForOutput<Found>(program: Program, find: () => Found | undefined, timeoutMs = START_MS): Promise<Found> {
  const { child } = program;
  const deadline = performance.now() + timeoutMs;
  for (let found = find(); ; found = find()) {
    if (found !== undefined) return found;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended with ${child.exitCode ?? child.signalCode}:\n${program.stderr()}`);
    if (performance.now() > deadline) throw new Error(`nothing after ${timeoutMs} ms:\n${program.stdout()}\n${program.stderr()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** A `serve` that answers. */
export interface Gateway extends Program {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string;
  readonly home: string;
  /** Ends it as Ctrl-C does and, unless the home was handed in, removes the home. */
  stop(): Promise<Ending>;
}

/** Starts `switchyard serve` on a free port. */
export async function startGateway({ home: given, args = [], env, cwd }: ProgramOptions & { readonly home?: string } = {}): Promise<Gateway> {
  const home = given ?? makeHome();
  const program = startProgram(bin, { args: ['--json', 'serve', '--port', '0', ...args], env: { SWITCHYARD_HOME: home, ...env }, cwd: cwd ?? projectOf(home) });
  const greeting = await waitForOutput(program, () => parseObject(program.stdout()));
  return {
    ...program,
    home,
    url: String(greeting['url']),
    key: readFileSync(join(home, 'admin.key'), 'utf8').trim(),
    async stop() {
      const ending = await program.end('SIGINT');
      if (given === undefined) removeHome(home);
      return ending;
    },
  };
}

/** A `stdio` process and the messages it has written. */
export interface StdioClient extends Program {
  /** Every line of stdout so far, the unfinished one left out. */
  readonly lines: () => string[];
  send(message: JsonObject): void;
  /** Sends a request and resolves with its answer; `undefined` when the process ended without one. */
  request(method: string, params?: JsonObject): Promise<JsonObject | undefined>;
  /** `initialize` and what belongs to it. */
  initialize(): Promise<JsonObject | undefined>;
}

/** Starts `switchyard stdio` on a home. */
export function startStdio(home: string, { args = [], env, cwd }: ProgramOptions = {}): StdioClient {
  return speak(startProgram(bin, { args: ['stdio', ...args], env: { SWITCHYARD_HOME: home, ...env }, cwd: cwd ?? projectOf(home) }));
}

/** Speaks the protocol with a program over its standard streams. */
export function speak(program: Program): StdioClient {
  const { child, ended, stdout } = program;
  const waiting = new Map<number, (answer: JsonObject) => void>();
  let [id, taken] = [0, 0];
  child.stdout.on('data', () => {
    const text = stdout();
    for (let end = text.indexOf('\n', taken); end >= 0; end = text.indexOf('\n', taken)) {
      const message = parseObject(text.slice(taken, end));
      taken = end + 1;
      if (message && typeof message['id'] === 'number' && message['method'] === undefined) waiting.get(message['id'])?.(message);
    }
  });
  const send = (message: JsonObject): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const request: StdioClient['request'] = async (method, params = {}) => {
    id += 1;
    const own = id;
    const answer = new Promise<JsonObject>((resolve) => waiting.set(own, resolve));
    send({ jsonrpc: '2.0', id: own, method, params });
    const first = await Promise.race([answer, ended.then(() => undefined)]);
    waiting.delete(own);
    return first;
  };
  return {
    ...program,
    send,
    request,
    lines: () => stdout().split('\n').slice(0, -1),
    async initialize() {
      const answer = await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } });
      send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      return answer;
    },
  };
}

/** The `data` of a tool's enveloped answer. */
export function dataOf(answer: JsonObject | undefined): JsonObject {
  const result = isObject(answer?.['result']) ? answer['result'] : {};
  const content = isObject(result['structuredContent']) ? result['structuredContent'] : {};
  return isObject(content['data']) ? content['data'] : {};
}

/** The code of a JSON-RPC error. */
export function errorCodeOf(answer: JsonObject | undefined): unknown {
  return isObject(answer?.['error']) ? answer['error']['code'] : undefined;
}

/** Runs a command of the program to its end. */
export const command = (home: string, ...args: readonly string[]): Promise<Ended> =>
  runToEnd([bin, ...args], { env: cleanEnv({ SWITCHYARD_HOME: home }), cwd: projectOf(home) });

/** The value that a command prints with `--json`. @throws Error when it does not end with 0 */
export async function commandJson(home: string, ...args: readonly string[]): Promise<JsonObject> {
  const { code, stdout, stderr } = await command(home, '--json', ...args);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as JsonObject;
}

/** What `audit verify --json` says. */
export async function verifyHome(home: string): Promise<JsonObject> {
  const { stdout, stderr } = await command(home, '--json', 'audit', 'verify');
  return parseObject(stdout) ?? { ok: false, stderr };
}

/** Records of the home's log that match the filter of `audit export`, oldest first. */
export async function auditOf(home: string, ...filter: readonly string[]): Promise<AuditRecord[]> {
  const { stdout, stderr, code } = await command(home, 'audit', 'export', ...filter);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
