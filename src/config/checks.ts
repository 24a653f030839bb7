/** @module config/checks: rules between keys that a schema of single values cannot say. */
import type { Config } from '../contracts/config.ts';
import type { IssuerConfig } from '../contracts/identity-config.ts';
import type { PolicyConfig, PolicyRule } from '../contracts/policy-config.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import { isLoopback } from '../core/source-address.ts';
import { checkCache } from './cache-checks.ts';
import { checkIdentity } from './identity-checks.ts';
import { checkCluster } from './cluster-checks.ts';
import { checkGuardrails } from './guardrail-checks.ts';
import { checkModels } from './model-checks.ts';
import { joinPointer } from './pointer.ts';
import { checkProfiles } from './profile-checks.ts';
import { suggest } from './suggest.ts';
import { checkUpstreams } from './upstream-checks.ts';

/** A rule that the configuration breaks. */
export interface Violation {
  readonly code: ErrorCode;
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** Every broken rule. Patterns are not compiled here: whoever compiles the policy does that. */
export function checkRules(config: Config): readonly Violation[] {
  const { identity, policy, limits } = config;
  return [
    ...checkAddress(config),
    ...checkTcp(config),
    ...unknownRoles(identity.localRoles, '/identity/localRoles', policy),
    ...identity.issuers.flatMap((issuer, index) => issuerRoles(issuer, joinPointer('/identity/issuers', index), policy)),
    ...identity.certificates.flatMap(({ roles }, index) => unknownRoles(roles, joinPointer(joinPointer('/identity/certificates', index), 'roles'), policy)),
    ...checkIdentity(config).map(({ pointer, message, fix }) => invalid(pointer, message, fix)),
    ...Object.entries(policy.roles).flatMap(([name, { inherits = [] }]) =>
      unknownRoles(inherits, joinPointer(joinPointer('/policy/roles', name), 'inherits'), policy),
    ),
    ...Object.keys(policy.roles).flatMap((name) => checkCycle(name, policy)),
    ...unknownNames(Object.keys(limits.budgets.roles), '/limits/budgets/roles', policy),
    ...policy.rules.flatMap((rule, index) => checkRule(rule, joinPointer('/policy/rules', index), policy)),
    ...repeatedIds(policy.rules),
    ...[...checkUpstreams(config.upstreams), ...checkProfiles(config)].map(({ pointer, message, fix }) => invalid(pointer, message, fix)),
    ...checkCluster(config).map(({ pointer, message, fix }) => invalid(pointer, message, fix)),
    ...checkUpstreams(config.upstreams).map(({ pointer, message, fix }) => invalid(pointer, message, fix)),
    ...[...checkModels(config.models), ...checkGuardrails(config.models.guardrails), ...checkCache(config.models.cache)].map(({ pointer, message, fix }) =>
      invalid(pointer, message, fix),
    ),
  ];
}

function checkAddress({ server }: Config): readonly Violation[] {
  if (server.tls.certFile !== null || server.trustedProxy !== null || server.host === 'localhost' || isLoopback(server.host)) return [];
  return [
    {
      code: 'ADDRESS_UNSAFE',
      pointer: '/server/host',
      message: `Plain HTTP would listen on ${server.host}, beyond loopback.`,
      fix: 'Listen on 127.0.0.1, set server.tls, or put a TLS proxy in front and list its addresses under server.trustedProxy.',
    },
  ];
}

function checkTcp({ server: { tcp, tls } }: Config): readonly Violation[] {
  const isSafe = tcp.host === 'localhost' || isLoopback(tcp.host) || (tls.certFile !== null && tls.clientCertificates === 'required');
  if (!tcp.isEnabled || isSafe) return [];
  return [
    {
      code: 'ADDRESS_UNSAFE',
      pointer: '/server/tcp/host',
      message: `The TCP door would listen on ${tcp.host}, beyond loopback, to clients without certificates.`,
      fix: 'Listen on 127.0.0.1, or set server.tls with clientCertificates: required.',
    },
  ];
}

function issuerRoles({ defaultRoles, roleMap }: IssuerConfig, pointer: string, policy: PolicyConfig): readonly Violation[] {
  return [
    ...unknownRoles(defaultRoles, joinPointer(pointer, 'defaultRoles'), policy),
    ...Object.entries(roleMap ?? {}).flatMap(([name, roles]) => unknownRoles(roles, joinPointer(joinPointer(pointer, 'roleMap'), name), policy)),
  ];
}

/** Keys of a table that should be roles: a budget of a role that nobody can hold would never be enforced. */
function unknownNames(names: readonly string[], pointer: string, policy: PolicyConfig): readonly Violation[] {
  return names.flatMap((name) => unknownRoles([name], pointer, policy).map((violation) => ({ ...violation, pointer: joinPointer(pointer, name) })));
}

function unknownRoles(names: readonly string[], pointer: string, { roles }: PolicyConfig): readonly Violation[] {
  return names.flatMap((name, index) => {
    if (Object.hasOwn(roles, name)) return [];
    const near = suggest(name, Object.keys(roles));
    const fix = near === undefined ? `Define it under policy.roles; there are ${Object.keys(roles).join(', ')}.` : `Did you mean ${near}?`;
    return [invalid(joinPointer(pointer, index), `There is no role ${name}.`, fix)];
  });
}

function checkCycle(name: string, { roles }: PolicyConfig): readonly Violation[] {
  const seen = new Set<string>();
  const reach = (role: string): void => {
    for (const parent of roles[role]?.inherits ?? []) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      reach(parent);
    }
  };
  reach(name);
  return seen.has(name) ? [invalid(joinPointer('/policy/roles', name), `The role ${name} inherits itself.`, 'Break the circle of inherits.')] : [];
}

function checkRule(rule: PolicyRule, pointer: string, policy: PolicyConfig): readonly Violation[] {
  const violations = [...unknownRoles(rule.roles ?? [], joinPointer(pointer, 'roles'), policy)];
  if (rule.resources !== undefined && rule.permissions === undefined) {
    violations.push(
      invalid(
        joinPointer(pointer, 'resources'),
        `The rule ${rule.id} names resources but no permissions.`,
        'Add permissions, or remove resources: targets are named under targets.',
      ),
    );
  }
  if (rule.limits !== undefined && (rule.effect === 'deny' || rule.permissions === undefined)) {
    violations.push(invalid(joinPointer(pointer, 'limits'), `The rule ${rule.id} cannot have limits.`, 'Limits belong to an allow with permissions.'));
  }
  return violations;
}

function repeatedIds(rules: readonly PolicyRule[]): readonly Violation[] {
  return rules.flatMap(({ id }, index) =>
    rules.findIndex((other) => other.id === id) === index
      ? []
      : [invalid(joinPointer(joinPointer('/policy/rules', index), 'id'), `Two rules have the id ${id}.`, 'Rename one of them.')],
  );
}

function invalid(pointer: string, message: string, fix: string): Violation {
  return { code: 'CONFIG_INVALID', pointer, message, fix };
}
