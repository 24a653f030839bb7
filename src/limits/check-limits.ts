/** @module limits/check-limits: numbers that would switch a limit off are no numbers. */
import { AppError } from '../core/errors.ts';
import { MAX_CONCURRENCY, MAX_PER_MINUTE, type LimitsConfig } from '../contracts/limits-config.ts';

/** @throws AppError CONFIG_INVALID naming the key and its range */
export function checkLimits({ roles, principals, classes, sourcePerMinute, burst, concurrency, queue }: LimitsConfig): void {
  for (const [name, listed] of Object.entries({ roles, classes })) {
    if (Object.keys(listed).length === 0) throw new AppError('CONFIG_INVALID', { message: `limits.${name}: needs at least one entry.` });
    for (const [key, value] of Object.entries(listed)) ensure(value, 1, MAX_PER_MINUTE, `${name}.${key}`);
  }
  for (const [key, value] of Object.entries(principals)) ensure(value, 1, MAX_PER_MINUTE, `principals.${key}`);
  ensure(sourcePerMinute, 1, MAX_PER_MINUTE, 'sourcePerMinute');
  ensure(burst, 0, MAX_PER_MINUTE, 'burst');
  ensure(concurrency, 1, MAX_CONCURRENCY, 'concurrency');
  ensure(queue, 0, MAX_CONCURRENCY, 'queue');
}

function ensure(value: number, min: number, max: number, key: string): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new AppError('CONFIG_INVALID', { message: `limits.${key}: a whole number from ${min} to ${max}; limits can be raised, not switched off.` });
  }
}
