/** @module cli/commands/connect: `switchyard connect|disconnect <client>`. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ClientPlace, ConnectPlan, ConnectRequest } from '../../app/tasks/client-files.ts';
import { AppError } from '../../core/errors.ts';
import { action, namedHome, readConfig, type GlobalOptions } from '../command.ts';
import type { Output } from '../output.ts';

interface ConnectOptions {
  readonly scope?: string;
  readonly transport: string;
  readonly name: string;
  readonly project?: string;
  readonly url?: string;
  readonly print?: boolean;
  readonly deeplink?: boolean;
  readonly transparent?: boolean;
}

const DEFAULT_NAME = 'switchyard';
const CLIENTS = 'claude-code, claude-desktop, cursor, vscode, codex, gemini or windsurf';

/** Registers the commands. */
export function registerConnect(program: Command): void {
  place(program.command('connect <client>').description(`Write Switchyard into the configuration of ${CLIENTS}`))
    .option('--transport <transport>', 'stdio, or http with a key in the variable SWITCHYARD_KEY', 'stdio')
    .option('--url <url>', 'endpoint for --transport http (default: where the configuration listens)')
    .option('--transparent', 'lead the entries that were imported through the gateway, under the names they have')
    .option('--print', 'show what would be written, write nothing')
    .option('--deeplink', 'print a link that asks the client to add the server itself')
    .action(
      action(async (output, options, client: string, given: ConnectOptions) => {
        if (given.transparent === true) return await connectTransparently(output, options, client, given);
        const { prepareConnect, applyPlan } = await import('../../app/tasks/client-files.ts');
        const plan = await prepareConnect(await toRequest(client, given, options));
        const shown = {
          client: plan.client,
          path: plan.path,
          snippet: plan.snippet,
          deepLink: plan.deepLink ?? null,
          cliCommand: plan.cliCommand ?? null,
          notes: plan.notes,
        };
        if (given.deeplink === true) {
          if (plan.deepLink === undefined)
            throw new AppError('USAGE', { message: `${plan.client} has no such link for this.`, fix: 'Run the command without --deeplink.' });
          return output.result(shown, plan.deepLink);
        }
        if (given.print === true) return output.result({ ...shown, changed: false }, () => preview(plan, output));
        const outcome = await applyPlan(plan, { stateDirectory: stateOf(options) });
        output.result({ ...shown, changed: outcome.isChanged, backup: outcome.backupPath }, () =>
          [
            outcome.isChanged
              ? `${output.style('green', 'Connected')} ${plan.client}: wrote ${plan.path}`
              : `${plan.client} was connected already: ${plan.path}`,
            ...(outcome.backupPath === null ? [] : [`The file as it was: ${outcome.backupPath}`]),
            ...plan.notes,
            undoing(plan.client, given),
          ].join('\n'),
        );
      }),
    );
  place(program.command('disconnect <client>').description("Take Switchyard out of a client's configuration again"))
    .option('--print', 'show what would be done, do nothing')
    .action(
      action(async (output, options, client: string, given: ConnectOptions) => {
        const { prepareDisconnect, applyDisconnect } = await import('../../app/tasks/client-files.ts');
        const state = { stateDirectory: stateOf(options) };
        const plan = await prepareDisconnect({ ...(await toPlace(client, given)), name: given.name }, state);
        // What was written last is taken back first: then each step brings back every byte.
        const isLast = plan.kind === 'restored' || plan.kind === 'file-removed';
        if (!isLast && (await restoreTransparent(output, options, client, given))) return;
        if (given.print !== true) await applyDisconnect(plan, state);
        const notes = [...plan.notes, ...(isLast ? await alsoTransparent(options, client, given) : await elsewhere(options, client, given, plan.kind))];
        output.result(
          { client, path: plan.path, change: plan.kind, done: given.print !== true },
          [`${client}: ${IN_WORDS[plan.kind]} ${plan.path}`, ...notes].join('\n'),
        );
      }),
    );
}

