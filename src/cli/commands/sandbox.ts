/** @module cli/commands/sandbox: `switchyard sandbox status|test`. */
import type { Command } from 'commander';
import type { SandboxStatus } from '../../contracts/sandbox.ts';
import { action, placeOf } from '../command.ts';

/** Exit code when an attack gets through. */
const SOMETHING_FAILS = 1;

/** Registers the commands. */
export function registerSandbox(program: Command): void {
  const sandbox = program.command('sandbox').description('What fences in the code of callers');
  sandbox
    .command('status')
    .description('Say which level this machine has, and why not a better one')
    .action(
      action(async (output, options) => {
        const { sandboxStatus } = await import('../../app/tasks/sandbox.ts');
        const status = await sandboxStatus(placeOf(options));
        output.result(status, () => describe(status));
      }),
    );
  sandbox
    .command('test')
    .description('Attack it: 15 tries to get out or to take too much')
    .addHelpText('after', '\nTakes about ten seconds. Exit code: 0 = all are held, 1 = one got through.')
    .action(
      action(async (output, options) => {
        const { attackSandbox } = await import('../../app/tasks/sandbox.ts');
        const { status, results } = await attackSandbox(placeOf(options), ({ name, isHeld, detail }) =>
          output.note(`${isHeld ? output.style('green', 'held') : output.style('red', 'HOLE')}  ${name}: ${detail.replace(/\p{Cc}/gu, ' ')}`),
        );
        const holes = results.filter(({ isHeld }) => !isHeld).length;
        output.result({ ...status, results, holes }, () => `${describe(status)}\n${results.length - holes} of ${results.length} attacks held.`);
        return holes > 0 ? SOMETHING_FAILS : 0;
      }),
    );
}

function describe({ level, detail, fix, languages }: SandboxStatus): string {
  return [
    `level ${level}: ${detail}`,
    ...(languages.length > 0 ? [`languages: ${languages.join(', ')}`] : []),
    ...(fix === null ? [] : [`better: ${fix}`]),
  ].join('\n');
}
