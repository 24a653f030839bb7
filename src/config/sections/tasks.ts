/** @module config/sections/tasks: calls that go on without their client. */
import * as v from 'valibot';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { integer, key, section } from '../fields.ts';

const { tasks: defaults } = DEFAULT_CONFIG;

/** Keys of `tasks`. */
export const tasksSection = section(
  {
    isEnabled: key(v.boolean('true or false'), defaults.isEnabled, 'Whether calls become tasks for clients that can follow one (the MCP extension for tasks).'),
    afterMs: key(integer(0, 3_600_000), defaults.afterMs, 'Milliseconds after which a call becomes a task.'),
    ttlSeconds: key(integer(1, 604_800), defaults.ttlSeconds, 'Seconds that a task and its result are kept after its end.'),
    pollIntervalMs: key(integer(50, 60_000), defaults.pollIntervalMs, 'Milliseconds between two looks that clients are asked to keep.'),
    maxPerPrincipal: key(
      integer(1, 100_000),
      defaults.maxPerPrincipal,
      'Tasks of one principal that are kept, ended ones included; beyond it calls stay bound to their client.',
    ),
    maxTasks: key(integer(1, 10_000_000), defaults.maxTasks, 'Tasks of everybody that are kept.'),
  },
  'Calls that go on without their client, as tasks.',
);
