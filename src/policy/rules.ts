/** @module policy/rules: the exceptions to the roles. */
import { AppError } from '../core/errors.ts';
import type { PolicyRule } from '../contracts/policy-config.ts';
import type { Principal } from '../contracts/principal.ts';
import type { ApprovalNeed } from '../contracts/policy.ts';
import { type ArgumentCheck, compileArgumentLimits } from './argument-limits.ts';
import { compileDenial, compileGrant, type EffectMatch } from './effects.ts';
import { compileGlobs, foldName, type Glob } from './glob.ts';
import type { Role } from './roles.ts';

const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const KINDS: readonly string[] = ['tool', 'resource', 'prompt', 'completion', 'catalog', 'subscription', 'admin', 'model', 'task'];

/** A compiled rule. */
export interface Rule {
  /** `allow:<id>`, `deny:<id>` or `ask:<id>`. */
  readonly name: string;
  readonly effect: PolicyRule['effect'];
  readonly reason: string;
  concerns(principal: Principal): boolean;
  /** On `kind:name`. */
  readonly reaches: Glob;
  /** The same on `kind:name` without case, see other-spellings.ts. Never of an allow. */
  readonly reachesSpelling: Glob;
  /** Absent: the rule is about the target itself. */
  readonly effects?: EffectMatch | undefined;
  /** What of the arguments is beyond `within` (an allow then gives nothing) or `unless` (a deny or an ask then acts). Absent: the arguments do not matter. */
  readonly excess?: ArgumentCheck | undefined;
  /** Only of an ask. */
  readonly approval?: Omit<ApprovalNeed, 'rules'> | undefined;
}

const DEFAULT_USES = 1;
const DEFAULT_VALID_SECONDS = 600;
const REASONS: Readonly<Record<PolicyRule['effect'], (name: string) => string>> = {
  allow: (name) => `The rule ${name} allows it.`,
  deny: (name) => `The rule ${name} forbids it.`,
  ask: (name) => `The rule ${name} wants a person to approve it.`,
};

/**
 * The rules in the order of their names, so that the order they are written in decides nothing, not
 * even which of two denials is reported.
 *
 * @throws AppError CONFIG_INVALID
 */
export function compileRules(rules: readonly PolicyRule[], roles: ReadonlyMap<string, Role>): readonly Rule[] {
  const ids = new Set<string>();
  for (const { id } of rules) {
    if (ids.has(id)) throw new AppError('CONFIG_INVALID', { message: `policy.rules: two rules have the id ${JSON.stringify(id)}.` });
    ids.add(id);
  }
  return rules.map((rule) => compileRule(rule, roles)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function compileRule(rule: PolicyRule, roles: ReadonlyMap<string, Role>): Rule {
  const { id, effect, targets, reason, approval } = rule;
  const where = `policy.rules.${id}`;
  checkShape(rule, roles, where);
  const name = `${effect}:${id}`;
  const excess = compileArguments(rule, where);
  return {
    name,
    effect,
    reason: reason ?? REASONS[effect](name),
    concerns: compileSubject(rule, roles, where),
    reaches: compileGlobs(targets, `${where}.targets`),
    reachesSpelling: effect === 'allow' ? () => false : compileGlobs(targets.map(foldName), `${where}.targets`),
    effects: compileEffects(rule, where, excess),
    excess,
    approval:
      effect === 'ask'
        ? { by: approval?.by ?? 'caller', uses: approval?.uses ?? DEFAULT_USES, validSeconds: approval?.validSeconds ?? DEFAULT_VALID_SECONDS }
        : undefined,
  };
}

function checkShape(
  { id, effect, targets, roles: names, principals, clients, permissions, resources, limits, within, unless, approval }: PolicyRule,
  roles: ReadonlyMap<string, Role>,
  where: string,
): void {
  const refuse = (problem: string): never => {
    throw new AppError('CONFIG_INVALID', { message: `${where}: ${problem}.` });
  };
  if (!RULE_ID.test(id)) refuse('the id needs letters, digits, ".", "_" and "-" only, at most 64');
  // An empty list would match nobody, and a denial that hits nobody looks like one that works.
  for (const [key, list] of Object.entries({ targets, roles: names, principals, clients, permissions, resources })) {
    if (list?.length === 0) refuse(`${key} is empty; leave it out or name something`);
  }
  const unknown = names?.find((name) => !roles.has(name));
  if (unknown !== undefined) refuse(`there is no role ${JSON.stringify(unknown)}`);
  const kindless = targets.find((target) => !KINDS.includes(target.split(':', 1)[0] ?? '') && !/^[^:]*[*?]/.test(target));
  if (kindless !== undefined)
    refuse(`${JSON.stringify(kindless)} names no kind of target; write ${KINDS.join(', ')}, then a colon and the name, such as tool:echo`);
  if (!permissions && (resources || limits)) refuse('resources and limits need permissions');
  if (effect !== 'allow' && limits) refuse(`limits belong to an allow; ${effect === 'deny' ? 'a denial' : 'an ask'} has none`);
  if (effect !== 'allow' && within) refuse('within belongs to an allow; write unless');
  if (effect === 'allow' && unless) refuse('unless belongs to a deny or an ask; write within');
  if (effect !== 'ask' && approval) refuse('approval belongs to an ask');
}

function compileSubject(
  { effect, roles: names, principals, clients }: PolicyRule,
  roles: ReadonlyMap<string, Role>,
  where: string,
): (principal: Principal) => boolean {
  const isPrincipal = principals && compileGlobs(principals, `${where}.principals`);
  const isClient = clients && compileGlobs(clients, `${where}.clients`);
  // An allow for users serves developers, who are users; a denial or a question for guests must not hit everybody.
  const holds = (held: string): boolean =>
    effect !== 'allow' ? names?.includes(held) === true : names?.some((name) => roles.get(held)?.ancestry.has(name)) === true;
  return (principal) => (!names || principal.roles.some(holds)) && (!isPrincipal || isPrincipal(principal.id)) && (!isClient || isClient(principal.clientId));
}

function compileEffects(
  { effect, permissions, resources = ['**'], limits }: PolicyRule,
  where: string,
  excess: ArgumentCheck | undefined,
): EffectMatch | undefined {
  if (!permissions) return undefined;
  const source = { permissions, resources, limits };
  return effect === 'allow' ? compileGrant(source, where, excess) : compileDenial(source, where);
}

function compileArguments({ within, unless }: PolicyRule, where: string): ArgumentCheck | undefined {
  if (within) return compileArgumentLimits(within, `${where}.within`);
  return unless && compileArgumentLimits(unless, `${where}.unless`);
}
