/** @module cli/commands/add: `switchyard add|remove` and `switchyard upstreams ls`. */
import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { Added, AddOptions } from '../../app/tasks/add.ts';
import type { ShownServer } from '../../app/tasks/approve-shown.ts';
import type { Removed } from '../../app/tasks/remove.ts';
import type { FilePlace } from '../../app/tasks/upstreams-file.ts';
import { AppError } from '../../core/errors.ts';
import { action, placeOf, type GlobalOptions } from '../command.ts';
import type { Output } from '../output.ts';
import { describeEntry, describeSandbox, describeShown, targetOf } from '../upstream-text.ts';

interface GivenOptions {
  readonly name?: string;
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly set?: readonly string[];
  readonly cwd?: string;
  readonly server?: string;
  readonly registry?: string;
  readonly npx?: boolean;
  readonly force?: boolean;
  readonly approve?: boolean;
  readonly user?: boolean;
  readonly here?: boolean;
  readonly sandbox?: boolean;
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly network?: boolean;
}

const EXAMPLES = `
switchyard add @modelcontextprotocol/server-filesystem -- /srv/files
switchyard add https://mcp.linear.app/mcp
switchyard add https://mcp.example.org/mcp --header "Authorization=Bearer \${EXAMPLE_TOKEN}"
switchyard add notes -- python3 /srv/notes/server.py
switchyard add notes --sandbox --write /srv/notes/data -- python3 /srv/notes/server.py
switchyard add ./server.json
switchyard add registry:io.github.owner/server
switchyard add ./calendar.mcpb --set api_key=…
switchyard add https://api.example.org/openapi.json
switchyard add ./openapi.yaml --server https://api.example.org/v1
switchyard add https://agent.example.org/.well-known/agent-card.json`;

/** Registers the commands. */
export function registerAdd(program: Command): void {
  program
    .command('add <what> [rest...]')
    .description('Add a server: npm package, URL, command behind --, server.json, .mcpb bundle, OpenAPI document, agent card')
    .option('--name <name>', 'name of the upstream (default: made from what is added)')
    .option('--env <name=value...>', 'variables of the program; secrets go into .env')
    .option('--header <name=value...>', 'headers for a URL; secrets go into .env')
    .option('--set <name=value...>', 'settings of a bundle')
    .option('--cwd <folder>', 'folder the program runs in')
    .option('--server <url>', 'where calls of an OpenAPI document go (default: to the first server that it names)')
    .option('--registry <url>', 'base URL of the registry that registry:<name> is looked up in')
    .option('--sandbox', 'run the program in the native sandbox, with what its arguments name for reading')
    .option('--read <path...>', 'what it may read there, beside that')
    .option('--write <path...>', 'what it may also change there')
    .option('--network', 'it has the network there')
    .option('--npx', 'let npx fetch a package at each start, instead of installing it once')
    .option('--approve', 'connect to it, show what it lists, and approve that (but what the scan finds suspicious)')
    .option('--force', 'replace an upstream of the same name')
    .option('--user', 'write the configuration of the home, even if there is one here')
    .option('--here', 'write a configuration in the current folder, for `switchyard serve` there')
    .addHelpText('after', EXAMPLES)
    .action(
      action(async (output, options, what: string, rest: readonly string[], given: GivenOptions) => {
        const { addUpstream } = await import('../../app/tasks/add.ts');
        const place = toOptions(options, what, rest, given);
        const added = await addUpstream(place);
        const { change, ...shown } = added;
        const listed = given.approve === true ? await showAndApprove(place, added.file, [added.name]) : [];
        output.result({ ...shown, changed: change.isChanged, backup: change.backup, variables: change.variables, warnings: change.warnings, listed }, () =>
          [describeAdded(added, output), ...describeShown(listed)].join('\n'),
        );
      }),
    );
  program
    .command('remove <name>')
    .description('Take an upstream out of the configuration again')
    .option('--user', 'in the configuration of the home')
    .action(
      action(async (output, options, name: string, { user }: GivenOptions) => {
        const { removeUpstream } = await import('../../app/tasks/remove.ts');
        const removed = await removeUpstream(name, toPlace(options, user));
        const { change, ...shown } = removed;
        output.result({ ...shown, changed: change.isChanged, backup: change.backup }, () => describeRemoved(removed, output));
      }),
    );
}

/** Connects to what was written into the file. */
export async function showAndApprove(place: FilePlace, file: string, names: readonly string[]): Promise<readonly ShownServer[]> {
  const { approveShown } = await import('../../app/tasks/approve-shown.ts');
  return await approveShown({ ...place, configFile: file }, names);
}

/** Where the configuration file is looked for. */
export function toPlace(options: GlobalOptions, user: boolean | undefined, here?: boolean): FilePlace {
  return { ...placeOf(options), cwd: process.cwd(), env: process.env, target: targetOf(user, here) };
}

function toOptions(options: GlobalOptions, what: string, rest: readonly string[], given: GivenOptions): AddOptions {
  const { platform, argv } = process;
  return {
    ...toPlace(options, given.user, given.here),
    what,
    // The library does not tell whether there was a `--`.
    rest: rest.length > 0 || argv.includes('--') ? rest : undefined,
    name: given.name,
    variables: toPairs('--env', given.env),
    headers: toPairs('--header', given.header),
    settings: toPairs('--set', given.set),
    workingFolder: given.cwd,
    server: given.server,
    registry: given.registry,
    sandbox: { isWanted: given.sandbox === true, read: given.read ?? [], write: given.write ?? [], network: given.network === true },
    isNpx: given.npx === true,
    isForced: given.force === true,
    homeDirectory: homedir(),
    platform: platform === 'win32' || platform === 'darwin' ? platform : 'linux',
  };
}

function toPairs(option: string, texts: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      // Headers are often copied with their colon.
      const [, name, value] = (option === '--header' ? /^([^=:\s]+)\s*[=:]\s*([\s\S]*)$/ : /^([^=]+)=([\s\S]*)$/).exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new AppError('USAGE', { message: `${option} takes name=value.`, fix: `Write ${option} name=value; it may be given several times.` });
      return [name, value] as const;
    }),
  );
}

function describeAdded({ name, file, entry, change, notes, sandbox, needed }: Added, output: Output): string {
  return [
    change.isChanged ? `${output.style('green', 'Added')} ${name}: ${describeEntry(entry)}` : `${name} is there already.`,
    ...(change.isChanged ? [`Wrote ${file}`] : []),
    ...(change.backup === null ? [] : [`The file as it was: ${change.backup}`]),
    ...(change.variables.length === 0 ? [] : [`Into .env beside it, readable by you alone: ${change.variables.join(', ')}`]),
    ...describeSandbox(sandbox),
    ...notes.map((note) => `Note: ${note}`),
    ...change.warnings,
    ...needed.map(
      ({ variable, description }) => `Set ${variable} in the environment or in .env${description === '' ? '.' : `: ${description.replace(/\p{Cc}/gu, ' ')}`}`,
    ),
  ].join('\n');
}

function describeRemoved({ name, file, change, folders, unused }: Removed, output: Output): string {
  return [
    `${output.style('green', 'Removed')} ${name} from ${file}`,
    ...(change.backup === null ? [] : [`The file as it was: ${change.backup}`]),
    ...folders.map((folder) => `Deleted ${folder}`),
    ...(unused.length === 0 ? [] : [`No longer used, and still where they were set: ${unused.join(', ')}`]),
  ].join('\n');
}
