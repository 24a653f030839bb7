/** @module tools/code/run-command: programs that the operator lists, in the sandbox, without a shell. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { AppError } from '../../core/errors.ts';
import { compileNames } from '../../core/name-pattern.ts';
import { defineTool } from '../define-tool.ts';
import { type CodePorts, RUN_PROPERTIES, type RunInput, runProgram, runTraits, timeoutOf, type WireOutcome } from './code-fields.ts';

interface CommandInput extends RunInput {
  readonly argv: readonly string[];
}

const ANY_MORE = '**';

/**
 * The program and its arguments go to the system as they are. Two lists must let them through: `sandbox.commands`, by a pattern
 * for each argument, and the policy, by SYSTEM_COMMAND on the program with the whole command line as parameter `command`.
 */
export function createRunCommand(ports: CodePorts): ToolDefinition {
  return defineTool<CommandInput, WireOutcome>({
    name: 'run_command',
    title: 'Run a command',
    description:
      'Runs a program of the allow-list with its arguments in a sandbox without network; no shell interprets them. /work stays for the next run of the same caller.',
    input: {
      type: 'object',
      properties: {
        argv: {
          type: 'array',
          minItems: 1,
          maxItems: 256,
          items: { type: 'string', maxLength: 8192, pattern: '^[^\\u0000]*$' },
          description: 'The program, then its arguments.',
        },
        ...RUN_PROPERTIES,
      },
      required: ['argv'],
      additionalProperties: false,
    },
    ...runTraits(ports),
    permissions: (input) => [
      { type: 'SYSTEM_COMMAND', resource: input.argv[0] ?? '', parameters: { command: commandLine(input.argv), timeout: timeoutOf(ports, input) } },
    ],
    handler: async (input, context) => {
      if (!isAllowed(input.argv, ports.commands())) {
        throw new AppError('COMMAND_NOT_ALLOWED', { message: `The command is not on the allow-list: ${commandLine(input.argv).slice(0, 200)}` });
      }
      return await runProgram(ports, 'run_command', { kind: 'command', argv: input.argv }, input, context);
    },
  });
}

/** One spelling for each list of arguments: what has characters other than these is quoted, so that two lists never look the same. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : JSON.stringify(argument))).join(' ');
}

/** Whether one of the patterns matches every argument. `*` stands for any characters within one argument. */
export function isAllowed(argv: readonly string[], patterns: readonly (readonly string[])[]): boolean {
  return patterns.some((pattern) => {
    const isOpen = pattern.at(-1) === ANY_MORE;
    const fixed = isOpen ? pattern.slice(0, -1) : pattern;
    if (fixed.length === 0 || argv.length < fixed.length || (!isOpen && argv.length > fixed.length)) return false;
    return fixed.every((part, index) => compileNames([part])(argv[index] ?? ''));
  });
}
