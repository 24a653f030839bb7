/** @module upstreams/connection/parts: notifications of an upstream as parts of the call they belong to. */
import type { LogLevel, StreamPart } from '../../contracts/call.ts';
import type { JsonObject } from '../../core/json.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const MAX_TEXT = 4096;

/** Progress or a log message; undefined for anything else. Texts are cut. */
export function readPart(method: string, params: JsonObject): StreamPart | undefined {
  if (method === 'notifications/progress') {
    const { progress, total, message } = params;
    if (typeof progress !== 'number' || !Number.isFinite(progress)) return undefined;
    return {
      type: 'progress',
      progress,
      total: typeof total === 'number' && Number.isFinite(total) ? total : undefined,
      message: typeof message === 'string' ? message.slice(0, MAX_TEXT) : undefined,
    };
  }
  if (method !== 'notifications/message') return undefined;
  const level = LEVELS.find((known) => known === params['level']);
  const { logger, data } = params;
  return level && { type: 'log', level, logger: typeof logger === 'string' ? logger.slice(0, MAX_TEXT) : undefined, data };
}
