/** @module cli/stdio-probe: starts `stdio` as a client would, and looks at what it writes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, fine, type Finding } from '../app/doctor/doctor.ts';
import { isObject } from '../core/json.ts';

const TIMEOUT_MS = 15_000;
const REQUESTS = [
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'switchyard-doctor', version: '1' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} },
];

/** Whether the process answers, and writes nothing but protocol. It gets a home of its own. */
export async function examineStdio(script: string, configFile: string | undefined): Promise<Finding> {
  const id = 'stdio';
  const home = mkdtempSync(join(tmpdir(), 'switchyard-stdio-'));
  try {
    const { stdout, stderr, ms } = await converse([script, 'stdio', '--alone', ...(configFile === undefined ? [] : ['--config', configFile])], home);
    const lines = stdout.split('\n').filter((line) => line !== '');
    const foreign = lines.find((line) => !isProtocol(line));
    if (foreign !== undefined)
      return failure(
        id,
        `Something writes to stdout that is no protocol: ${JSON.stringify(foreign.slice(0, 200))}`,
        'Remove what writes there, such as a preloaded module (NODE_OPTIONS).',
      );
    if (!lines.some((line) => line.includes('"id":2')))
      return failure(
        id,
        `\`switchyard stdio\` did not answer: ${stderr.trim().split('\n').at(-1) ?? 'it ended silently'}`,
        'Run it by hand and read what it says.',
      );
    return fine(id, `\`switchyard stdio\` answers and writes nothing but protocol (${ms} ms for start, handshake and end).`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function isProtocol(line: string): boolean {
  try {
    const message: unknown = JSON.parse(line);
    return isObject(message) && message['jsonrpc'] === '2.0';
  } catch {
    return false;
  }
}

function converse(args: readonly string[], home: string): Promise<{ readonly stdout: string; readonly stderr: string; readonly ms: number }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, SWITCHYARD_HOME: home },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      stderr += error.message;
    });
    child.on('close', () => resolve({ stdout, stderr, ms: Math.round(performance.now() - startedAt) }));
    child.stdin.end(REQUESTS.map((request) => `${JSON.stringify(request)}\n`).join(''));
  });
}
