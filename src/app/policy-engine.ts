/** @module app/policy-engine: the engine that the configuration names. Cedar is loaded only where it is the one. */
import type { PolicyConfig } from '../contracts/policy-config.ts';
import type { ExplainingPolicy } from '../contracts/policy.ts';
import { AppError } from '../core/errors.ts';
import { compilePolicy } from '../policy/policy.ts';

let compileCedar: ((config: PolicyConfig) => ExplainingPolicy) | undefined;

/** To be awaited before a policy of this configuration is compiled. */
export async function preparePolicyEngine({ engine }: PolicyConfig): Promise<void> {
  if (engine === 'cedar') compileCedar ??= (await import('../policy/cedar/cedar-policy.ts')).compileCedarPolicy;
}

/** @throws AppError CONFIG_INVALID, CEDAR_MISSING */
export function compileConfiguredPolicy(config: PolicyConfig): ExplainingPolicy {
  if (config.engine !== 'cedar') return compilePolicy(config);
  if (!compileCedar) throw new AppError('NOT_RUNNING');
  return compileCedar(config);
}
