/** Callers, targets and policies for the tests of the policy. */
import type { PolicyRule } from '../../../src/contracts/policy-config.ts';
import { DEFAULT_POLICY } from '../../../src/contracts/policy-config.ts';
import type { ExplainingPolicy, PermissionType } from '../../../src/contracts/policy.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { Access, Target, TargetKind } from '../../../src/contracts/target.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import { keyPrincipal } from '../../helpers/key-principal.ts';

export const principal = (roles: readonly string[], over: Partial<Principal> = {}): Principal => keyPrincipal('key:aa', { roles, ...over });

export const target = (kind: TargetKind, name: string, scopes: readonly string[], permissions?: Access['permissions']): Target => ({
  kind,
  name,
  access: { scopes, permissions },
  traits: { isReadOnly: true, timeoutMs: 1, takesSlot: true, priority: 5 },
  run: () => ({ type: 'result', value: undefined }),
});

/** A tool with the one effect on its argument `path`. */
export const fileTool = (name: string, type: PermissionType, scopes: readonly string[]): Target =>
  target('tool', name, scopes, (input) => [{ type, resource: (input as { path: string }).path }]);

/** The default roles with these rules. */
export const withRules = (...rules: readonly PolicyRule[]): ExplainingPolicy => compilePolicy({ ...DEFAULT_POLICY, rules });
