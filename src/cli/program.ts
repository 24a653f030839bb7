/** @module cli/program: every command but the fast road of `stdio`. */
import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { registerAdd } from './commands/add.ts';
import { registerApprovals } from './commands/approvals.ts';
import { registerAudit } from './commands/audit.ts';
import { registerClients } from './commands/clients.ts';
import { registerComplete } from './commands/complete.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConfig } from './commands/config.ts';
import { registerConnect } from './commands/connect.ts';
import { registerConsole } from './commands/console.ts';
import { registerCost } from './commands/cost.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerGrants } from './commands/grants.ts';
import { registerImport } from './commands/import.ts';
import { registerInit } from './commands/init.ts';
import { registerIssuer } from './commands/issuer.ts';
import { registerKeys } from './commands/keys.ts';
import { registerKill } from './commands/kill.ts';
import { registerRevoke } from './commands/revoke.ts';
import { registerRouting } from './commands/routing.ts';
import { registerSandbox } from './commands/sandbox.ts';
import { registerSecrets } from './commands/secrets.ts';
import { registerServe } from './commands/serve.ts';
import { registerStdioHelp } from './commands/stdio-help.ts';
import { registerTools } from './commands/tools.ts';
import { registerUpstreams } from './commands/upstreams.ts';
import { createOutput } from './output.ts';
import { watchReader } from './reader.ts';

/** In the order of the help. */
const REGISTER = [
  registerInit,
  registerServe,
  registerStdioHelp,
  registerConnect,
  registerImport,
  registerAdd,
  registerUpstreams,
  registerSecrets,
  registerConsole,
  registerDoctor,
  registerTools,
  registerComplete,
  registerDemo,
  registerKeys,
  registerClients,
  registerGrants,
  registerIssuer,
  registerCost,
  registerRouting,
  registerKill,
  registerRevoke,
  registerApprovals,
  registerSandbox,
  registerConfig,
  registerAudit,
  registerCompletion,
] as const;

/** The whole command line, for running it, for `completion` and for the documentation. */
export function createProgram(): Command {
  const program = new Command('switchyard')
    .description('One secure gateway between AI clients and everything they call.')
    .version(VERSION)
    .option('--json', 'machine-readable output')
    .option('--home <folder>', "state folder (default: SWITCHYARD_HOME, else the platform's)")
    .option('--config <file>', 'configuration file (default: switchyard.yaml here, then in the home)')
    .showSuggestionAfterError()
    .exitOverride();
  for (const register of REGISTER) register(program);
  return program;
}

/** Runs one command line; sets the exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  watchReader();
  try {
    await createProgram().parseAsync([...argv]);
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) {
      process.exitCode = createOutput(argv.includes('--json')).failure(thrown);
    } else {
      // Help and version are no failures; anything else has been explained by the library.
      process.exitCode = thrown.exitCode === 0 ? 0 : new AppError('USAGE').facts.exitCode;
    }
  }
}
