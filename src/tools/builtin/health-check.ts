/** @module tools/builtin/health-check: does everything work, tried at this moment? */
import type { HealthCheck } from '../../contracts/status.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { Scope } from '../../core/scope.ts';
import { defineTool } from '../define-tool.ts';

/** Milliseconds one check may take. */
const CHECK_TIMEOUT_MS = 2_000;

interface CheckResult {
  readonly ok: boolean;
  readonly latency_ms: number;
  readonly error?: string;
}

/**
 * Runs all checks at once, each for at most two seconds. `degraded` when any fails. What a failed
 * check says goes to the client only if it was written for clients (an AppError).
 */
export function createHealthCheck(checks: readonly HealthCheck[]): ToolDefinition {
  return defineTool({
    name: 'health_check',
    title: 'Health check',
    description: 'Exercises authentication, file system, memory, audit log and state store, and reports each with its latency.',
    output: {
      type: 'object',
      properties: {
        status: { enum: ['healthy', 'degraded'] },
        checks: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            properties: { ok: { type: 'boolean' }, latency_ms: { type: 'number' }, error: { type: 'string' } },
            required: ['ok', 'latency_ms'],
          },
        },
      },
      required: ['status', 'checks'],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    metadata: { runtime: 'main', category: 'diagnostics', priority: 8, timeoutSeconds: 10 },
    inProcess: 'Asks the parts of the gateway how they are, which only its own process knows.',
    scopes: ['tools:read'],
    handler: async () => {
      const results = await Promise.all(checks.map(async (check): Promise<[string, CheckResult]> => [check.name, await exercise(check)]));
      return { status: results.every(([, { ok }]) => ok) ? 'healthy' : 'degraded', checks: Object.fromEntries(results) };
    },
  });
}

async function exercise(check: HealthCheck): Promise<CheckResult> {
  const before = performance.now();
  const latency = (): number => Math.round((performance.now() - before) * 1000) / 1000;
  using scope = new Scope({ timeoutMs: CHECK_TIMEOUT_MS });
  try {
    // Called inside an async function, so that a check that throws at once fails like one that rejects.
    await scope.race((async () => check.check())());
    return { ok: true, latency_ms: latency() };
  } catch (error) {
    return { ok: false, latency_ms: latency(), error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (AppError.is(error) && error.code === 'DEADLINE_EXCEEDED') return `DEADLINE_EXCEEDED: no answer within ${CHECK_TIMEOUT_MS} ms`;
  const { code, message } = toAppError(error);
  return `${code}: ${message}`;
}
