/** @module app/tasks/cedar: roles and rules of the configuration, told as Cedar policies. */
import type { PolicyConfig } from '../../contracts/policy-config.ts';
import { CEDAR_SCHEMA } from '../../policy/cedar/cedar-schema.ts';
import { rolesToCedar } from '../../policy/cedar/from-roles.ts';

/** Policies that decide the same, and the schemas they are written in. Needs no Cedar. @throws AppError CONFIG_INVALID for what Cedar does not say */
export function policyAsCedar(policy: PolicyConfig): { readonly policies: string; readonly schema: string; readonly builtinSchema: string } {
  return { ...rolesToCedar(policy), builtinSchema: CEDAR_SCHEMA };
}
