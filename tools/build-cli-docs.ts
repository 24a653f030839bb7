/**
 * `npm run docs:cli`: writes docs/cli.md from the commands themselves. With `--check` it writes
 * nothing and fails when the file is not what the commands say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { ERRORS } from '../src/core/error-codes.ts';
import { root } from './paths.ts';

const HEADER = `# Command line

    switchyard [options] <command>

Results go to stdout, remarks and errors to stderr. An error names its code, its cause and a fix; with \`--json\` it is
\`{"error": {"code", "message", "fix", "data"}}\`. Colours appear on a terminal only, and not with \`NO_COLOR\`.
This file is generated (\`npm run docs:cli\`).
`;

/** What the numbers of sysexits.h, which most codes follow, mean here. */
const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'a finding, not an error: `doctor` found a failure, `config fmt --check` a file that would change',
  64: 'the command line is not understood',
  65: 'what was given is wrong',
  66: 'what was named does not exist',
  69: 'what is needed does not answer',
  70: 'the work itself failed',
  73: 'a file is there already',
  74: 'disk or state cannot be used',
  75: 'not now: try again later',
  76: 'the answer cannot be passed on',
  77: 'not allowed',
  78: 'configuration or state folder is wrong',
  79: 'the audit trail does not verify',
  130: 'a second Ctrl-C ended the program at once',
};

/** Text of docs/cli.md. @throws Error when an exit code has no meaning above */
export function renderCliDocs(): string {
  const program = createProgram();
  const leaves = program.commands.flatMap((command) => leavesOf(command, ''));
  return [
    HEADER,
    '## Options of every command\n',
    optionTable(program),
    ...leaves.map(({ path, command }) => renderCommand(path, command)),
    '## Exit codes\n',
    `| Code | Meaning | Errors |\n|---|---|---|\n${exitRows()}`,
  ].join('\n');
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leavesOf(command: Command, parent: string): readonly Leaf[] {
  const path = `${parent}${command.name()}`;
  return command.commands.length === 0 ? [{ path, command }] : command.commands.flatMap((child) => leavesOf(child, `${path} `));
}

function renderCommand(path: string, command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? ` <${shown}>` : ` [${shown}]`;
  });
  const extra = helpAfter(command);
  return [
    `## ${path}\n`,
    `    switchyard ${path}${args.join('')}\n`,
    `${command.description()}.\n`,
    ...(command.options.length > 0 ? [optionTable(command)] : []),
    ...extra,
  ].join('\n');
}

/** The remarks that a command prints below its options. */
function helpAfter(command: Command): readonly string[] {
  const written: string[] = [];
  const copy = command.configureOutput({ writeOut: (text) => void written.push(text) });
  copy.outputHelp();
  const [, ...rest] = written;
  const text = rest.join('').trim();
  return text === ''
    ? []
    : [
        `${text
          .split('\n')
          .map((line) => `    ${line}`)
          .join('\n')}\n`,
      ];
}

function optionTable(command: Command): string {
  const rows = command.options.map(({ flags, description, defaultValue }) => {
    const standard = defaultValue === undefined ? '' : ` (default: \`${[defaultValue].flat().join(' ')}\`)`;
    return `| \`${flags.replaceAll('|', '\\|')}\` | ${(description ?? '').replaceAll('|', '\\|')}${standard} |\n`;
  });
  return `| Option | Meaning |\n|---|---|\n${rows.join('')}`;
}

function exitRows(): string {
  const byCode = Map.groupBy(Object.entries(ERRORS), ([, { exitCode }]) => exitCode);
  const codes = [...new Set([...Object.keys(EXIT_MEANINGS).map(Number), ...byCode.keys()])].sort((a, b) => a - b);
  return codes
    .map((code) => {
      const meaning = EXIT_MEANINGS[code];
      if (meaning === undefined) throw new Error(`say in tools/build-cli-docs.ts what exit code ${code} means`);
      return `| ${code} | ${meaning} | ${(byCode.get(code) ?? []).map(([name]) => `\`${name}\``).join(', ')} |\n`;
    })
    .join('');
}

/** Where the file lies. */
export const cliDocsFile: string = join(root, 'docs/cli.md');

function main(): number {
  const text = renderCliDocs();
  if (!process.argv.includes('--check')) writeFileSync(cliDocsFile, text);
  const isCurrent = readFileSync(cliDocsFile, 'utf8') === text;
  if (!isCurrent) process.stderr.write('docs/cli.md is out of date; run: npm run docs:cli\n');
  return isCurrent ? 0 : 1;
}

if (import.meta.main) process.exitCode = main();
