/** @module cli/commands/grants: `switchyard grants list|revoke`: what people have allowed clients to do. */
import type { Command } from 'commander';
import { rfc3339 } from '../../core/clock.ts';
import { action, placeOf } from '../command.ts';

/** Registers the commands. */
export function registerGrants(program: Command): void {
  const grants = program.command('grants').description('What people allowed clients to do: list, revoke');
  grants
    .command('list')
    .alias('ls')
    .description('List the consents in force, newest first')
    .action(
      action(async (output, options) => {
        const { listGrants } = await import('../../app/tasks/issuer.ts');
        const found = await listGrants(placeOf(options));
        output.result(found, () =>
          found.length === 0
            ? 'Nobody has allowed anything.'
            : output.table([
                ['ID', 'CLIENT', 'ACTS AS', 'SCOPES', 'SINCE', 'UNTIL'],
                ...found.map(({ id, clientId, accountId, scopes, createdAt, expiresAt }) => [
                  id,
                  clientId,
                  accountId,
                  scopes.join(',') || '-',
                  rfc3339(createdAt),
                  expiresAt === null ? '-' : rfc3339(expiresAt),
                ]),
              ]),
        );
      }),
    );
  grants
    .command('revoke <id>')
    .description('Take a consent back with all its tokens, effective at once')
    .action(
      action(async (output, options, id: string) => {
        const { revokeGrant } = await import('../../app/tasks/issuer.ts');
        const unrecorded = await revokeGrant(placeOf(options), id);
        if (unrecorded) output.note(`Revoked, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
        output.result({ id, revoked: true, recorded: !unrecorded }, `Consent ${id} is revoked.`);
      }),
    );
}
