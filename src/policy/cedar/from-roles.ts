/** @module policy/cedar/from-roles: roles and rules of the configuration as Cedar policies that decide the same. */
import type { PermissionGrant, PermissionLimits, PolicyConfig, PolicyRule } from '../../contracts/policy-config.ts';
import { STANDARD_PERMISSIONS } from '../../contracts/policy.ts';
import { AppError } from '../../core/errors.ts';
import { scopeSet } from '../scopes.ts';

/** Policies, and the schema that they need beside the built-in one. */
export interface CedarText {
  readonly policies: string;
  readonly schema: string;
}

/**
 * The same decisions as Cedar policies. Principals hold scopes through `Action::"hold"`, as roles give them; a rule that allows a
 * target permits `Action::"call"`.
 *
 * @param ownPermissions CUSTOM_* that tools ask for and the configuration does not name
 * @throws AppError CONFIG_INVALID for what Cedar does not say: rules that ask, and limits on arguments
 */
export function rolesToCedar({ roles, rules }: Pick<PolicyConfig, 'roles' | 'rules'>, ownPermissions: readonly string[] = []): CedarText {
  const named = [
    ...Object.values(roles).flatMap(({ permissions = [] }) => permissions.map(({ permission }) => permission)),
    ...rules.flatMap(({ permissions = [] }) => permissions),
  ];
  const own = [...new Set([...ownPermissions, ...named.filter((name) => name.startsWith('CUSTOM_'))])].sort();
  const all = [...STANDARD_PERMISSIONS, ...own];
  const fromRoles = Object.entries(roles).flatMap(([name, { scopes = [], permissions = [] }]) => [
    ...(scopes.length === 0 ? [] : [holdPolicy(name, scopes)]),
    ...permissions.map((grant, index) => grantPolicy(name, grant, index, all)),
  ]);
  const schema = own.map((name) => `action ${literal(name)} appliesTo ${EFFECT};\n`).join('');
  return { policies: `${[...fromRoles, ...rules.map((rule) => rulePolicy(rule, all))].join('\n\n')}\n`, schema };
}

/** As the built-in schema declares effects. */
const EFFECT =
  '{ principal: [Principal], resource: [Thing], context: { target: Target, size?: Long, timeout?: Long, command?: String, commandGlobs: Set<String> } }';
const literal = (text: string): string => JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}');
const set = (items: readonly string[]): string => `[${items.map(literal).join(', ')}]`;

function holdPolicy(role: string, scopes: readonly string[]): string {
  const { patterns } = scopeSet(scopes);
  const exact = patterns.filter((pattern) => pattern !== '*' && !pattern.endsWith(':*'));
  const conditions = patterns.includes('*')
    ? ['true']
    : [
        ...(exact.length === 0 ? [] : [`${set(exact)}.contains(resource.name)`]),
        ...patterns.filter((pattern) => pattern.endsWith(':*')).map((pattern) => `resource.name like ${likeOf(pattern)}`),
      ];
  return `@id(${literal(`role:${role}`)})\npermit (principal in Role::${literal(role)}, action == Action::"hold", resource)\nwhen { ${conditions.join(' || ')} };`;
}

/** `tools:*`, whose other characters stand for themselves; a held pattern of the same text counts too. */
function likeOf(pattern: string): string {
  return `${literal(pattern.slice(0, -1)).slice(0, -1)}*"`;
}

function grantPolicy(role: string, { permission, resources, limits }: PermissionGrant, index: number, all: readonly string[]): string {
  return `@id(${literal(`role:${role}:${index + 1}`)})\npermit (principal in Role::${literal(role)}, ${actionsOf([permission], all)}, resource)\nwhen { ${globsOf('resource.globs', resources)}${limitsOf(limits)} };`;
}

function rulePolicy(rule: PolicyRule, all: readonly string[]): string {
  const { id, effect, permissions, resources = ['**'], targets, limits, within, unless } = rule;
  if (effect === 'ask' || within || unless)
    throw new AppError('CONFIG_INVALID', {
      message: `policy.rules.${id}: what asks, and limits on arguments, stay rules of the configuration; Cedar does not say them.`,
    });
  const isDenial = effect === 'deny';
  const conditions = [
    ...subjectOf(rule),
    permissions ? globsOf('context.target.globs', targets) : globsOf('resource.globs', targets),
    ...(permissions ? [isDenial ? deniedResources(permissions, resources, all) : globsOf('resource.globs', resources)] : []),
  ];
  const action = permissions ? actionsOf(permissions, all) : 'action in [Action::"call"]';
  return `@id(${literal(`${effect}:${id}`)})\n${isDenial ? 'forbid' : 'permit'} (principal, ${action}, resource)\nwhen { ${conditions.join(' && ')}${limitsOf(limits)} };`;
}

function subjectOf({ effect, roles, principals, clients }: PolicyRule): readonly string[] {
  const holds = (name: string): string => (effect === 'deny' ? `principal.roles.contains(${literal(name)})` : `principal in Role::${literal(name)}`);
  return [
    ...(roles ? [`(${roles.map(holds).join(' || ')})`] : []),
    ...(principals ? [globsOf('principal.globs', principals)] : []),
    ...(clients ? [globsOf('principal.clientGlobs', clients)] : []),
  ];
}

function actionsOf(permissions: readonly string[], all: readonly string[]): string {
  const names = permissions.includes('*') ? all : permissions;
  return `action in [${names.map((name) => `Action::${literal(name)}`).join(', ')}]`;
}

function globsOf(attribute: string, patterns: readonly string[]): string {
  return `${attribute}.containsAny(${set(patterns)})`;
}

/** File names of denials are compared without case; the others as they are. */
function deniedResources(permissions: readonly string[], resources: readonly string[], all: readonly string[]): string {
  const names = permissions.includes('*') ? all : permissions;
  const files = names.filter((name) => name.startsWith('FILE_'));
  if (files.length === names.length) return globsOf('resource.foldedGlobs', resources);
  if (files.length === 0) return globsOf('resource.globs', resources);
  const isFile = `action in [${files.map((name) => `Action::${literal(name)}`).join(', ')}]`;
  return `(if ${isFile} then ${globsOf('resource.foldedGlobs', resources)} else ${globsOf('resource.globs', resources)})`;
}

function limitsOf({ maxSize, timeout, commands }: PermissionLimits = {}): string {
  return [
    ...(maxSize === undefined ? [] : [`context has size && context.size <= ${maxSize}`]),
    ...(timeout === undefined ? [] : [`context has timeout && context.timeout <= ${timeout}`]),
    ...(commands === undefined ? [] : [globsOf('context.commandGlobs', commands)]),
  ]
    .map((condition) => ` && ${condition}`)
    .join('');
}
