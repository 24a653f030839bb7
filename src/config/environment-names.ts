/** @module config/environment-names: which variables are ours. Needs no schema: the plain start asks it. */
import { splitPointer } from './pointer.ts';

/** Variables with our prefix that are not keys: the home, the file to read, the key of the secrets, and what clients of a running gateway use. */
const RESERVED_VARIABLES: readonly string[] = [
  'SWITCHYARD_HOME',
  'SWITCHYARD_CONFIG',
  'SWITCHYARD_URL',
  'SWITCHYARD_API_KEY',
  'SWITCHYARD_SECRETS_KEY',
  'SWITCHYARD_SECRETS_KEY_FILE',
];

/** Characters of `SWITCHYARD_`. */
export const PREFIX_LENGTH: number = 'SWITCHYARD_'.length;

const PREFIX = /^switchyard_./i;
/** What Kubernetes puts into every container when a service is called "switchyard". */
const SERVICE_LINK = /^switchyard_(?:service_(?:host|port)(?:_|$)|port(?:_\d+_(?:tcp|udp)(?:_|$)|$))/i;

/** Whether a variable is meant to override a key. An empty one counts as not set. */
export function isOverride(name: string, value: string | undefined): boolean {
  return PREFIX.test(name) && value !== undefined && value !== '' && !RESERVED_VARIABLES.includes(name.toUpperCase()) && !SERVICE_LINK.test(name);
}

/** Whether any variable could override a key. */
export function hasOverrides(env: Readonly<Record<string, string | undefined>>): boolean {
  return Object.keys(env).some((name) => PREFIX.test(name) && isOverride(name, env[name]));
}

/** The variable that sets a key: `/limits/maxBodyBytes` → `SWITCHYARD_LIMITS__MAX_BODY_BYTES`. */
export function variableName(pointer: string): string {
  const steps = splitPointer(pointer).map((step) => step.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return `SWITCHYARD_${steps.join('__')}`;
}
