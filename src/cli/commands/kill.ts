/** @module cli/commands/kill: `switchyard kill on|off|ls`: the emergency brake. */
import type { Command } from 'commander';
import { KILL_SCOPES, type KillEntry, type KillScope } from '../../contracts/policy.ts';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';

/** Registers the commands. */
export function registerKill(program: Command): void {
  const kill = program.command('kill').description('The emergency brake: switch off everything, a client, a tool…');
  kill
    .command('on <what> [name]')
    .description('Switch off: all, or client, principal, tool, upstream, profile or provider with a name (pattern)')
    .option('--reason <text>', 'shown to whoever is refused')
    .addHelpText(
      'after',
      '\nActs in every process of the home within 200 ms, admins included.\nswitchyard kill on tool write_file --reason "disk is being repaired"',
    )
    .action(
      action(async (output, options, what: string, name: string | undefined, given: { readonly reason?: string }) => {
        const { switchOff } = await import('../../app/tasks/kill.ts');
        const scope = KILL_SCOPES.find((known) => known === what);
        if (scope === undefined) throw new AppError('USAGE', { message: `Unknown: ${what}.`, fix: `Use one of: ${KILL_SCOPES.join(', ')}.` });
        const { entry, unrecorded, untold } = await switchOff(placeOf(options), { scope, name: requireName(scope, name), reason: given.reason ?? '' });
        if (unrecorded) output.note(`Switched off, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
        for (const { message } of untold) output.note(`Other nodes may not know: ${message} A gateway of this home tells them as soon as it can.`);
        output.result(
          { ...entry, recorded: !unrecorded, told: untold.length === 0 },
          `${output.style('red', 'Switched off')}: ${describe(entry)}. Lift it with: switchyard kill off ${entry.id}`,
        );
      }),
    );
  kill
    .command('off [id]')
    .description('Lift one entry, or all')
    .option('--all', 'lift everything; also mends a damaged file')
    .action(
      action(async (output, options, id: string | undefined, given: { readonly all?: boolean }) => {
        const { switchAllOn, switchOn } = await import('../../app/tasks/kill.ts');
        if ((id === undefined) === (given.all !== true))
          throw new AppError('USAGE', { message: 'Name one entry, or give --all.', fix: '`switchyard kill ls` shows the ids.' });
        await (id === undefined ? switchAllOn(placeOf(options)) : switchOn(placeOf(options), id));
        output.result({ lifted: id ?? 'all' }, id === undefined ? 'Everything is lifted.' : `Entry ${id} is lifted.`);
      }),
    );
  kill
    .command('ls')
    .description('List what is switched off')
    .action(
      action(async (output, options) => {
        const { listSwitchedOff } = await import('../../app/tasks/kill.ts');
        const entries = listSwitchedOff(placeOf(options));
        output.result(entries, () =>
          entries.length === 0
            ? 'Nothing is switched off.'
            : output.table([['ID', 'WHAT', 'REASON', 'SINCE'], ...entries.map((entry) => [entry.id, describe(entry), entry.reason, rfc3339(entry.at)])]),
        );
      }),
    );
}

/** Everything needs no name; a forgotten name must not stand for everything of a kind. */
function requireName(scope: KillScope, name: string | undefined): string {
  if (scope === 'all') {
    if (name !== undefined)
      throw new AppError('USAGE', {
        message: '`kill on all` takes no name.',
        fix: 'Leave the name out, or name what to switch off: client, principal, tool, upstream, profile, provider.',
      });
    return '*';
  }
  if (name === undefined) throw new AppError('USAGE', { message: `Which ${scope}?`, fix: `Name it, or write '*' for every ${scope}.` });
  return name;
}

function describe({ scope, name }: KillEntry): string {
  return scope === 'all' ? 'everything' : `${scope} ${name}`;
}
