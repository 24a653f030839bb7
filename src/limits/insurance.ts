/** @module limits/insurance: a node's share of the limits, for the time in which the nodes cannot count together. */
import type { LimitsConfig } from '../contracts/limits-config.ts';

/** The rates divided among the nodes, rounded down, at least one call a minute. Slots, queue and budgets are each node's own, or lie elsewhere. */
export function shareOf(config: LimitsConfig, nodes: number): LimitsConfig {
  if (nodes <= 1) return config;
  const share = (rate: number): number => Math.max(1, Math.floor(rate / nodes));
  const each = (rates: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, share(rate)]));
  return {
    ...config,
    roles: each(config.roles),
    principals: each(config.principals),
    classes: each(config.classes),
    sourcePerMinute: share(config.sourcePerMinute),
    burst: Math.floor(config.burst / nodes),
  };
}
