/** @module sandbox/self-test: attacks that anybody can run on the sandbox of their own machine: `switchyard sandbox test`. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Sandbox, SandboxAnswer } from '../contracts/sandbox.ts';
import { toAppError } from '../core/errors.ts';
import { randomHex } from '../core/ids.ts';

/** How one attack went. */
export interface AttackResult {
  readonly name: string;
  readonly isHeld: boolean;
  /** What was seen. */
  readonly detail: string;
}

interface Attack {
  readonly name: string;
  /** Python that prints `HOLE` with the reason where it gets through. */
  readonly code: string;
  readonly timeoutMs?: number;
  readonly isHeld?: (answer: SandboxAnswer) => boolean;
}

/** What an attack is aimed at. */
interface Aims {
  readonly port: number;
  readonly pid: number;
  /** Value of a variable of the gateway. */
  readonly canary: string;
}

const CANARY = 'SWITCHYARD_SELF_TEST_CANARY';
const tries = (body: string): string =>
  `try:\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\nexcept BaseException as error:\n  print("refused:", type(error).__name__, error)`;
const ENDED = (answer: SandboxAnswer): boolean => answer.limitsHit.length > 0 && !answer.stdout.includes('HOLE');

function attacks({ port, pid, canary }: Aims): readonly Attack[] {
  return [
    {
      name: 'reads the accounts of the machine',
      code: tries('text = open("/etc/passwd").read()\nprint("HOLE", text[:60]) if "root:" in text else print("nothing")'),
    },
    { name: 'reads the secrets of the machine', code: tries('print("HOLE", open("/etc/shadow").read()[:60])') },
    {
      name: 'finds variables of the gateway',
      code: tries(
        `import os\nprint("HOLE" if ${JSON.stringify(canary)} in str(dict(os.environ)) else "none")\nprint("HOLE" if ${JSON.stringify(canary)} in open("/proc/${pid}/environ").read() else "none")`,
      ),
    },
    { name: 'writes outside of its folder', code: tries('import os\nopen("/usr/switchyard-hole", "w")\nprint("HOLE")') },
    { name: 'connects to the gateway', code: tries(`import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2).send(b"x")\nprint("HOLE")`) },
    { name: 'connects to the internet', code: tries('import socket\nsocket.create_connection(("192.0.2.1", 80), 2)\nprint("HOLE")') },
    { name: 'asks the metadata service of clouds', code: tries('import socket\nsocket.create_connection(("169.254.169.254", 80), 2)\nprint("HOLE")') },
    { name: 'signals the gateway', code: tries(`import os, signal\nos.kill(${pid}, 0)\nprint("HOLE")`) },
    { name: 'signals everything', code: tries('import os, signal\nos.kill(-1, signal.SIGTERM)\nprint("sent to its own")') },
    {
      name: 'makes namespaces',
      code: tries(
        'import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\nprint("HOLE" if library.unshare(0x10000000) == 0 else f"refused: errno {ctypes.get_errno()}")',
      ),
    },
    {
      name: 'starts processes without end',
      code: tries('import os, time\nmade = 0\nwhile made < 100:\n  if os.fork() == 0:\n    time.sleep(2)\n    os._exit(0)\n  made += 1\nprint("HOLE", made)'),
    },
    {
      name: 'takes memory without end',
      code: 'keep = []\nwhile True:\n  keep.append(bytearray(16_000_000))\n  if len(keep) > 400:\n    print("HOLE")\n    break',
      isHeld: (answer) => !answer.stdout.includes('HOLE') && answer.exitCode !== 0,
    },
    { name: 'runs without end', code: 'while True: pass', timeoutMs: 1500, isHeld: ENDED },
    { name: 'writes output without end', code: 'while True: print("x" * 100_000)', isHeld: ENDED },
    {
      name: 'links out of its folder',
      code: tries(
        'import os\nos.symlink("/etc/passwd", "/work/self-test-link")\nprint("HOLE" if "root:" in open("/work/self-test-link").read() else "nothing")',
      ),
    },
  ];
}

/** Runs them one after the other, in ten seconds or so. @throws AppError SANDBOX_UNAVAILABLE where there is no level to test */
export async function testSandbox(sandbox: Sandbox, onResult: (result: AttackResult) => void): Promise<readonly AttackResult[]> {
  const server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  let reached = 0;
  await once(server, 'listening');
  const address = server.address();
  const canary = randomHex(16);
  process.env[CANARY] = canary;
  try {
    const results: AttackResult[] = [];
    for (const attack of attacks({ port: typeof address === 'object' && address ? address.port : 0, pid: process.pid, canary })) {
      const result = await tryOne(sandbox, attack, () => reached > 0);
      results.push(result);
      onResult(result);
    }
    return results;
  } finally {
    delete process.env[CANARY];
    server.close();
  }
}

async function tryOne(
  sandbox: Sandbox,
  { name, code, timeoutMs = 10_000, isHeld = (answer) => !answer.stdout.includes('HOLE') }: Attack,
  wasReached: () => boolean,
): Promise<AttackResult> {
  try {
    const answer = await sandbox.run({
      program: { kind: 'code', language: 'python', code },
      owner: 'self-test',
      timeoutMs,
      files: [],
      signal: AbortSignal.timeout(60_000),
    });
    const { stdout, stderr, limitsHit, exitCode } = answer;
    const said = (stdout || stderr).trim().split('\n').at(-1)?.slice(0, 120) ?? '';
    const detail = [
      limitsHit.length > 0 ? `limits: ${limitsHit.join(', ')}` : '',
      limitsHit.includes('output') ? '' : said,
      exitCode === null ? 'ended' : `exit code ${exitCode}`,
    ];
    return { name, isHeld: isHeld(answer) && !wasReached(), detail: detail.filter((part) => part !== '').join('; ') };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'SANDBOX_UNAVAILABLE') throw error;
    return { name, isHeld: false, detail: `the run itself failed: ${error.code}: ${error.message}` };
  }
}
