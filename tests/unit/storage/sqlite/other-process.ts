/** A second process for tests of locks and races: talks in lines. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface OtherProcess {
  /** The next line it prints. Rejects when it ends before. */
  line(): Promise<string>;
  /** Lets it go past its `process.stdin.once('data')`. */
  go(): void;
  /** Its exit code. */
  ended(): Promise<number | null>;
  kill(): void;
}

/** Runs the ESM text in a new Node process, as another user when a uid is given. */
export function startProcess(script: string, uid?: number): OtherProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: {},
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error('the other process ended without a line');
      return next.value;
    },
    go: () => {
      child.stdin.write('go\n');
    },
    ended: () => exited,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