/** The client's own entries, each through the profile of its upstream. */
async function connectTransparently(output: Output, options: GlobalOptions, client: string, given: ConnectOptions): Promise<void> {
  const { applyTransparent, prepareTransparent, transparentServers } = await import('../../app/tasks/transparent.ts');
  const where = await toPlace(client, given);
  const base = await toRequest(client, given, options);
  const requestOf = (upstream: string): ConnectRequest =>
    base.command === undefined
      ? { ...base, url: `${base.url ?? ''}/${upstream}` }
      : { ...base, command: { ...base.command, args: ['stdio', '--profile', upstream] } };
  const { upstreams } = (await readConfig(options)).config;
  const { servers, notes } = transparentServers(where, stateOf(options), upstreams, requestOf);
  const plan = await prepareTransparent(where, servers);
  const shown = {
    client,
    path: plan.path,
    servers: plan.servers.map(({ name, upstream }) => ({ name, upstream })),
    snippet: plan.snippet,
    notes: [...notes, ...plan.notes],
  };
  if (given.print === true) {
    output.result({ ...shown, changed: false }, () => [`${output.style('dim', 'File')}  ${plan.path}`, '', plan.snippet, '', ...shown.notes].join('\n'));
    return;
  }
  const outcome = await applyTransparent(plan, { stateDirectory: stateOf(options) });
  output.result({ ...shown, changed: outcome.isChanged, backup: outcome.backupPath }, () =>
    [
      `${output.style('green', outcome.isChanged ? 'Connected' : 'Connected already')}: ${plan.servers.map(({ name }) => name).join(', ')} of ${client} lead through the gateway (${plan.path})`,
      ...(outcome.backupPath === null ? [] : [`The file as it was: ${outcome.backupPath}`]),
      ...shown.notes,
      undoing(client, given),
    ].join('\n'),
  );
}

/** Takes a transparent connection back, where there is one; an entry named with --name is another matter. */
async function restoreTransparent(output: Output, options: GlobalOptions, client: string, given: ConnectOptions): Promise<boolean> {
  if (given.name !== DEFAULT_NAME) return false;
  const { applyRestore, prepareRestore } = await import('../../app/tasks/transparent.ts');
  const state = { stateDirectory: stateOf(options) };
  const plan = await prepareRestore(await toPlace(client, given), state);
  if (!plan) return false;
  if (given.print !== true) await applyRestore(plan, state);
  const { path, entries } = plan.record;
  const { hasServer } = await import('../../app/tasks/client-files.ts');
  const isLeft = await hasServer(await toPlace(client, given), given.name);
  const notes = [...plan.notes, ...(isLeft ? [`The entry ${given.name} is there too: run the command again to take it out.`] : [])];
  output.result(
    { client, path, change: plan.kind, servers: entries.map(({ name }) => name), notes, done: given.print !== true },
    [`${client}: ${IN_WORDS[plan.kind]} ${path} (${entries.map(({ name }) => name).join(', ')})`, ...notes].join('\n'),
  );
  return true;
}

const IN_WORDS = {
  restored: 'as it was before:',
  'file-removed': 'there was no file before, so it is removed:',
  'entry-removed': 'our entry is out of',
  'entry-restored': 'the entry that stood there before is back in',
  'entries-restored': 'the entries that stood there before are back in',
  nothing: 'Switchyard is not in',
} as const;

/** What takes this very connection back. */
function undoing(client: string, { scope, name, project }: ConnectOptions): string {
  const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
  const given = Object.entries({ scope, name: name === DEFAULT_NAME ? undefined : name, project });
  return ['Undo with: switchyard disconnect', client, ...given.flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, quoted(value)]))].join(' ');
}

