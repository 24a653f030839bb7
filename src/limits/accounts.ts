/** @module limits/accounts: whose budgets a call counts on. */
import { AppError } from '../core/errors.ts';
import { compileNames, type NameMatch } from '../core/name-pattern.ts';
import { RecentMap } from '../core/recent-map.ts';
import { BUDGET_WORDS, parseBudget } from '../contracts/budget-text.ts';
import type { BudgetsConfig } from '../contracts/limits-config.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Budget, BudgetAccount } from '../contracts/spend.ts';
import type { Target } from '../contracts/target.ts';

const MAX_REMEMBERED = 10_000;
const NONE: readonly BudgetAccount[] = Object.freeze([]);

/** Finds the accounts of a call. The same array for the same question, so that asking costs two look-ups. */
export interface Accounts {
  /** Empty where no budget applies. */
  of(principal: Principal, target: Pick<Target, 'name' | 'alsoKnownAs'>): readonly BudgetAccount[];
  /** Those that do not depend on the model. */
  ofPrincipal(principal: Principal): readonly BudgetAccount[];
  /** Whether what it uses may count on a budget, whichever model it calls. */
  isCounted(principal: Principal): boolean;
}

/**
 * Key, user, team, roles, models, gateway: all that apply. Names of models are compared without
 * regard to case: some providers take them in any, and a budget must not be missed by spelling.
 *
 * @throws AppError CONFIG_INVALID naming the key
 */
export function compileAccounts({ gateway, users, teams, roles, models }: BudgetsConfig): Accounts {
  const everybody = toAccounts('gateway', parseAll(gateway, 'gateway'));
  const byUser = parseTable(users, 'users');
  const byTeam = parseTable(teams, 'teams');
  const byRole = parseTable(roles, 'roles');
  const byModel = [...parseTable(models, 'models')].map(([pattern, budgets]): readonly [NameMatch, readonly BudgetAccount[]] => [
    compileNames([pattern.toLowerCase()]),
    toAccounts(`model:${pattern}`, budgets),
  ]);
  const ofPrincipals = new WeakMap<Principal, readonly BudgetAccount[]>();
  const ofModels = new RecentMap<string, readonly BudgetAccount[]>(MAX_REMEMBERED);

  const ofPrincipal = (principal: Principal): readonly BudgetAccount[] => {
    const known = ofPrincipals.get(principal);
    if (known) return known;
    const { id, tenant } = principal;
    const found = [
      ...principal.budgets,
      ...toAccounts(`user:${id}`, byUser.get(id) ?? []),
      ...principal.roles.flatMap((role) => toAccounts(`role:${role}:${id}`, byRole.get(role) ?? [])),
      ...(tenant === null ? [] : toAccounts(`team:${tenant}`, byTeam.get(tenant) ?? [])),
      ...everybody,
    ];
    const accounts = found.length === 0 ? NONE : Object.freeze(found);
    ofPrincipals.set(principal, accounts);
    return accounts;
  };
  const ofModel = ({ name, alsoKnownAs = [] }: Pick<Target, 'name' | 'alsoKnownAs'>): readonly BudgetAccount[] => {
    if (byModel.length === 0) return NONE;
    const known = ofModels.get(name);
    if (known) return known;
    const names = [name, ...alsoKnownAs].map((entry) => entry.toLowerCase());
    const accounts = byModel.flatMap(([matches, own]) => (names.some(matches) ? own : []));
    ofModels.set(name, accounts);
    return accounts;
  };

  return {
    ofPrincipal,
    isCounted: (principal) => byModel.length > 0 || ofPrincipal(principal).length > 0,
    of: (principal, target) => {
      const own = ofPrincipal(principal);
      const shared = ofModel(target);
      if (shared.length === 0) return own;
      return own.length === 0 ? shared : [...own, ...shared];
    },
  };
}

function parseTable(table: Readonly<Record<string, readonly string[]>>, where: string): ReadonlyMap<string, readonly Budget[]> {
  return new Map(Object.entries(table).map(([name, texts]) => [name, parseAll(texts, `${where}.${name}`)]));
}

function parseAll(texts: readonly string[], where: string): readonly Budget[] {
  const refuse = (problem: string): never => {
    throw new AppError('CONFIG_INVALID', { message: `limits.budgets.${where}: ${problem}.` });
  };
  const budgets = texts.map((text) => parseBudget(text) ?? refuse(`${JSON.stringify(text)} is not ${BUDGET_WORDS}`));
  if (new Set(budgets.map(({ unit, window }) => `${unit}/${window}`)).size < budgets.length) refuse('at most one budget of each unit and window');
  return budgets;
}

function toAccounts(account: string, budgets: readonly Budget[]): readonly BudgetAccount[] {
  return budgets.map((budget) => Object.freeze({ account, ...budget }));
}
