/** @module tools/code/execute-python: Python of the caller, in the sandbox. */
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { CODE, type CodePorts, RUN_PROPERTIES, type RunInput, runProgram, runTraits, timeoutOf, type WireOutcome } from './code-fields.ts';

interface PythonInput extends RunInput {
  readonly code: string;
}

/** A program that fails is an answer with its exit code, not a failure of the tool. */
export function createExecutePython(ports: CodePorts): ToolDefinition {
  return defineTool<PythonInput, WireOutcome>({
    name: 'execute_python',
    title: 'Run Python',
    description:
      'Runs Python code in a sandbox without network and returns what it prints and the value of its last expression. Files in /work stay for the next run of the same caller.',
    input: {
      type: 'object',
      properties: { code: { ...CODE, description: 'Python 3 source.' }, ...RUN_PROPERTIES },
      required: ['code'],
      additionalProperties: false,
    },
    ...runTraits(ports),
    permissions: (input) => [
      { type: 'CODE_EXECUTION', resource: 'python', parameters: { timeout: timeoutOf(ports, input), size: Buffer.byteLength(input.code), language: 'python' } },
    ],
    handler: (input, context) => runProgram(ports, 'execute_python', { kind: 'code', language: 'python', code: input.code }, input, context),
  });
}
