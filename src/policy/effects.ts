/** @module policy/effects: which permission requests a grant or a rule speaks about. */
import { AppError } from '../core/errors.ts';
import type { PermissionLimits } from '../contracts/policy-config.ts';
import { CUSTOM_PERMISSION, type PermissionRequest, STANDARD_PERMISSIONS } from '../contracts/policy.ts';
import type { ArgumentCheck } from './argument-limits.ts';
import { compileFoldedGlobs, compileGlobs, type Glob } from './glob.ts';

const PERMISSIONS: ReadonlySet<string> = new Set(['*', ...STANDARD_PERMISSIONS]);
const CUSTOM = new RegExp(`^${CUSTOM_PERMISSION}$`);
const WORKSPACE_FILE = /^FILE_(?:READ|WRITE|DELETE)$/;
const ANY_FILE = /^FILE_/;

/** A compiled statement about effects: these permissions, on these resources, within these limits. */
export interface EffectMatch {
  covers(request: PermissionRequest): boolean;
  /** What is beyond the limits, for a request that is covered and the arguments it was told from; undefined = nothing. */
  excess(request: PermissionRequest, input: unknown): string | undefined;
}

/** What an effect match is made of. */
export interface EffectSource {
  readonly permissions: readonly string[];
  readonly resources: readonly string[];
  readonly limits?: PermissionLimits | undefined;
}

/** What a grant allows: the exact names. @param isWithin bounds the arguments @throws AppError CONFIG_INVALID */
export function compileGrant(source: EffectSource, where: string, isWithin?: ArgumentCheck): EffectMatch {
  const hasPermission = compilePermissions(source.permissions, where);
  const hasResource = compileGlobs(source.resources, `${where}.resources`);
  const excess = compileLimits(source.limits ?? {}, where);
  return {
    covers: ({ type, resource }) => hasPermission(type) && hasResource(resource),
    excess: isWithin ? (request, input) => excess(request) ?? isWithin(input) : excess,
  };
}

/**
 * What a rule forbids, or asks about. File names are compared without case and Unicode spelling: on a file system
 * that ignores them, `SECRETS` is `secrets`.
 *
 * @throws AppError CONFIG_INVALID
 */
export function compileDenial({ permissions, resources }: EffectSource, where: string): EffectMatch {
  const hasPermission = compilePermissions(permissions, where);
  const hasResource = compileGlobs(resources, `${where}.resources`);
  const hasFile = compileFoldedGlobs(resources, `${where}.resources`);
  return {
    covers: ({ type, resource }) => hasPermission(type) && (ANY_FILE.test(type) ? hasFile(resource) : hasResource(resource)),
    excess: () => undefined,
  };
}

/**
 * Whether a file resource is written in the one way that rules can judge: relative (for the GLOBAL
 * permissions absolute) and without empty, `.` or `..` parts. Anything else would slip past a denial.
 */
export function isJudgeable({ type, resource }: PermissionRequest): boolean {
  if (!ANY_FILE.test(type) || resource === '.') return true;
  if (resource.includes('\0') || resource.includes('\\')) return false;
  const path = !WORKSPACE_FILE.test(type) && resource.startsWith('/') ? resource.slice(1) : resource;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') || (path === '' && resource === '/');
}

function compilePermissions(permissions: readonly string[], where: string): (type: string) => boolean {
  for (const permission of permissions) {
    if (!PERMISSIONS.has(permission) && !CUSTOM.test(permission)) {
      throw new AppError('CONFIG_INVALID', { message: `${where}: there is no permission ${JSON.stringify(permission)}; own ones are named CUSTOM_….` });
    }
  }
  const names = new Set(permissions);
  return names.has('*') ? () => true : (type) => names.has(type);
}

function compileLimits({ maxSize, timeout, commands }: PermissionLimits, where: string): (request: PermissionRequest) => string | undefined {
  for (const [name, value] of Object.entries({ maxSize, timeout })) {
    if (value !== undefined && !(value >= 0)) throw new AppError('CONFIG_INVALID', { message: `${where}.limits.${name}: must be a number, 0 or more.` });
  }
  const isCommand: Glob | undefined = commands && compileGlobs(commands, `${where}.limits.commands`);
  const isWithin = (value: unknown, max: number | undefined): boolean => max === undefined || (typeof value === 'number' && value <= max);
  return ({ parameters }) => {
    const { size, timeout: seconds, command } = parameters ?? {};
    if (!isWithin(size, maxSize)) return `at most ${maxSize} bytes`;
    if (!isWithin(seconds, timeout)) return `at most ${timeout} seconds`;
    return isCommand && !(typeof command === 'string' && isCommand(command)) ? 'only the listed commands' : undefined;
  };
}
