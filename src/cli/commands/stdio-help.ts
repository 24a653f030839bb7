/** @module cli/commands/stdio-help: `stdio` in help and completion; cli/main takes its fast road before this is loaded. */
import type { Command } from 'commander';

/** Registers the command's description. */
export function registerStdioHelp(program: Command): void {
  program
    .command('stdio')
    .description('Serve one MCP client over stdin and stdout')
    .option('--workspace <folder>', 'project folder whose files the tools may touch (default: the current one)')
    .option('--profile <name>', 'speak to a profile of the configuration, or to one upstream by its name')
    .option('--alone', 'do not attach to a running `serve` of the same home');
}
