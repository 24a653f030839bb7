/** Sandboxes that run nothing, for tests of what stands around them. */
import type { Sandbox, SandboxAnswer, SandboxRequest, SandboxLimit } from '../../src/contracts/sandbox.ts';
import { AppError } from '../../src/core/errors.ts';
import type { CodePorts } from '../../src/tools/code/code-fields.ts';

/** Ports where every run is refused. */
export function noSandbox(): CodePorts {
  return {
    sandbox: () => Promise.reject(new AppError('SANDBOX_UNAVAILABLE')),
    timeoutSeconds: () => 30,
    commands: () => [],
    recordViolation: () => Promise.resolve(),
  };
}

export const OUTCOME: SandboxAnswer = { stdout: 'out', stderr: '', result: null, exitCode: 0, limitsHit: [], durationMs: 1, level: 'native', filesWritten: [] };

export interface ScriptedSandbox {
  readonly ports: CodePorts;
  readonly requests: SandboxRequest[];
  /** `tool limits level` of each violation that was recorded. */
  readonly violations: string[];
}

/** A sandbox that answers what the script says. */
export function scriptedSandbox({
  answer = () => OUTCOME,
  commands = [],
}: {
  readonly answer?: (request: SandboxRequest) => SandboxAnswer;
  readonly commands?: readonly (readonly string[])[];
} = {}): ScriptedSandbox {
  const requests: SandboxRequest[] = [];
  const violations: string[] = [];
  const sandbox: Sandbox = {
    status: () => Promise.resolve({ level: 'native', detail: '', fix: null, languages: ['python', 'node', 'bash'], limitsBy: [] }),
    async run(request) {
      requests.push(request);
      const made = answer(request);
      if (made.stdout !== '') request.onOutput?.('stdout', made.stdout);
      if (made.limitsHit.length > 0) await request.onViolation?.(made.limitsHit, made.level);
      return made;
    },
    scratchOf: () => '/scratch',
    close: () => Promise.resolve(),
  };
  return {
    requests,
    violations,
    ports: {
      sandbox: () => Promise.resolve(sandbox),
      timeoutSeconds: () => 30,
      commands: () => commands,
      recordViolation: (_context, tool, limits: readonly SandboxLimit[], level) => {
        violations.push(`${tool} ${limits.join('+')} ${level}`);
        return Promise.resolve();
      },
    },
  };
}
