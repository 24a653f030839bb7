/** @module cli/commands/config: `switchyard config check|schema|diff|fmt|cedar`. */
import type { Command } from 'commander';
import { AppError, toAppError } from '../../core/errors.ts';
import type { ConfigChange } from '../../config/diff.ts';
import type { ConfigSource } from '../../config/load.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import { action, namedHome, readConfig, type GlobalOptions } from '../command.ts';
import type { Output } from '../output.ts';

/** Exit code of `fmt --check` when a file would change: a finding, not an error. */
const WOULD_CHANGE = 1;

/** Registers the commands. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('The configuration: check, schema, diff, fmt, cedar');
  config
    .command('check [file]')
    .description('Is the configuration valid? Names each problem with its line, cause and fix')
    .action(action((output, options, file: string | undefined) => check(output, withFile(options, file))));
  config
    .command('schema')
    .description('Print the JSON Schema of the configuration')
    .action(
      action(async (output) => {
        const { configJsonSchema } = await import('../../config/json-schema.ts');
        const schema = configJsonSchema();
        output.result(schema, () => JSON.stringify(schema, null, 2));
      }),
    );
  config
    .command('diff [other]')
    .description('What differs from the defaults, or from another file')
    .action(action((output, options, other: string | undefined) => diff(output, options, other)));
  config
    .command('fmt [file]')
    .description('Write the file in one style; comments and values stay')
    .option('--check', 'only say whether the file would change (exit code 1)')
    .action(
      action((output, options, file: string | undefined, given: { readonly check?: boolean }) => format(output, withFile(options, file), given.check === true)),
    );
  config
    .command('cedar')
    .description('Print roles and rules as Cedar policies that decide the same')
    .option('--schema', 'print the schema that every Cedar policy is checked against')
    .action(
      action(async (output, options, given: { readonly schema?: boolean }) => {
        const { policyAsCedar } = await import('../../app/tasks/cedar.ts');
        const { config: loaded } = await readConfig(options);
        const told = policyAsCedar(loaded.policy);
        output.result(told, given.schema === true ? `${told.builtinSchema}${told.schema}` : told.policies);
      }),
    );
}

function withFile(options: GlobalOptions, file: string | undefined): GlobalOptions {
  return file === undefined ? options : { ...options, config: file };
}

async function check(output: Output, options: GlobalOptions): Promise<number> {
  const { formatPlace, problemsOf } = await import('../../config/problem.ts');
  const lines = (problems: readonly ConfigProblem[]): string =>
    problems.map((problem) => `${output.style('bold', clean(formatPlace(problem)))}: ${clean(problem.message)}\n  fix: ${clean(problem.fix)}`).join('\n');
  try {
    const { file, sources, warnings } = await readConfig(options);
    const text = (): string =>
      [`${output.style('green', 'valid')}: ${describeSources(sources)}`, ...(warnings.length === 0 ? [] : [lines(warnings)])].join('\n');
    output.result({ isValid: true, file, sources, warnings, problems: [] }, text);
    return 0;
  } catch (thrown) {
    const error = toAppError(thrown);
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    output.result({ isValid: false, code: error.code, problems }, () => `${output.style('red', error.code)}\n${lines(problems)}`);
    return error.facts.exitCode;
  }
}

async function diff(output: Output, options: GlobalOptions, other: string | undefined): Promise<void> {
  const [{ diffConfig }, { DEFAULT_CONFIG }] = await Promise.all([import('../../config/diff.ts'), import('../../config/defaults.ts')]);
  const { config: mine } = await readConfig(options);
  // From the defaults to mine, but from mine to the other: the argument is what one thinks of changing to.
  const changes = other === undefined ? diffConfig(DEFAULT_CONFIG, mine) : diffConfig(mine, (await readConfig({ ...options, config: other })).config);
  output.result({ changes }, () => (changes.length === 0 ? 'No difference.' : changes.map((change) => describeChange(change, output)).join('\n')));
}

async function format(output: Output, options: GlobalOptions, isCheck: boolean): Promise<number> {
  const [{ formatConfig }, { namedConfig, readBytes, searchConfig }, { replaceFile }] = await Promise.all([
    import('../../config/format.ts'),
    import('../../config/locate.ts'),
    import('../../config/replace-file.ts'),
  ]);
  const cwd = process.cwd();
  const found = options.config === undefined ? searchConfig([cwd, namedHome(options).root], cwd).found : namedConfig(options.config, cwd);
  if (!found) throw new AppError('CONFIG_NOT_FOUND', { message: 'There is no configuration file here or in the home.' });
  const { bytes } = readBytes(found);
  const text = await formatConfig(found.path, bytes, found.label);
  const isChanged = !bytes.equals(Buffer.from(text));
  if (isChanged && !isCheck) replaceFile(found.path, text);
  const verb = isChanged ? (isCheck ? 'would be formatted' : 'formatted') : 'is formatted already';
  output.result({ file: found.path, isChanged }, `${found.label} ${verb}.`);
  return isChanged && isCheck ? WOULD_CHANGE : 0;
}

function describeSources(sources: readonly ConfigSource[]): string {
  const over = sources.filter(({ kind }) => kind !== 'defaults').map(describeSource);
  return over.length === 0 ? 'the defaults, without a file' : over.join(', then ');
}

function describeSource(source: ConfigSource): string {
  if (source.kind === 'environment') return source.variables.join(', ');
  return 'path' in source ? source.path : source.kind;
}

function describeChange({ pointer, before, after, needsRestart }: ConfigChange, output: Output): string {
  const name = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const values = `${output.style('red', JSON.stringify(before))} → ${output.style('green', JSON.stringify(after))}`;
  return `${output.style('bold', name)}: ${values}${needsRestart ? output.style('yellow', '  (next start)') : ''}`;
}

/** Names and values come from a file that may be anybody's: no control characters reach the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
