/** @module cli/commands/doctor: `switchyard doctor`. */
import type { Command } from 'commander';
import type { Finding } from '../../app/doctor/doctor.ts';
import { action, placeOf } from '../command.ts';
import type { Output } from '../output.ts';

/** Exit code when something fails; warnings alone are 0. */
const SOMETHING_FAILS = 1;

/** Registers the command. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Look for what is wrong, and say how to mend it')
    .option('--fix', 'repair what is safe to repair: permissions of our own files, what a killed gateway left')
    .addHelpText(
      'after',
      '\nExit code: 0 = nothing fails (warnings allowed), 1 = something fails.\nMakes one real call of each built-in tool; they are recorded like all others.',
    )
    .action(
      action(async (output, options, given: { readonly fix?: boolean }) => {
        const [{ examine }, { examineStdio }] = await Promise.all([import('../../app/doctor/doctor.ts'), import('../stdio-probe.ts')]);
        const findings = [...(await examine(placeOf(options), { isFixing: given.fix === true })), await examineStdio(process.argv[1] ?? '', options.config)];
        const hasFailed = findings.some(({ level }) => level === 'fail');
        output.result({ ok: !hasFailed, findings }, () => describe(findings, output));
        return hasFailed ? SOMETHING_FAILS : 0;
      }),
    );
}

function describe(findings: readonly Finding[], output: Output): string {
  const marks = { ok: output.style('green', 'ok  '), warn: output.style('yellow', 'warn'), fail: output.style('red', 'FAIL') };
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  return [
    ...findings.flatMap(({ id, level, message, fix }) => [
      `${marks[level]}  ${output.style('bold', id)}: ${clean(message)}`,
      ...(fix === null ? [] : [`      fix: ${clean(fix)}`]),
    ]),
    '',
    `${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures.`,
  ].join('\n');
}

/** Findings quote files and names of others. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
