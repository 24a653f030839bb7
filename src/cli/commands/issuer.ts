/** @module cli/commands/issuer: `switchyard issuer rotate-keys`. */
import type { Command } from 'commander';
import { action, placeOf } from '../command.ts';

/** Registers the command. */
export function registerIssuer(program: Command): void {
  const issuer = program.command('issuer').description('The embedded authorization server itself');
  issuer
    .command('rotate-keys')
    .description('Sign tokens with a new key; the old one verifies what it has signed for two more hours')
    .action(
      action(async (output, options) => {
        const { rotateIssuerKeys } = await import('../../app/tasks/issuer.ts');
        const { signing, verifying } = await rotateIssuerKeys(placeOf(options));
        output.result({ signing, verifying }, `Signs from now on: ${signing}\nGoes on verifying: ${verifying.join(', ')}`);
      }),
    );
}
