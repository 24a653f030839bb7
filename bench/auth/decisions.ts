/** What a decision of each engine costs, in CPU of this process, in turns: the same policy, callers, tools and arguments. */
import { DEFAULT_POLICY } from '../../src/contracts/policy-config.ts';
import type { Policy } from '../../src/contracts/policy.ts';
import type { Principal } from '../../src/contracts/principal.ts';
import type { Target } from '../../src/contracts/target.ts';
import { createCedarPolicy } from '../../src/policy/cedar/cedar-policy.ts';
import { loadCedar } from '../../src/policy/cedar/cedar-library.ts';
import { rolesToCedar } from '../../src/policy/cedar/from-roles.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { median, spread } from '../measure.ts';

const principal: Principal = Object.freeze({
  id: 'key:0123456789ab',
  kind: 'user',
  clientId: 'key:0123456789ab',
  tenant: null,
  roles: Object.freeze(['developer']),
  scopes: null,
  models: null,
  budgets: Object.freeze([]),
  method: 'api-key',
  expiresAt: null,
});
const traits = { isReadOnly: true, timeoutMs: 1000, takesSlot: true, priority: 5 };
const run: Target['run'] = () => ({ type: 'result', value: null });
const plain: Target = { kind: 'tool', name: 'ping', access: { scopes: ['tools:ping'] }, traits, run };
const file: Target = {
  kind: 'tool',
  name: 'read_file',
  access: { scopes: ['tools:read'], permissions: (input) => [{ type: 'FILE_READ', resource: (input as { readonly path: string }).path }] },
  traits,
  run,
};
const MIN_SLICE_MS = 50;

/** Microseconds of CPU for one decision; `next` makes the arguments of each. */
function costOf(policy: Policy, target: Target, next: (count: number) => unknown, sliceMs: number): number {
  const began = process.cpuUsage();
  const end = performance.now() + sliceMs;
  let count = 0;
  do {
    for (let step = 0; step < 50; step += 1) {
      if (!policy.decide(principal, target, next(count)).isAllowed) throw new Error(`${target.name} is not allowed`);
      count += 1;
    }
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / count;
}

/** `cedarDecisionUs` is one that was never asked before: a file with a new name. `…Known…` is one that was. */
export async function measureDecisions(
  { rounds, durationMs }: { readonly rounds: number; readonly durationMs: number },
  print: (text: string) => void,
): Promise<Readonly<Record<string, number | null>>> {
  const rbac = compilePolicy(DEFAULT_POLICY);
  const cedar = createCedarPolicy(DEFAULT_POLICY, [{ label: 'roles.cedar', text: rolesToCedar(DEFAULT_POLICY).policies }], undefined, loadCedar());
  const slice = Math.max(MIN_SLICE_MS, durationMs / 8);
  let made = 0;
  const fresh = (): unknown => {
    made += 1;
    return { path: `docs/${made}` };
  };
  const known = { path: 'docs/a' };
  const figures: Readonly<Record<string, () => number>> = {
    rbacPlainDecisionUs: () => costOf(rbac, plain, () => known, slice),
    rbacDecisionUs: () => costOf(rbac, file, fresh, slice),
    cedarDecisionUs: () => costOf(cedar, file, fresh, slice),
    cedarKnownDecisionUs: () => costOf(cedar, file, () => known, slice),
  };
  const values: Record<string, number[]> = Object.fromEntries(Object.keys(figures).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, measure] of Object.entries(figures)) {
      const cost = measure();
      // The first round is for the compiler.
      if (round > 0) values[name]?.push(cost);
    }
  }
  for (const [name, costs] of Object.entries(values)) print(`${name}: ${spread(costs, 3)}`);
  return Object.fromEntries(Object.entries(values).map(([name, costs]) => [name, Number(median(costs).toFixed(3))]));
}
