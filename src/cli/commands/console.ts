/** @module cli/commands/console: `switchyard console`: a fresh link to the status page of the running gateway. */
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { action, placeOf } from '../command.ts';

const TIMEOUT_MS = 5000;

/** Registers the command. */
export function registerConsole(program: Command): void {
  program
    .command('console')
    .description('Print a link that opens the status page of the running gateway, once')
    .action(
      action(async (output, options) => {
        const { askGateway, findGateway } = await import('../../app/tasks/gateway.ts');
        const gateway = await findGateway(placeOf(options));
        const answer = await askGateway(gateway, { path: '/admin/console-link', body: {}, signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (!isObject(answer) || typeof answer['path'] !== 'string')
          throw new AppError('SERVER_UNREACHABLE', { message: `What answers at ${gateway.url} is no switchyard of this version.` });
        const url = gateway.url + answer['path'];
        output.note('Works once, for ten minutes.');
        output.result({ url }, url);
      }),
    );
}
