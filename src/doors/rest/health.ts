/** @module doors/rest/health: what probes ask, and everybody may know. Loads nothing, waits for nothing. */
import { AppError } from '../../core/errors.ts';
import { rfc3339, type Clock } from '../../core/clock.ts';
import type { HttpMount } from '../../contracts/http.ts';
import type { Readiness } from '../../contracts/readiness.ts';
import { writeError, writeJson } from '../http/answer.ts';
import { readCorrelationId } from '../http/correlation.ts';
import { allowedMethods, isMethodOf, type RouteFacts } from '../http/route.ts';

/** What the probes report. */
export interface HealthPorts {
  readonly version: string;
  readonly readiness: Readiness;
  readonly clock: Pick<Clock, 'now'>;
}

const STEPS = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'state', 'ms'],
    properties: { name: { type: 'string' }, state: { enum: ['waiting', 'running', 'done', 'failed'] }, ms: { type: ['number', 'null'] } },
  },
};

/** The probes. */
export const HEALTH_ROUTES = [
  {
    method: 'GET',
    path: '/health',
    policy: 'public',
    operationId: 'health',
    summary: 'Whether the process is alive',
    operation: {
      responses: {
        200: {
          description: 'It is.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['status', 'service', 'version', 'timestamp'],
                properties: {
                  status: { const: 'healthy' },
                  service: { const: 'switchyard' },
                  version: { type: 'string' },
                  timestamp: { type: 'string', format: 'date-time' },
                },
              },
            },
          },
        },
      },
    },
  },
  {
    method: 'GET',
    path: '/health/ready',
    policy: 'public',
    operationId: 'ready',
    summary: 'Whether calls are served, and the steps of start and stop',
    operation: {
      responses: Object.fromEntries(
        [
          [200, 'Ready.'],
          [503, 'Not yet, or no longer.'],
        ].map(([status, description]) => [
          status,
          {
            description,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['ready', 'phase', 'start', 'stop', 'timestamp'],
                  properties: {
                    ready: { type: 'boolean' },
                    phase: { enum: ['new', 'starting', 'ready', 'stopping', 'stopped', 'failed'] },
                    start: STEPS,
                    stop: STEPS,
                    timestamp: { type: 'string', format: 'date-time' },
                  },
                },
              },
            },
          },
        ]),
      ),
    },
  },
] as const satisfies readonly RouteFacts[];

/** GET /health and GET /health/ready, also while the gateway stops. Neither takes the road: neither tells a secret nor does anything. */
export function createHealthMount({ version, readiness, clock }: HealthPorts): HttpMount {
  const health = (): unknown => ({ status: 'healthy', service: 'switchyard', version, timestamp: rfc3339(clock.now()) });
  const ready = (): unknown => {
    const { phase, up, down } = readiness();
    return { ready: phase === 'ready', phase, start: up, stop: down, timestamp: rfc3339(clock.now()) };
  };
  return {
    name: 'health',
    isProbe: true,
    owns: (path) => path === '/health' || path === '/health/ready',
    handle({ request, response, path }) {
      if (!HEALTH_ROUTES.some((route) => route.path === path && isMethodOf(route, request.method))) {
        writeError(response, new AppError('METHOD_NOT_ALLOWED'), readCorrelationId(request.headers), { Allow: allowedMethods(HEALTH_ROUTES.slice(0, 1)) });
      } else if (path === '/health') writeJson(response, 200, health());
      else writeJson(response, readiness().phase === 'ready' ? 200 : 503, ready());
    },
  };
}
