/** One published server behind the gateway: listed, called, refused, cancelled and restarted, as a client sees it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Speaker } from '../integration/mcp/clients.ts';
import type { PublishedServer } from './published-servers.ts';
import type { UpstreamGateway } from './upstream-gateway.ts';
import { until } from './until.ts';

/** How long a cancelled call may take to end: far less than the call itself. */
const CANCELLED_MS = 3_000;
/** Variable that names the upstream to whoever looks at its process. */
export const MARK = 'PUBLISHED_SERVER';

/** What was seen. */
export interface Compatibility {
  readonly name: string;
  readonly package: string;
  /** Revision of the protocol that was negotiated. */
  readonly revision: string;
  readonly tools: number;
  readonly error: 'result' | 'protocol error';
  readonly cancel: 'ends at once' | 'no slow call';
}

/** @throws Error that says what did not happen */
export async function tryServer(server: PublishedServer, gateway: UpstreamGateway, speaker: Speaker): Promise<Compatibility> {
  const called = (tool: string): string => `${server.name}__${tool}`;
  await until(async () => (await gateway.status(server.name))?.state === 'up', `${server.name} is up`, 60_000);
  const names = (await speaker.toolNames()).filter((name) => name.startsWith(`${server.name}__`));
  const callIt = async (): Promise<void> => {
    const { text, isError } = await speaker.call(called(server.call.tool), server.call.input);
    if (isError || !text.includes(server.call.holds)) throw new Error(`${server.name}: ${server.call.tool} answered ${text.slice(0, 500)}`);
  };
  await callIt();
  const error = await refusalOf(speaker, called(server.error.tool), server.error.input);
  if (server.slow) await cancel(speaker, called(server.slow.tool), server.slow.input);
  await callIt();
  const pid = processOf(server);
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid), `${server.name} has ended`);
  await until(async () => (await gateway.status(server.name))?.state !== 'up', `the gateway noticed that ${server.name} ended`);
  await callIt();
  if (processOf(server) === pid) throw new Error(`${server.name} was not started anew`);
  const revision = /\d{4}-\d\d-\d\d/.exec((await gateway.status(server.name))?.detail ?? '')?.[0] ?? 'unknown';
  return { name: server.name, package: server.package, revision, tools: names.length, error, cancel: server.slow ? 'ends at once' : 'no slow call' };
}

async function refusalOf(speaker: Speaker, name: string, input: Readonly<Record<string, unknown>>): Promise<Compatibility['error']> {
  try {
    const { isError, text } = await speaker.call(name, input);
    if (!isError) throw new NotRefused(`${name} was not refused: ${text.slice(0, 500)}`);
    return 'result';
  } catch (error) {
    if (error instanceof NotRefused) throw error;
    return 'protocol error';
  }
}

class NotRefused extends Error {}

async function cancel(speaker: Speaker, name: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  const begun = performance.now();
  const outcome = await speaker.call(name, input, { signal: AbortSignal.timeout(300) }).then(
    () => 'answered',
    () => 'cancelled',
  );
  if (outcome !== 'cancelled' || performance.now() - begun > CANCELLED_MS) throw new Error(`${name} was ${outcome} after ${performance.now() - begun} ms`);
}

function isRunning(pid: number): boolean {
  return parentOf(pid) === process.pid;
}

/** The process of the server that this gateway (this process) started. Some rename themselves: the environment tells. */
function processOf({ name }: PublishedServer): number {
  const own = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && readOf(pid, 'environ').split('\0').includes(`${MARK}=${name}`));
  if (own.length !== 1 || own[0] === undefined) throw new Error(`${name} runs ${own.length} times`);
  return own[0];
}

function parentOf(pid: number): number {
  return Number(/\nPPid:\t(\d+)/.exec(readOf(pid, 'status'))?.[1]);
}

/** Empty where the process has ended. */
function readOf(pid: number, file: 'environ' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
