import { expect, it } from 'vitest';
import { STANDARD_SCOPES } from '../../../src/contracts/policy-config.ts';
import { describeScope, isStrongScope } from '../../../src/doors/sign-in/scope-words.ts';

it('every scope of the gateway has words for people, and one of the operator’s own is named as such', () => {
  for (const scope of STANDARD_SCOPES) expect(describeScope(scope)).not.toContain(scope);
  expect(describeScope('acme:launch')).toContain('acme:launch');
});

it('what changes things or shows others’ affairs is marked, and what nobody knows counts as that', () => {
  expect(['tools:ping', 'tools:read', 'models:use'].filter(isStrongScope)).toEqual([]);
  expect(['admin:full', 'tools:execute', 'acme:launch'].every(isStrongScope)).toBe(true);
});
