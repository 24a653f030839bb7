/** @module models/guardrails/guard: the way to the guardrails, which are loaded at the first call that has any. */
import type { CallContext } from '../../contracts/call.ts';
import type { GuardrailsConfig } from '../../contracts/guardrails-config.ts';
import type { Answering } from '../answering.ts';
import type { GuardrailPorts, Guardrails } from './guardrails.ts';

/** The step around the next one. Without rules, it is the next one. */
export function createGuard(config: GuardrailsConfig, ports: GuardrailPorts): (context: CallContext, next: Answering) => Answering {
  if (Object.keys(config.rules).length === 0) return (_context, next) => next;
  let loading: Promise<Guardrails> | undefined;
  const load = async (): Promise<Guardrails> => (await import('./guardrails.ts')).createGuardrails(config, ports);
  return (context, next) => async (input, emit) => {
    const guardrails = await (loading ??= load());
    return await guardrails.around(context, next)(input, emit);
  };
}

/** Addresses that webhooks of the rules are asked at. */
export function webhooksOf({ rules }: GuardrailsConfig): readonly string[] {
  return Object.values(rules).flatMap(({ url }) => (url === null ? [] : [url]));
}
