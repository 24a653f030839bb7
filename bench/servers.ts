/** Servers under load, and the peers' packages. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../tests/helpers/free-port.ts';
import { root } from '../tools/paths.ts';
import type { Load, LoadResult } from './load.ts';
import type { Era } from './mcp-client.ts';
import { installNode, installPython, pythonIn, versionIn } from './install.ts';

/** Folder of the peers' own manifest. */
export const peersFolder: string = join(root, 'bench/peers');

/** A server that was started here. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the command (the text PORT is replaced) and waits until it accepts connections. */
export async function startServer(
  [program = '', ...parameters]: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  isReady?: (port: number) => Promise<boolean>,
  readyMs = 20_000,
): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(
    program,
    parameters.map((parameter) => parameter.replace('PORT', String(port))),
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  const ready = isReady ?? acceptsConnections;
  for (const deadline = performance.now() + readyMs; !(await ready(port)); await sleep(20)) {
    if (child.exitCode === null && performance.now() < deadline) continue;
    await stopChild(child);
    throw new Error(`${parameters.join(' ')} did not start: ${errors}`);
  }
  if (child.pid === undefined) throw new Error('no process');
  return { pid: child.pid, port, stop: () => stopChild(child) };
}

async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Ends it, by force after five seconds. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(late);
}

/** The load generator, started once: its own compilation is over before anything is measured. */
export function createLoadGenerator(): { run(load: Load): Promise<LoadResult>; stop(): Promise<void> } {
  const child = fork(join(root, 'bench/load.ts'));
  return {
    async run(load) {
      const answered = once(child, 'message') as Promise<[LoadResult]>;
      child.send(load);
      const [result] = await answered;
      return result;
    },
    stop: () => stopChild(child),
  };
}

/** A server that benchmarks compare with. */
export interface Peer {
  /** Name of its series. */
  readonly name: string;
  readonly version: string;
  readonly era: Era;
  readonly stdio: readonly string[];
  readonly http: readonly string[];
}

/** Peers that are installed (now, where they were missing), and why the others are not. */
export interface Peers {
  readonly present: readonly Peer[];
  readonly absent: Readonly<Record<string, string>>;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function nodePeer(name: string, packageName: string, script: string, era: Era): Peer {
  const command = (door: string): string[] => [process.execPath, join(peersFolder, `${script}-${door}.mjs`)];
  return { name, version: `${packageName} ${versionIn(peersFolder, packageName)}`, era, stdio: command('stdio'), http: [...command('http'), 'PORT'] };
}

function installNodePeers(): Peer[] {
  installNode(peersFolder);
  return [nodePeer('sdk', '@modelcontextprotocol/server', 'sdk', 'modern'), nodePeer('fastmcp', 'fastmcp', 'fastmcp', 'legacy')];
}

function installPythonPeer(): Peer[] {
  const version = installPython(peersFolder, 'fastmcp');
  const python = pythonIn(peersFolder);
  return [
    {
      name: 'fastmcpPy',
      version: `Python fastmcp==${version}`,
      era: 'legacy',
      stdio: [python, join(peersFolder, 'fastmcp_stdio.py')],
      http: [python, join(peersFolder, 'fastmcp_http.py'), 'PORT'],
    },
  ];
}

/** Installs what is missing into bench/peers. */
export function installPeers(): Peers {
  const present: Peer[] = [];
  const absent: Record<string, string> = {};
  for (const [name, install] of [
    ['SDK v2 and npm fastmcp', installNodePeers],
    ['Python FastMCP', installPythonPeer],
  ] as const) {
    try {
      present.push(...install());
    } catch (error) {
      absent[name] = firstLine(error);
    }
  }
  return { present, absent };
}
