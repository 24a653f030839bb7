/** @module sandbox/native/probe: whether the fence holds on this machine: tried, not assumed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxDriver, SandboxJob, SandboxLanguage, SandboxOutcome } from '../../contracts/sandbox.ts';
import { describeError } from '../../core/errors.ts';
import type { Controller } from './cgroups.ts';
import { hasFilter } from './seccomp-filter.ts';

type Finding = Awaited<ReturnType<SandboxDriver['probe']>>;

/** What is tried. */
export interface ProbeOptions {
  readonly bwrap: string | undefined;
  readonly run: (job: SandboxJob) => Promise<SandboxOutcome>;
  readonly languages: readonly string[];
  readonly held: readonly Controller[];
}

const LIMITS = { timeoutMs: 5000, memoryBytes: 256 * 1_048_576, processes: 5, diskBytes: 1_048_576, cpuShare: 1, maxOutputBytes: 4096 };

/** Each line that is printed is a hole. The last word says that it came to the end. */
function attacks(port: number, hostPid: number): string {
  return `
[ -e /etc/passwd ] && echo 'the accounts of the machine can be read'
[ -r ${JSON.stringify(homedir())} ] && echo 'the home folder can be read'
(: > /probe) 2>/dev/null && echo 'the root of the file system can be written'
(: > /usr/probe) 2>/dev/null && echo '/usr can be written'
(: > /proc/sys/kernel/hostname) 2>/dev/null && echo 'settings of the kernel can be written'
(: < /dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo 'the network of the machine can be reached'
[ -e /proc/${hostPid}/stat ] && [ ${hostPid} -gt 64 ] && echo 'processes of the machine can be seen'
[ "$(id -u)" = 0 ] && echo 'the user is root'
if command -v unshare >/dev/null; then unshare --user true 2>/dev/null && echo 'namespaces can be made: the filter of system calls does not hold'; fi
grep -q '^Seccomp:.2' /proc/self/status || echo 'there is no filter of system calls'
grep -q '^NoNewPrivs:.1' /proc/self/status || echo 'programs can gain rights'
grep -q '^CapEff:.0*$' /proc/self/status || echo 'there are capabilities'
echo done
`;
}

/** Runs the attacks once, in about 50 ms. */
export async function probeNative({ bwrap, run, languages, held }: ProbeOptions): Promise<Finding> {
  if (process.platform !== 'linux') return unusable(`it needs Linux, and this is ${process.platform}.`, 'Run the gateway on Linux, or in a container.');
  if (!hasFilter()) return unusable(`there is no filter of system calls for ${process.arch}.`, 'Use x64 or arm64.');
  if (bwrap === undefined) return unusable('bubblewrap is not installed.', 'Install the package bubblewrap (0.7 or newer).');
  if (!languages.includes('bash')) return unusable('bash is not installed.', 'Install the package bash.');
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-probe-'));
  const server = await listen();
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const program = { kind: 'code', language: 'bash', code: attacks(port, process.pid) } as const;
    const { stdout, stderr } = await run({ program, folder, owner: 'probe', limits: LIMITS, readable: [], signal: AbortSignal.timeout(15_000) });
    const holes = stdout.split('\n').filter((line) => line !== '' && line !== 'done');
    if (holes.length > 0) return unusable(`its self-test found: ${holes.join('; ')}.`, 'Report it with the output of `switchyard sandbox test`.');
    if (!stdout.endsWith('done\n')) return unusable(`its self-test did not finish: ${stderr.trim().slice(-200)}`, 'Run `switchyard sandbox test`.');
    return { isUsable: true, status: statusOf(languages, held) };
  } catch (error) {
    const text = describeError(error instanceof Error && error.cause !== undefined ? error.cause : error);
    return unusable(`bubblewrap cannot set it up: ${text.slice(0, 300)}`, fixOf(text));
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function statusOf(languages: readonly string[], held: readonly Controller[]): Extract<Finding, { isUsable: true }>['status'] {
  const missing = (['pids', 'memory', 'cpu'] as const).filter((name) => !held.includes(name));
  const isRoot = process.getuid?.() === 0;
  const who = isRoot ? 'as users without rights' : 'in a user namespace';
  return {
    detail: `bubblewrap ${who}, with a filter of system calls; limits by ${held.length > 0 ? `control groups (${held.join(', ')})` : 'process, measured from outside'}.`,
    fix:
      missing.length === 0
        ? null
        : `Let the gateway make control groups for ${missing.join(', ')} (systemd: Delegate=yes), and a run is bounded as a whole by the kernel.`,
    languages: (['python', 'node', 'bash'] as const).filter((name: SandboxLanguage) => languages.includes(name)),
    limitsBy: held.length > 0 ? [...held.map((name) => `cgroup ${name}`), 'rlimits'] : ['rlimits', 'measured'],
  };
}

function unusable(why: string, fix: string): Finding {
  return { isUsable: false, why, fix };
}

function fixOf(text: string): string {
  if (/unknown option|Unknown option/i.test(text)) return 'Install bubblewrap 0.7 or newer.';
  if (/namespace|Operation not permitted|uid map|RTM_NEWADDR/i.test(text)) {
    return 'Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1; on Ubuntu an AppArmor profile for bwrap), or in a container give the right to make them.';
  }
  return 'Run `switchyard sandbox test`, which shows what bubblewrap says.';
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return server;
}
