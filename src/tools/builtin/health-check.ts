/** @module tools/builtin/health-check: T2. */
import { describeError, AppError } from '../../core/errors.ts';
import type { HealthCheck } from '../../contracts/status.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';

/** A check that has not ended by then has failed. */
const CHECK_TIMEOUT_MS = 2000;

interface CheckResult {
  readonly ok: boolean;
  readonly latency_ms: number;
  readonly error: string | null;
}

/** Really exercises every check given, all at once. */
export function createHealthCheck(checks: readonly HealthCheck[]): ToolDefinition {
  return {
    name: 'health_check',
    title: 'Health check',
    description: 'Exercise the parts of the gateway (authentication, files, memory, audit, storage) and report which work.',
    output: {
      type: 'object',
      required: ['status', 'checks'],
      properties: {
        status: { enum: ['healthy', 'degraded'] },
        checks: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['ok', 'latency_ms', 'error'],
            properties: { ok: { type: 'boolean' }, latency_ms: { type: 'number' }, error: { type: ['string', 'null'] } },
          },
        },
      },
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    metadata: { category: 'system', timeoutSeconds: 10 },
    scopes: ['tools:ping'],
    async handler() {
      const results = await Promise.all(checks.map(async (check) => [check.name, await exercise(check)] as const));
      const status = results.every(([, { ok }]) => ok) ? 'healthy' : 'degraded';
      return { status, checks: Object.fromEntries(results) };
    },
  };
}

async function exercise({ check }: HealthCheck): Promise<CheckResult> {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError('DEADLINE_EXCEEDED', { message: `No answer within ${CHECK_TIMEOUT_MS} ms.` })), CHECK_TIMEOUT_MS);
  });
  const latency = (): number => Math.round((performance.now() - startedAt) * 100) / 100;
  try {
    await Promise.race([check(), timeout]);
    return { ok: true, latency_ms: latency(), error: null };
  } catch (error) {
    // Other errors' texts may name paths of the machine.
    return { ok: false, latency_ms: latency(), error: AppError.is(error) ? describeError(error) : 'INTERNAL: the check failed' };
  } finally {
    clearTimeout(timer);
  }
}
