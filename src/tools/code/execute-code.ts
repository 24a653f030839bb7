/** @module tools/code/execute-code: code of the caller in one of three languages, in the sandbox. */
import type { SandboxLanguage } from '../../contracts/sandbox.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import { defineTool } from '../define-tool.ts';
import { CODE, type CodePorts, RUN_PROPERTIES, type RunInput, runProgram, runTraits, timeoutOf, type WireOutcome } from './code-fields.ts';

interface CodeInput extends RunInput {
  readonly language: SandboxLanguage;
  readonly code: string;
}

/** Node and bash need the level native; elsewhere the answer is SANDBOX_UNAVAILABLE with the reason. */
export function createExecuteCode(ports: CodePorts): ToolDefinition {
  return defineTool<CodeInput, WireOutcome>({
    name: 'execute_code',
    title: 'Run code',
    description: 'Runs Python, Node.js or bash code in a sandbox without network. Files in /work stay for the next run of the same caller.',
    input: {
      type: 'object',
      properties: {
        language: { enum: ['python', 'node', 'bash'], description: 'Of the code.' },
        code: { ...CODE, description: 'Source.' },
        ...RUN_PROPERTIES,
      },
      required: ['language', 'code'],
      additionalProperties: false,
    },
    ...runTraits(ports),
    permissions: (input) => [
      {
        type: 'CODE_EXECUTION',
        resource: input.language,
        parameters: { timeout: timeoutOf(ports, input), size: Buffer.byteLength(input.code), language: input.language },
      },
    ],
    handler: (input, context) => runProgram(ports, 'execute_code', { kind: 'code', language: input.language, code: input.code }, input, context),
  });
}
