/** @module tools/orchestrator/code-checks: commands that check an output, as child calls of execute_code: under the caller's own rights, limits and records. */
import type { CheckResult, CheckRunner } from '../../contracts/orchestrator.ts';
import type { ToolContext } from '../../contracts/tool.ts';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';

/** Folder of the scratch folder that the output lies in. */
const FOLDER = 'orchestrator-check';
const FENCE = /```[^\n]*\n(.*?)```/s;
const SHOWN = 600;

/** Refusals that say nothing about the output. */
function isRefusal({ code }: AppError): boolean {
  return (
    code === 'SANDBOX_UNAVAILABLE' ||
    code === 'UNKNOWN_TARGET' ||
    code === 'PERMISSION_DENIED' ||
    code === 'SCOPE_MISSING' ||
    code === 'TARGET_DISABLED' ||
    code === 'QUOTA_EXCEEDED'
  );
}

/**
 * Runs each command with bash in the sandbox. `$OUTPUT` is a file with the whole output, `$CODE` one with its first fenced block (else
 * the whole). Exit code 0 passes. What may not or cannot run is `not_run`; after a compile that failed no tests run.
 */
export function codeChecks(context: Pick<ToolContext, 'call'>): CheckRunner {
  return {
    async run(output, { compile, tests }) {
      const results: CheckResult[] = [];
      for (const [check, command] of [
        ['compile', compile],
        ['tests', tests],
      ] as const) {
        if (command === undefined) continue;
        const isHopeless = results.some(({ status }) => status === 'failed');
        results.push(
          isHopeless ? { check, status: 'not_run', detail: 'not run: the output does not compile.' } : await runCheck(context, check, command, output),
        );
      }
      return results;
    },
  };
}

async function runCheck(context: Pick<ToolContext, 'call'>, check: CheckResult['check'], command: string, output: string): Promise<CheckResult> {
  const code = `export OUTPUT=/work/${FOLDER}/output CODE=/work/${FOLDER}/code\ncd /work/${FOLDER}\n${command}\n`;
  const files = [
    { path: `${FOLDER}/output`, content: output.toWellFormed() },
    { path: `${FOLDER}/code`, content: (FENCE.exec(output)?.[1] ?? output).toWellFormed() },
  ];
  try {
    const data = await context.call('execute_code', { language: 'bash', code, files });
    const { exit_code: exitCode, stdout, stderr, limits_hit: limits } = isObject(data) ? data : {};
    if (exitCode === 0) return { check, status: 'passed', detail: 'exit code 0.' };
    const said = `${String(stdout ?? '')}\n${String(stderr ?? '')}`.trim().slice(-SHOWN);
    const ended = typeof exitCode === 'number' ? `exit code ${exitCode}` : `ended by the sandbox (${Array.isArray(limits) ? limits.join(', ') : 'no reason'})`;
    return { check, status: 'failed', detail: `${ended}${said === '' ? '.' : `: ${said}`}` };
  } catch (thrown) {
    if (!AppError.is(thrown) || !isRefusal(thrown)) throw thrown;
    return { check, status: 'not_run', detail: `not run: ${thrown.code}: ${thrown.message}` };
  }
}
