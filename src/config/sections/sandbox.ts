/** @module config/sections/sandbox: what code of callers may use. */
import * as v from 'valibot';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { choice, decimal, integer, key, list, orNull, path, section } from '../fields.ts';

const { sandbox: defaults } = DEFAULT_CONFIG;
const MEBIBYTE = 1_048_576;
const GIBIBYTE = 1024 * MEBIBYTE;

const interpreters = section(
  {
    python: key(
      orNull(path()),
      defaults.interpreters.python,
      "Python 3; null = the system's. With a path elsewhere, the folder above its bin is readable too.",
    ),
    node: key(orNull(path()), defaults.interpreters.node, 'Node; null = the one that runs the gateway.'),
    bash: key(orNull(path()), defaults.interpreters.bash, "Bash; null = the system's."),
  },
  'Programs that run code at the level native.',
);

const words = 'a list with the program and patterns of its arguments';
const command = v.pipe(
  v.array(v.pipe(v.string('a text'), v.maxLength(1024, 'a text of at most 1024 characters')), words),
  v.minLength(1, words),
  v.check((parts) => parts[0] !== '' && !(parts[0] ?? '').includes('*'), `${words}; the program is named without *`),
);

/** Keys of `sandbox`. */
export const sandboxSection = section(
  {
    level: key(
      choice(['auto', 'native', 'wasm', 'off'] as const),
      defaults.level,
      'auto = the strongest that works here; native (bubblewrap) or wasm (Pyodide) = this one or none; off = none. Nothing ever runs without one.',
    ),
    timeoutSeconds: key(decimal(0.1, 600), defaults.timeoutSeconds, 'Seconds that a run may take, whatever the call asks for.'),
    memoryBytes: key(integer(64 * MEBIBYTE, 64 * GIBIBYTE), defaults.memoryBytes, 'Bytes of memory of a run.'),
    processes: key(integer(1, 1000), defaults.processes, 'Processes and threads of a run at once.'),
    diskBytes: key(integer(MEBIBYTE, 1024 * GIBIBYTE), defaults.diskBytes, "Bytes of everything in one caller's scratch folder."),
    cpuShare: key(decimal(0.01, 64), defaults.cpuShare, 'Cores of a run; 0.5 = half of one.'),
    maxOutputBytes: key(integer(1024, 64 * MEBIBYTE), defaults.maxOutputBytes, 'Bytes of stdout, and of stderr, that are kept.'),
    concurrency: key(integer(1, 256), defaults.concurrency, 'Runs at once; runs of one caller come one after the other.'),
    queue: key(integer(0, 10_000), defaults.queue, 'Runs that may wait.'),
    warm: key(integer(0, 16), defaults.warm, 'wasm: loaded interpreters that wait for work, after the first use; about 200 MB each.'),
    interpreters: v.optional(interpreters, {}),
    readable: key(list(path()), [...defaults.readable], 'Folders that code may read beside the programs of the system.'),
    commands: key(
      list(command),
      [],
      'What run_command may start: for each a list with the program and a pattern for each argument (* = any characters); ** as the last = any further arguments.',
    ),
  },
  'Code of callers.',
);
