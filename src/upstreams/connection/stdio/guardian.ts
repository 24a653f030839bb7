/**
 * @module upstreams/connection/stdio/guardian: ends the servers of a gateway that was killed. A process cannot clean up after
 * its own SIGKILL, and Node cannot ask the system to do so (prctl): a small shell beside it can. It reads which process
 * groups run from a pipe; when the pipe ends, the gateway has gone, and what it has left behind is ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { processBirth } from '../../../core/process-identity.ts';

/**
 * Lines are `+ <group> <birth of its head>` and `- <group>`. Servers have seen the end of their input by then: they get two
 * seconds, SIGTERM, two more, SIGKILL, as from the gateway itself. A group whose number belongs to another process by now
 * (the birth differs) is left alone; without /proc the number is trusted for these four seconds.
 */
export const GUARDIAN_SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r sign group birth; do
  case "$groups" in
    *" $group:"*) before=\${groups%%" $group:"*}; after=\${groups#*" $group:"}; groups="$before \${after#* }" ;;
  esac
  if [ "$sign" = + ]; then groups="$groups$group:$birth "; fi
done
case "$groups" in *[0-9]*) ;; *) exit 0 ;; esac
for signal in TERM KILL; do
  sleep 2
  for entry in $groups; do
    group=\${entry%%:*}
    birth=\${entry#*:}
    if [ -n "$birth" ] && read -r line < "/proc/$group/stat"; then
      set -- \${line##*") "}
      if [ "\${20}" != "$birth" ]; then continue; fi
    fi
    kill -s "$signal" -- "-$group"
  done
done
`;

/** One for all servers of this process. */
class Guardian {
  readonly #groups = new Map<number, string>();
  #shell: ChildProcess | undefined;

  /** From now on the group of this head ends with the gateway. */
  guard(group: number): void {
    // Without the boot: a guardian does not outlive it.
    const birth = processBirth(group)?.split(':').at(-1) ?? '';
    this.#groups.set(group, birth);
    if (this.#shell) this.#tell(`+ ${group} ${birth}`);
    else this.#start();
  }

  /** The group has ended. */
  release(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`- ${group}`);
  }

  #start(): void {
    if (process.platform === 'win32') return;
    const shell = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT, 'switchyard-guardian'], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      // A session of its own: signals to the gateway's group do not reach it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell = shell;
    const forget = (): void => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.on('error', forget);
    shell.once('exit', forget);
    shell.stdin.on('error', forget);
    // It waits for the gateway, and not the other way round.
    shell.unref();
    if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
    for (const [group, birth] of this.#groups) this.#tell(`+ ${group} ${birth}`);
  }

  #tell(line: string): void {
    const stdin = this.#shell?.stdin;
    if (stdin?.writable) stdin.write(`${line}\n`);
  }
}

/** The guardian of this process; its shell starts with the first server. */
export const guardian: Pick<Guardian, 'guard' | 'release'> = new Guardian();
