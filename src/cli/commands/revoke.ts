/** @module cli/commands/revoke: `switchyard revoke`: principals and tokens of issuers elsewhere. */
import type { Command } from 'commander';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf } from '../command.ts';

interface Given {
  readonly token?: string;
  readonly issuer?: string;
  readonly reason?: string;
  readonly restore?: string;
  readonly list?: boolean;
}

/** Registers the command. */
export function registerRevoke(program: Command): void {
  program
    .command('revoke [principal]')
    .description('Accept a principal of an issuer or a certificate, or one access token, no more')
    .option('--token <jti>', 'one token alone, by its id')
    .option('--issuer <url>', 'the issuer of that token')
    .option('--reason <text>', 'for the list')
    .option('--restore <subject>', 'take back what --list shows')
    .option('--list', 'what is revoked, newest first')
    .addHelpText(
      'after',
      "\nActs in every process of the home within 250 ms.\nswitchyard revoke 'mtls:spiffe://example.org/agent'\nswitchyard revoke --issuer https://login.example.org --token 8f3a…",
    )
    .action(
      action(async (output, options, principal: string | undefined, given: Given) => {
        const { listRevoked, restore, revoke } = await import('../../app/tasks/revocations.ts');
        const place = placeOf(options);
        if (given.list === true) {
          const found = await listRevoked(place);
          output.result(found, () =>
            found.length === 0
              ? 'Nothing is revoked.'
              : output.table([['SUBJECT', 'SINCE', 'REASON'], ...found.map(({ subject, revokedAt, reason }) => [subject, rfc3339(revokedAt), reason ?? ''])]),
          );
        } else if (given.restore !== undefined) {
          await restore(place, given.restore);
          output.result({ restored: given.restore }, `${given.restore} is accepted again.`);
        } else {
          const what = toRevoked(principal, given);
          const unrecorded = await revoke(place, what, given.reason ?? '');
          if (unrecorded) output.note(`Revoked, but not recorded: ${unrecorded.code} ${unrecorded.message}`);
          output.result({ ...what, recorded: !unrecorded }, `${output.style('red', 'Revoked')}: ${principal ?? `token ${given.token ?? ''}`}.`);
        }
      }),
    );
}

/** @throws AppError USAGE unless it names a principal, or a token with its issuer */
function toRevoked(
  principal: string | undefined,
  { token, issuer }: Given,
): { readonly principal: string } | { readonly issuer: string; readonly jti: string } {
  if (principal !== undefined && token === undefined && issuer === undefined) return { principal };
  if (principal === undefined && token !== undefined && issuer !== undefined) return { issuer, jti: token };
  throw new AppError('USAGE', {
    message: 'Name a principal, or --token with --issuer.',
    fix: "Such as: switchyard revoke 'jwt:https://login.example.org#alice'.",
  });
}
