/** The corpus of attacks on the sandbox: data in ../corpus/sandbox, the stage that they are aimed at, and whether their effect has happened. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxLanguage, SandboxLimit } from '../../../src/contracts/sandbox.ts';
import { randomHex } from '../../../src/core/ids.ts';

/** What an attack would do to the machine. */
export type Effect = 'prints' | 'file' | 'gone' | 'connection' | 'death' | 'outlives' | 'output';

/** One attack, as it stands in the corpus. */
export interface Attack {
  readonly id: string;
  readonly language: SandboxLanguage;
  /** With names of the stage in double braces. */
  readonly code: string;
  readonly effect: Effect;
  /** Where its effect happens: a plain process of the machine, or the same interpreter without the lockdown. */
  readonly control: 'host' | 'plain-pyodide';
  /** Limits that must be named in the answer. */
  readonly limits?: readonly SandboxLimit[];
  /** Audit event that must be recorded. */
  readonly event: 'sandbox_violation' | null;
  /** The token stands in the environment of whoever runs it. */
  readonly env?: boolean;
  readonly arch?: string;
}

export const TOKEN_VARIABLE = 'SWITCHYARD_ATTACK_TOKEN';
/** Bytes of output that count as a flood. */
export const FLOOD_BYTES = 1_000_000;
const run = promisify(execFile);

/** Attacks on a level that make sense on this machine. */
export function readCorpus(level: 'native' | 'wasm'): readonly Attack[] {
  const attacks = JSON.parse(readFileSync(join(import.meta.dirname, '../corpus/sandbox', `${level}.json`), 'utf8')) as Attack[];
  return attacks.filter(({ arch }) => arch === undefined || arch === process.arch);
}

/** Every so many of them, and those that are named, for every run of the tests; `npm run test:long` runs all. */
export function someOf(attacks: readonly Attack[], every: number, names: readonly string[]): readonly Attack[] {
  return attacks.filter(({ id }, index) => index % every === 0 || names.includes(id));
}

/** Files, a process, listeners and a token of the machine: what attacks are aimed at. */
export class Stage {
  readonly token: string = `token-${randomHex(12)}`;
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sandbox-stage-'));
  readonly #name = `stage-${randomHex(6)}`;
  readonly #servers: Server[] = [];
  readonly #datagrams = createSocket('udp4');
  #victim: ChildProcess | undefined;
  #port = 0;
  #connections = 0;