/** Entries that lead through the gateway still, after the one entry was taken out. */
async function alsoTransparent(options: GlobalOptions, client: string, given: ConnectOptions): Promise<readonly string[]> {
  if (given.name !== DEFAULT_NAME) return [];
  const { prepareRestore } = await import('../../app/tasks/transparent.ts');
  const left = await prepareRestore(await toPlace(client, given), { stateDirectory: stateOf(options) });
  const names = left?.record.entries.map(({ name }) => name).join(', ');
  return names === undefined ? [] : [`${names} lead through the gateway still: run the command again to bring back what stood there.`];
}

/** Where else it is, when it is not where it was looked for. */
async function elsewhere(options: GlobalOptions, client: string, given: ConnectOptions, kind: string): Promise<readonly string[]> {
  const other = given.scope === 'project' ? 'user' : 'project';
  if (kind !== 'nothing' || client === 'claude-desktop' || client === 'windsurf') return [];
  const { hasServer } = await import('../../app/tasks/client-files.ts');
  const { prepareRestore } = await import('../../app/tasks/transparent.ts');
  const there = await toPlace(client, { ...given, scope: other });
  const isThere =
    (await hasServer(there, given.name).catch(() => false)) ||
    (await prepareRestore(there, { stateDirectory: stateOf(options) }).catch(() => undefined)) !== undefined;
  return isThere ? [`It is in the file of the other scope: switchyard disconnect ${client} --scope ${other}`] : [];
}

function place(command: Command): Command {
  return command
    .option('--scope <scope>', "user (everywhere) or project (this folder's file, meant to be committed)")
    .option('--project <folder>', 'project folder (default: the current one)')
    .option('--name <name>', 'name of the server in the client', DEFAULT_NAME);
}

async function toPlace(client: string, { scope, project }: ConnectOptions): Promise<ClientPlace> {
  const { parseClientId } = await import('../../app/tasks/client-files.ts');
  if (scope !== undefined && scope !== 'user' && scope !== 'project')
    throw new AppError('USAGE', { message: `Unknown scope: ${scope}.`, fix: 'Use user or project.' });
  const { platform } = process;
  return {
    client: parseClientId(client),
    scope: scope ?? 'user',
    homeDirectory: homedir(),
    projectDirectory: resolve(project ?? '.'),
    platform: platform === 'win32' || platform === 'darwin' ? platform : 'linux',
    environment: process.env,
  };
}

async function toRequest(client: string, given: ConnectOptions, options: GlobalOptions): Promise<ConnectRequest> {
  const base = { ...(await toPlace(client, given)), name: given.name };
  if (given.transport === 'http') {
    const { server } = (await readConfig(options)).config;
    return { ...base, transport: 'http', url: given.url ?? `http://${server.host}:${server.port}/mcp`, headers: { Authorization: 'Bearer ${SWITCHYARD_KEY}' } };
  }
  if (given.transport !== 'stdio') throw new AppError('USAGE', { message: `Unknown transport: ${given.transport}.`, fix: 'Use stdio or http.' });
  // A home that is not the default must reach the process that the client starts.
  const home = options.home ?? process.env['SWITCHYARD_HOME'];
  const env = home === undefined || home === '' ? {} : { SWITCHYARD_HOME: resolve(home) };
  return { ...base, transport: 'stdio', command: { node: process.execPath, script: resolve(process.argv[1] ?? ''), args: ['stdio'], env } };
}

function stateOf(options: GlobalOptions): string {
  return join(namedHome(options).root, 'clients');
}

function preview(plan: ConnectPlan, output: Output): string {
  return [
    `${output.style('dim', 'File')}  ${plan.path}`,
    '',
    plan.snippet,
    '',
    ...(plan.cliCommand === undefined ? [] : [`${output.style('dim', 'Or run')}  ${plan.cliCommand}`]),
    ...(plan.deepLink === undefined ? [] : [`${output.style('dim', 'Or open')}  ${plan.deepLink}`]),
    ...plan.notes,
  ].join('\n');
}
