/** @module policy/scopes: sets of scopes with wildcards. */
import { STANDARD_SCOPES } from '../contracts/policy-config.ts';

const SCOPE_SHAPE = /^(?:\*|[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*(?::\*)?)$/;

/** Scopes somebody holds. `tools:*` holds all below `tools:`, `*` everything, `admin:full` also `admin:*`. */
export interface ScopeSet {
  /** As written, plus what `admin:full` implies. */
  readonly patterns: readonly string[];
  has(scope: string): boolean;
}

/** Whether the text can stand for a scope in a role or a credential. */
export function isScopePattern(text: string): boolean {
  // The usual ones first: the first use of an expression compiles it, which a start would pay for.
  return text === '*' || STANDARD_SCOPES.includes(text) || SCOPE_SHAPE.test(text);
}

const isWildcard = (pattern: string): boolean => pattern === '*' || pattern.endsWith(':*');

/** Whether everything that `scope` holds is held by `pattern`. */
function covers(pattern: string, scope: string): boolean {
  return pattern === scope || pattern === '*' || (pattern.endsWith(':*') && scope.startsWith(pattern.slice(0, -1)));
}

/** The set of these scopes. */
export function scopeSet(scopes: Iterable<string>): ScopeSet {
  const given = new Set(scopes);
  if (given.has('admin:full')) given.add('admin:*');
  const patterns = [...given];
  const wildcards = patterns.filter(isWildcard);
  const known = new Set(patterns);
  return {
    patterns,
    has: (scope) => known.has(scope) || wildcards.some((pattern) => covers(pattern, scope)),
  };
}

/** What is in both: a credential's limit never adds to what the roles give. */
export function intersect(held: ScopeSet, limit: ScopeSet): ScopeSet {
  const common = held.patterns.flatMap((mine) =>
    limit.patterns.flatMap((theirs) => {
      if (covers(theirs, mine)) return [mine];
      return covers(mine, theirs) ? [theirs] : [];
    }),
  );
  return scopeSet(common);
}

/** The set for people and clients, sorted: standard scopes one by one, wildcards only for what lies beyond them. */
export function listScopes(held: ScopeSet): readonly string[] {
  return [...new Set([...STANDARD_SCOPES.filter((scope) => held.has(scope)), ...held.patterns.filter((pattern) => pattern !== 'admin:*')])].sort();
}