  async open(): Promise<void> {
    chmodSync(this.folder, 0o777);
    for (const path of [join(this.folder, 'secret.txt'), join('/tmp', this.#name), join('/dev/shm', this.#name)])
      writeFileSync(path, `${this.token}\n`, { mode: 0o644 });
    writeFileSync(join(this.folder, 'module.py'), `token = ${JSON.stringify(this.token)}\n`);
    const script = `import sqlite3, zipfile, sys\nc = sqlite3.connect(sys.argv[1] + "/data.db")\nc.execute("create table t (token)")\nc.execute("insert into t values (?)", (sys.argv[2],))\nc.commit()\nwith zipfile.ZipFile(sys.argv[1] + "/data.zip", "w") as z: z.writestr("token", sys.argv[2])`;
    await run('/usr/bin/python3', ['-c', script, this.folder, this.token]);
    for (const target of [{ host: '0.0.0.0', port: 0 }, { path: `\0${this.#name}` }, { path: join(this.folder, 'sock') }]) {
      const server = createServer((socket) => {
        this.#connections += 1;
        socket.on('error', () => undefined).destroy();
      }).listen(target);
      await once(server, 'listening');
      this.#servers.push(server);
    }
    chmodSync(join(this.folder, 'sock'), 0o777);
    const address = this.#servers[0]?.address();
    this.#port = typeof address === 'object' && address ? address.port : 0;
    this.#datagrams.on('message', () => {
      this.#connections += 1;
    });
    this.#datagrams.bind(0, '127.0.0.1');
    await once(this.#datagrams, 'listening');
    await this.reset();
  }

  /** As it was before any attack. */
  async reset(): Promise<void> {
    this.#connections = 0;
    rmSync(join(this.folder, 'effect'), { recursive: true, force: true });
    rmSync(join(this.folder, 'prey'), { force: true });
    writeFileSync(join(this.folder, 'prey'), 'prey', { mode: 0o666 });
    if (this.#victim && this.#victim.exitCode === null && this.#victim.signalCode === null) return;
    const env = { PATH: process.env['PATH'], [TOKEN_VARIABLE]: this.token };
    this.#victim = spawn('/bin/sleep', ['600'], { argv0: this.token, env, cwd: this.folder, detached: true, stdio: 'ignore' });
    await once(this.#victim, 'spawn');
  }

  get pid(): number {
    return this.#victim?.pid ?? 0;
  }

  /** The code with the names of the stage filled in. */
  aim({ code }: Attack): string {
    const names: Readonly<Record<string, string>> = {
      SECRET: join(this.folder, 'secret.txt'),
      MODULE: join(this.folder, 'module.py'),
      DB: join(this.folder, 'data.db'),
      ZIP: join(this.folder, 'data.zip'),
      DIR: this.folder,
      PID: String(this.pid),
      PORT: String(this.#port),
      UDP: String(this.#datagrams.address().port),
      NAME: this.#name,
    };
    return code.replaceAll(/\{\{([A-Z]+)\}\}/g, (_whole, name: string) => names[name] ?? '');
  }

  /** Whether the effect has happened. @param output what the code has printed */
  async hasHappened({ effect }: Attack, output: string): Promise<boolean> {
    const happened = (): boolean => {
      switch (effect) {
        case 'prints':
          return output.includes('HOLE') || output.includes(this.token);
        case 'file':
          return lstatSync(join(this.folder, 'effect'), { throwIfNoEntry: false }) !== undefined;
        case 'gone':
          return !existsSync(join(this.folder, 'prey')) || readFileSync(join(this.folder, 'prey'), 'utf8') !== 'prey';
        case 'connection':
          return this.#connections > 0;
        case 'death':
          return this.#victim === undefined || this.#victim.exitCode !== null || this.#victim.signalCode !== null;
        case 'output':
          return output.length > FLOOD_BYTES;
        case 'outlives':
          return false;
      }
    };
    // The news of a connection or a death comes a moment later.
    for (let look = 0; look < 10 && !happened(); look += 1) await new Promise((resolve) => setTimeout(resolve, 3));
    return happened();
  }

  close(): void {
    this.#victim?.kill('SIGKILL');
    this.#datagrams.close();
    for (const server of this.#servers) server.close();
    rmSync(this.folder, { recursive: true, force: true });
    for (const path of [join('/tmp', this.#name), join('/dev/shm', this.#name)]) rmSync(path, { force: true });
  }
}

/** Longest that a control may take, and the time after which a program counts as one without end. */
const CONTROL_MS = 15_000;
const OUTLIVED_MS = 600;

/** Runs the attack as a plain process of the machine. @returns whether its effect happened */
export async function happensOnHost(attack: Attack, stage: Stage): Promise<boolean> {
  const cwd = mkdtempSync(join(tmpdir(), 'sandbox-control-'));
  mkdirSync(join(cwd, 'tmp'));
  const code = stage.aim(attack);
  const [program, args] = { python: ['/usr/bin/python3', ['-c', code]], node: [process.execPath, ['-e', code]], bash: ['/bin/bash', ['-c', code]] }[
    attack.language
  ] as [string, string[]];
  const env = { PATH: process.env['PATH'], HOME: cwd, ...(attack.env === true ? { [TOKEN_VARIABLE]: stage.token } : {}) };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString('latin1');
    });
  }
  const closed = once(child, 'close');
  const limit = attack.effect === 'outlives' ? OUTLIVED_MS : CONTROL_MS;
  const isOutlived = await Promise.race([closed.then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, limit, true))]);
  try {
    // The whole group: it is a control, and must leave nothing.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // It has ended.
  }
  await closed;
  rmSync(cwd, { recursive: true, force: true });
  return attack.effect === 'outlives' ? isOutlived : await stage.hasHappened(attack, output);
}
