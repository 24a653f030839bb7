/** @module cli/commands/import: `switchyard import`. */
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { ImportOptions, ImportPlan, ImportRow } from '../../app/tasks/import.ts';
import type { FileChange } from '../../app/tasks/upstreams-file.ts';
import { AppError } from '../../core/errors.ts';
import { DEFAULT_CONFIG } from '../../config/defaults.ts';
import { action, placeOf, readConfig, type GlobalOptions } from '../command.ts';
import type { Output } from '../output.ts';
import { describeEntry, describeShown, diffLines, targetOf } from '../upstream-text.ts';
import { showAndApprove } from './add.ts';

interface GivenOptions {
  readonly from?: readonly string[];
  readonly project?: string;
  readonly user?: boolean;
  readonly here?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly approve?: boolean;
}

/** Registers the command. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Take the MCP servers of your clients into the configuration; secrets go into .env')
    .option('--from <client...>', 'only these: claude-code, claude-desktop, cursor, vscode, codex, gemini or windsurf')
    .option('--project <folder>', 'project whose files are read, too (default: the current folder)')
    .option('--user', 'write the configuration of the home, even if there is one here')
    .option('--here', 'write a configuration in the current folder, for `switchyard serve` there')
    .option('--dry-run', 'show the merge, write nothing')
    .option('--yes', 'write without asking')
    .option('--approve', 'then connect to what was added, show what it lists, and approve that (but what the scan finds suspicious)')
    .action(action((output, options, given: GivenOptions) => importServers(output, options, given)));
}

async function importServers(output: Output, globals: GlobalOptions, given: GivenOptions): Promise<void> {
  const { planImport, applyImport } = await import('../../app/tasks/import.ts');
  const options = await toOptions(globals, given);
  const plan = await planImport(options);
  const isChange = plan.after !== plan.file.text;
  const canAsk = process.stdin.isTTY === true && process.stdout.isTTY === true && !output.isJson;
  if (isChange && given.dryRun !== true && given.yes !== true) {
    if (!canAsk)
      throw new AppError('USAGE', {
        message: 'Nothing was written: nobody can be asked here.',
        fix: 'Add --yes to write, or --dry-run to see what would be written.',
      });
    process.stdout.write(`${describePlan(plan, output)}\n\n`);
    if (!(await confirm(`Write ${plan.file.label}? [y/N] `))) return output.result({ ...toJson(plan), changed: false }, 'Nothing was written.');
  }
  const change = given.dryRun === true ? undefined : await applyImport(plan, options);
  const fresh = plan.rows.flatMap(({ action: kind, upstream }) => (kind === 'added' && upstream !== null ? [upstream] : []));
  const listed = given.approve === true && change !== undefined && fresh.length > 0 ? await showAndApprove(options, plan.file.path, fresh) : [];
  const wasShown = isChange && given.dryRun !== true && given.yes !== true;
  output.result(
    {
      ...toJson(plan),
      changed: change?.isChanged ?? false,
      backup: change?.backup ?? null,
      warnings: [...warningsOf(plan), ...(change?.warnings ?? [])],
      listed,
    },
    () => [...(wasShown ? [] : [describePlan(plan, output), '']), ...describeOutcome(plan, change, output), ...describeShown(listed)].join('\n'),
  );
}

async function toOptions(globals: GlobalOptions, { from, project, user, here }: GivenOptions): Promise<ImportOptions> {
  const { parseClientId } = await import('../../app/tasks/import.ts');
  const { platform } = process;
  return {
    ...placeOf(globals),
    cwd: process.cwd(),
    env: process.env,
    target: targetOf(user, here),
    survey: {
      clients: from?.flatMap((names) => names.split(',')).map(parseClientId),
      homeDirectory: homedir(),
      projectDirectory: resolve(project ?? '.'),
      platform: platform === 'win32' || platform === 'darwin' ? platform : 'linux',
      environment: process.env,
    },
    own: { script: resolve(process.argv[1] ?? ''), port: await portOf(globals) },
  };
}

/** A file that is missing or broken has its own error where it is opened. */
async function portOf(globals: GlobalOptions): Promise<number> {
  return await readConfig(globals).then(
    ({ config }) => config.server.port,
    () => DEFAULT_CONFIG.server.port,
  );
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

function toJson({ file, rows, problems, files, variables }: ImportPlan): Record<string, unknown> {
  return { file: file.path, isNew: file.isNew, servers: rows, problems, files, envFile: variables.length === 0 ? null : file.envPath, variables };
}

const warningsOf = ({ files }: ImportPlan): readonly string[] => files.flatMap(({ warnings }) => warnings);

const ACTIONS: Readonly<Record<ImportRow['action'], string>> = { added: 'add', present: 'is there', held: 'not yet', ours: 'left out' };

function describePlan(plan: ImportPlan, output: Output): string {
  const rows = plan.rows.map(({ action: kind, upstream, entry, from }) => [
    upstream ?? from[0]?.name ?? '',
    ACTIONS[kind],
    kind === 'ours' ? 'Switchyard itself' : describeEntry(entry),
    [...new Set(from.map(({ client, scope }) => (scope === 'user' ? client : `${client} (${scope})`)))].join(', '),
  ]);
  const remarks = plan.rows.flatMap(({ upstream, notes, reason }) =>
    [...notes, ...(reason === null ? [] : [reason])].map((note) => `  ${upstream ?? ''}: ${note}`),
  );
  const problems = plan.problems.map(({ path, name, message }) => `  ${name === null ? '' : `${path}, ${JSON.stringify(name)}: `}${message}`);
  const diff = diffLines(plan.file.isNew ? '' : plan.file.text, plan.after);
  return [
    plan.rows.length === 0 ? 'No client has a server.' : output.table([['SERVER', '', 'REACHED BY', 'FROM'], ...rows]),
    ...section('Remarks', remarks.map(plain), output),
    ...section('Not understood', problems.map(plain), output),
    ...section(
      'Warnings',
      warningsOf(plan).map((warning) => plain(`  ${warning}`)),
      output,
    ),
    ...section(
      `Into ${plan.file.label}${plan.file.isNew ? ' (new)' : ''}`,
      plan.after === plan.file.text ? [] : diff.map((line) => colour(line, output)),
      output,
    ),
    ...section(
      `Into ${plan.file.envPath}, readable by you alone`,
      plan.variables.map((name) => `  ${name}`),
      output,
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[], output: Output): readonly string[] {
  return lines.length === 0 ? [] : ['', output.style('bold', title), ...lines];
}

/** What clients wrote reaches the terminal without its control characters. */
const plain = (line: string): string => line.replace(/\p{Cc}/gu, ' ');

function colour(line: string, output: Output): string {
  return line.startsWith('+') ? output.style('green', line) : line.startsWith('-') ? output.style('red', line) : line;
}

function describeOutcome(plan: ImportPlan, change: FileChange | undefined, output: Output): readonly string[] {
  if (plan.after === plan.file.text) return ['Nothing to change.'];
  if (change === undefined) return ['Nothing was written (--dry-run).'];
  return [
    `${output.style('green', 'Wrote')} ${plan.file.label}`,
    ...(change.backup === null ? [] : [`The file as it was: ${change.backup}`]),
    ...change.warnings,
    ...(dirname(plan.file.path) === plan.file.home
      ? []
      : ['A gateway that a client starts by itself does not read this file: keep `switchyard serve` running here, or use --user.']),
    'Next: switchyard serve, then switchyard connect <client>. The clients keep their own entries until you remove them.',
  ];
}
