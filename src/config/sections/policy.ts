/** @module config/sections/policy: roles and rules. */
import * as v from 'valibot';
import { CUSTOM_PERMISSION, type PermissionType, STANDARD_PERMISSIONS } from '../../contracts/policy.ts';
import { DEFAULT_POLICY, type PolicyConfig } from '../../contracts/policy-config.ts';
import { choice, decimal, integer, key, list, optionalKey, orNull, path, pattern, section, table, text } from '../fields.ts';

const PERMISSION = new RegExp(`^(?:${STANDARD_PERMISSIONS.join('|')}|${CUSTOM_PERMISSION}|\\*)$`);

const isPermission = (value: string): value is PermissionType | '*' => PERMISSION.test(value);
const permissionWords = `one of ${STANDARD_PERMISSIONS.join(', ')}, *, or a CUSTOM_<NAME>`;
const permission = v.pipe(v.string(permissionWords), v.regex(PERMISSION, permissionWords), v.guard(isPermission, permissionWords));

/** A permission by its own name: not all of them. */
export const permissionType: v.GenericSchema<string, PermissionType> = v.pipe(
  v.string(permissionWords),
  v.regex(PERMISSION, permissionWords),
  v.guard((value: string): value is PermissionType => isPermission(value) && value !== '*', permissionWords),
);

const roleName = pattern(/^[A-Za-z][\w.-]{0,63}$/, 'the name of a role (letters, digits, _ . -)');
const scope = pattern(/^(?:\*|[a-z][\w-]*(?::[\w.*-]+)+)$/, 'a scope such as tools:read, tools:* or *');
const glob = text('a pattern such as src/** or tool:github__*', 1024);

const limits = section(
  {
    maxSize: optionalKey(integer(0), 'Bytes that the effect may have.'),
    timeout: optionalKey(integer(0), 'Seconds that it may take.'),
    commands: optionalKey(list(glob), 'Patterns of which the command must match one.'),
  },
  'Bounds on the parameters of the effect.',
);

const grant = section(
  {
    permission: v.pipe(permission, v.description(`One of ${STANDARD_PERMISSIONS.join(', ')}, a CUSTOM_<NAME>, or * for all.`)),
    resources: v.pipe(list(glob), v.description('Patterns of which the resource must match one. `*` stays within one folder, `**` does not.')),
    limits: v.optional(limits),
  },
  'A permission that the role gives.',
);

const role = section(
  {
    inherits: optionalKey(list(roleName), 'Roles whose rights this one has too.'),
    scopes: optionalKey(list(scope), 'What the role may reach.'),
    permissions: optionalKey(list(grant), 'What calls of the role may do.'),
  },
  'A role.',
);

const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()], 'a text, a number, true, false or null');
const anyNumber = decimal(-Number.MAX_VALUE, Number.MAX_VALUE);
const argumentLimit = section(
  {
    enum: optionalKey(list(scalar), 'It is one of these.'),
    pattern: optionalKey(text('a regular expression'), 'The whole text matches; every repetition is bounded.'),
    min: optionalKey(anyNumber, 'It is a number, at least this.'),
    max: optionalKey(anyNumber, 'It is a number, at most this.'),
    maxLength: optionalKey(integer(0), 'It is a text of at most so many characters, or a list of so many items.'),
    isOptional: optionalKey(v.boolean('true or false'), 'Whether it may be absent; absent = no.'),
  },
  'What one argument must be.',
);
const argumentLimits = table(pattern(/^(?:\/(?:[^~/]|~[01])+)+$/, 'a JSON Pointer such as /path or /files/*/name'), argumentLimit);

const approval = section(
  {
    by: optionalKey(
      choice(['caller', 'operator'] as const),
      'caller (the default) = also the person behind the calling client; operator = somebody else, with admin:full.',
    ),
    uses: optionalKey(integer(1, 1000), 'Calls with exactly these arguments that one yes allows; 1 if absent.'),
    validSeconds: optionalKey(integer(1, 86_400), 'Seconds that a yes holds; 600 if absent.'),
  },
  'What a yes is good for.',
);

const rule = section(
  {
    id: v.pipe(pattern(/^[\w.-]{1,64}$/, 'a name (letters, digits, _ . -)'), v.description('Unique; shown in decisions and in the audit log.')),
    effect: v.pipe(choice(['allow', 'deny', 'ask']), v.description('A deny always wins; ask wants a yes to what is allowed otherwise.')),
    roles: optionalKey(list(roleName), 'Roles it concerns; absent = all.'),
    principals: optionalKey(list(glob), "Patterns on the principal's id."),
    clients: optionalKey(list(glob), "Patterns on the client's id."),
    targets: v.pipe(list(glob), v.description('Patterns on kind:name, such as tool:github__* or resource:**.')),
    permissions: optionalKey(list(permission), 'Effects it concerns; absent = the targets themselves.'),
    resources: optionalKey(list(glob), 'Patterns on the resource of a permission; absent = **. Only with permissions.'),
    limits: v.optional(limits),
    within: optionalKey(argumentLimits, 'Only for an allow: arguments it is limited to, by JSON Pointer.'),
    unless: optionalKey(argumentLimits, 'Only for a deny or an ask: arguments that it leaves alone, by JSON Pointer.'),
    approval: v.optional(approval),
    reason: optionalKey(text('one sentence', 500), 'Told to the person who is refused, or asked.'),
  },
  'An exception to the roles.',
);

const cedar = section(
  {
    policies: key(list(path()), [], 'Files with Cedar policies; relative paths start at the configuration file.'),
    schema: key(orNull(path()), null, 'A file with a Cedar schema that is added to the built-in one.'),
  },
  'Files of the engine cedar.',
);

/** Keys of `policy`. */
export const policySection = section(
  {
    engine: key(choice(['rbac', 'cedar'] as const), 'rbac', 'Who says what is allowed: roles and rules, or Cedar policies (docs/cedar.md).'),
    cedar: v.optional(cedar, {}),
    roles: key(
      table(roleName, role),
      {},
      'Roles by name, beside the built-in guest, user, developer and admin; one of the same name replaces the built-in one.',
    ),
    rules: key(list(rule), [], 'Exceptions to the roles. Their order has no meaning.'),
  },
  'Who may do what. What is not allowed is denied.',
);

/** The policy with the built-in roles under those of the file. */
export function toPolicyConfig({ roles, ...rest }: PolicyConfig): PolicyConfig {
  return { ...rest, roles: { ...DEFAULT_POLICY.roles, ...roles } };
}
