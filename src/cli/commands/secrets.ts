/** @module cli/commands/secrets: `switchyard secrets set|ls|rm|rotate`: values that the configuration refers to as ${secret:NAME}. */
import type { Command } from 'commander';
import { rfc3339 } from '../../core/clock.ts';
import type { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';
import { readSecret } from '../read-secret.ts';

/** Registers the commands. */
export function registerSecrets(program: Command): void {
  const secrets = program.command('secrets').description('Encrypted values for the configuration, which refers to them as ${secret:NAME}');
  secrets
    .command('set <name>')
    .description('Set a secret: its value comes from stdin, or is asked for without being shown')
    .addHelpText('after', '\nprintf %s "$TOKEN" | switchyard secrets set LINEAR_TOKEN\nOne line end at the end of the input is not part of the value.')
    .action(
      action(async (output, options, name: string) => {
        const { setSecret } = await import('../../app/tasks/secrets.ts');
        const value = await readSecret(`Value of ${name.replaceAll(/[^\w.-]/g, '?')}: `);
        await setSecret(placeOf(options), name, value);
        output.result({ name, isSet: true }, `${output.style('green', 'Set')} ${name}. Refer to it as \${secret:${name}} in the configuration.`);
      }),
    );
  secrets
    .command('ls', { isDefault: true })
    .description('List names and times; never values')
    .action(
      action(async (output, options) => {
        const { listSecrets } = await import('../../app/tasks/secrets.ts');
        const all = await listSecrets(placeOf(options));
        const rows = all.map(({ name, updatedAt }) => [name, rfc3339(updatedAt)]);
        output.result(all, () =>
          rows.length === 0 ? 'There are no secrets. Set one: switchyard secrets set <name>' : output.table([['NAME', 'CHANGED'], ...rows]),
        );
      }),
    );
  secrets
    .command('rm <name>')
    .description('Remove a secret')
    .action(
      action(async (output, options, name: string) => {
        const { removeSecret } = await import('../../app/tasks/secrets.ts');
        const unrecorded: AppError | undefined = await removeSecret(placeOf(options), name);
        if (unrecorded) output.note(`Removed, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
        output.result({ name, recorded: !unrecorded }, `${output.style('green', 'Removed')} ${name}.`);
      }),
    );
  secrets
    .command('rotate')
    .description('Make a new key and encrypt everything with it; where the environment gives the key, with that one')
    .action(
      action(async (output, options) => {
        const { rotateSecretsKey } = await import('../../app/tasks/secrets.ts');
        const count = await rotateSecretsKey(placeOf(options));
        output.result({ count }, `${output.style('green', 'Rotated')}: ${count} values are encrypted with the new key.`);
      }),
    );
}
