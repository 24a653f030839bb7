/** @module cli/commands/upstreams: `switchyard upstreams ls|login|logout`: the servers behind the gateway. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { rfc3339 } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { UpstreamList } from '../../app/tasks/remove.ts';
import type { LoginResult } from '../../app/tasks/upstream-login.ts';
import { action, placeOf } from '../command.ts';
import type { Output } from '../output.ts';
import { describeEntry } from '../upstream-text.ts';
import { toPlace } from './add.ts';

const MAX_WAIT_SECONDS = 3600;

/** Registers the commands. */
export function registerUpstreams(program: Command): void {
  const upstreams = program.command('upstreams').description('The MCP servers behind this gateway');
  upstreams
    .command('ls', { isDefault: true })
    .description('List the upstreams of the configuration')
    .option('--user', 'of the configuration of the home')
    .action(
      action(async (output, options, { user }: { readonly user?: boolean }) => {
        const { listUpstreams } = await import('../../app/tasks/remove.ts');
        const list = await listUpstreams(toPlace(options, user));
        output.result(list, () => describeList(list, output));
      }),
    );
  upstreams
    .command('login <name>')
    .description('Sign in to a server that wants a person (OAuth); the gateway keeps the tokens, encrypted, and renews them')
    .option('--no-browser', 'only print the address')
    .option('--wait <seconds>', 'how long to wait for you', '300')
    .action(
      action(async (output, options, name: string, { browser, wait }: { readonly browser: boolean; readonly wait: string }) => {
        const seconds = Number(wait);
        if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_WAIT_SECONDS)
          throw new AppError('USAGE', { message: `--wait takes 1 to ${MAX_WAIT_SECONDS} seconds.` });
        const { logInToUpstream } = await import('../../app/tasks/upstream-login.ts');
        const result = await logInToUpstream(placeOf(options), name, seconds * 1000, (url) => showSignIn(url, browser));
        output.result(result, () => describeLogin(name, result, output));
      }),
    );
  upstreams
    .command('logout <name>')
    .description('Forget the tokens and the registration at a server')
    .action(
      action(async (output, options, name: string) => {
        const { logOutOfUpstream } = await import('../../app/tasks/upstream-login.ts');
        const wasIn = await logOutOfUpstream(placeOf(options), name);
        output.result(
          { name, wasLoggedIn: wasIn },
          wasIn ? `Forgotten: what was obtained for ${name}. The server itself was not told.` : `Nothing was obtained for ${name}.`,
        );
      }),
    );
}

/** On stderr, also with --json: somebody has to open it. */
function showSignIn(url: string, isOpened: boolean): void {
  process.stderr.write(`Sign in here; this command goes on when you have:\n  ${url}\n`);
  if (isOpened) openBrowser(url);
}

/** Best effort: the address has been printed. The URL was checked to be http or https. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open'];
  const child = spawn(command ?? 'xdg-open', [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function describeLogin(name: string, { issuer, scopes, expiresAt, isRenewed, tools }: LoginResult, output: Output): string {
  if (issuer === undefined) return `${name} asks for no sign-in: it lists ${tools} tools as it is.`;
  return [
    `${output.style('green', 'Signed in')} to ${name} at ${issuer}; it lists ${tools} tools.`,
    `Scopes: ${scopes.length === 0 ? 'none named' : scopes.join(' ')}`,
    isRenewed
      ? 'The token is renewed by itself.'
      : `The token ends ${expiresAt === null ? 'at a time that is not known' : rfc3339(expiresAt)}; the server gives none to renew it with.`,
  ].join('\n');
}

function describeList({ upstreams }: UpstreamList, output: Output): string {
  if (upstreams.length === 0) return 'There are no upstreams. Add one: switchyard add <what>, or take them from your clients: switchyard import.';
  return output.table([
    ['NAME', 'TRANSPORT', 'REACHED BY', ''],
    ...upstreams.map(({ name, isEnabled, entry }) => [
      name,
      typeof entry['transport'] === 'string' ? entry['transport'] : '',
      describeEntry(entry),
      isEnabled ? '' : 'disabled',
    ]),
  ]);
}
