/** @module cli/commands/serve: `switchyard serve`: the gateway on HTTP. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { VERSION } from '../../core/version.ts';
import type { App } from '../../app/app.ts';
import { action } from '../command.ts';
import type { Output } from '../output.ts';

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly workspace?: string;
}

/** Registers the command. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Start the gateway')
    .option('--port <number>', 'port to listen on (default 8000, 0 = any free one)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--workspace <folder>', 'folder whose files the tools may touch (default: `workspace` in the home)')
    .action(
      action(async (output, options, given: ServeOptions) => {
        const [{ createApp }, { runApp }, guides] = await Promise.all([import('../../app/app.ts'), import('../../app/run.ts'), import('../../app/guides.ts')]);
        const app = createApp({
          home: options.home,
          configFile: options.config,
          workspace: given.workspace === undefined ? undefined : resolve(given.workspace),
          config: { server: { port: parsePort(given.port), host: given.host } },
        });
        await runApp(app, { onReady: () => greet(app, output, guides) });
        // Timers of libraries must not hold a stopped gateway.
        process.exit(0);
      }),
    );
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new AppError('USAGE', { message: `Not a port: ${text}.`, fix: 'Use --port with a number from 0 to 65535.' });
  return port;
}

/** What to do next. On stdout, once everything answers. */
function greet(app: App, output: Output, { connectCommands }: typeof import('../../app/guides.ts')): void {
  const { url, statusUrl, home, adminKeyFile, workspace } = app.endpoints();
  const { own, claudeStdio, claudeHttp } = connectCommands({ node: process.execPath, script: process.argv[1] ?? 'switchyard', url, home });
  output.result({ version: VERSION, url, statusUrl, adminKeyFile, workspace, pid: process.pid }, () =>
    [
      `${output.style('bold', `Switchyard ${VERSION}`)} is ready.`,
      '',
      `  MCP endpoint   ${output.style('cyan', `${url}/mcp`)}`,
      `  Model API      ${output.style('cyan', `${url}/v1`)}   (OpenAI; for Anthropic's clients ${url})`,
      `  Status page    ${statusUrl}   (works once, for ten minutes)`,
      `  Admin key      ${adminKeyFile}`,
      `  Files served   ${workspace}`,
      '',
      'Connect Claude Code (any of these):',
      `  ${claudeStdio}`,
      `  ${claudeHttp(`$(${own('keys', 'create', 'claude-code')})`)}`,
      `  ${own('connect', 'claude-code')}`,
      '',
      'Ctrl-C stops it.',
    ].join('\n'),
  );
}
