/** @module upstreams/effects: what a call of an upstream's tool does, told from its arguments as the operator says. */
import type { PermissionRequest, PermissionType } from '../contracts/policy.ts';
import type { EffectMapping } from '../contracts/upstreams-config.ts';
import { holdsAt, stepsOf } from '../core/json-pointer.ts';

/** Effects that one call may have; more cannot be judged. */
const MAX_EFFECTS = 1000;
const SHELL = /[;&|<>$`\\"'(){}[\]*?!#~=%\p{Cc}]/u;
const NOT_PLAIN = /^(?:~|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/;

type Effect = Pick<PermissionRequest, 'resource' | 'problem'> & { readonly type?: PermissionType; readonly command?: string };

/** The effects in the order of the mappings. What cannot be told is an effect with a problem: it is denied. */
export function compileEffects(mappings: readonly EffectMapping[]): (input: unknown) => readonly PermissionRequest[] {
  const compiled = mappings.map(compileEffect);
  return (input) => {
    const effects = compiled.flatMap((effectsOf) => effectsOf(input));
    const [first] = effects;
    return first && effects.length > MAX_EFFECTS ? [{ ...first, problem: `the call touches more than ${MAX_EFFECTS} things` }] : effects;
  };
}

function compileEffect({ permission, from, resource, root, isOptional, size, timeout }: EffectMapping): (input: unknown) => readonly PermissionRequest[] {
  const touched = from === null ? (): readonly Effect[] => [{ resource: resource ?? '' }] : touchedAt(permission, from, root, isOptional);
  const sizeOf = size === null ? undefined : numberAt(size, (value) => (typeof value === 'string' ? Buffer.byteLength(value) : value));
  const secondsOf = timeout === null ? undefined : numberAt(timeout, (value) => value);
  return (input) =>
    touched(input).map(({ type = permission, resource: what, problem, command }): PermissionRequest => {
      const [bytes, seconds] = [sizeOf?.(input), secondsOf?.(input)];
      const parameters = {
        ...(bytes === undefined ? {} : { size: bytes }),
        ...(seconds === undefined ? {} : { timeout: seconds }),
        ...(command === undefined ? {} : { command }),
      };
      return { type, resource: what, parameters, ...(problem === undefined ? {} : { problem }) };
    });
}

function touchedAt(permission: PermissionType, from: string, root: string | null, isOptional: boolean): (input: unknown) => readonly Effect[] {
  const steps = stepsOf(from);
  const isCommand = permission === 'SYSTEM_COMMAND' || permission === 'PROCESS_SPAWN';
  return (input) => {
    const effects: Effect[] = [];
    const found = holdsAt(
      input,
      steps,
      (value) => {
        const items: readonly unknown[] = Array.isArray(value) && !isCommand ? value : [value];
        effects.push(...items.slice(0, MAX_EFFECTS + 1).map((item) => toEffect(permission, item, root, from)));
        return true;
      },
      isOptional,
    );
    return found ? effects : [{ resource: '', problem: `the argument ${from} is not there` }];
  };
}

function toEffect(permission: PermissionType, value: unknown, root: string | null, from: string): Effect {
  if (permission === 'SYSTEM_COMMAND' || permission === 'PROCESS_SPAWN') return toCommand(value, from);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text === '') return { resource: '', problem: `the argument ${from} is no text` };
  if (permission.startsWith('FILE_')) return toFile(permission, text, root);
  return permission === 'NETWORK_OUTBOUND' ? toHost(text) : { resource: text };
}

/** Servers read `~`, drive letters and `file:` each in their way: such a path says nothing here. */
function toFile(permission: PermissionType, text: string, root: string | null): Effect {
  if (NOT_PLAIN.test(text)) return { resource: text, problem: 'the path is not written plainly' };
  const path = text.replace(/^(?:\.\/)+(?=.)/, '').replace(/(?<=[^/])\/$/, '');
  if (!path.startsWith('/') || permission.endsWith('_GLOBAL')) return { resource: path };
  const folder = root?.replace(/\/+$/, '');
  if (folder !== undefined && path === folder) return { resource: '.' };
  if (folder !== undefined && path.startsWith(`${folder}/`)) return { resource: path.slice(folder.length + 1) };
  return { type: GLOBAL[permission] ?? permission, resource: path };
}

const GLOBAL: Readonly<Record<string, PermissionType>> = {
  FILE_READ: 'FILE_READ_GLOBAL',
  FILE_WRITE: 'FILE_WRITE_GLOBAL',
  FILE_DELETE: 'FILE_DELETE_GLOBAL',
};

/** `host:port`, as a browser understands the URL; where other readers might understand another host, a problem. */
function toHost(text: string): Effect {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `tcp://${text}`);
  const isPlain = !/[\\@\s\p{Cc}\p{Cf}]/u.test(text);
  if (!url || !isPlain || url.hostname === '') return { resource: text, problem: 'the address is not written plainly' };
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? '') : url.port;
  // Only web URLs are normalized (0x7f.1 is 127.0.0.1); a bare host gets the same treatment.
  const host = URL.parse(`http://${url.hostname}`)?.hostname;
  return host === undefined ? { resource: text, problem: 'the address is not written plainly' } : { resource: port === '' ? host : `${host}:${port}` };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'ws:': '80', 'https:': '443', 'wss:': '443', 'ftp:': '21' };

/** The words with single spaces. The command is told only where no shell could read something else into them. */
function toCommand(value: unknown, from: string): Effect {
  const words = typeof value === 'string' ? value.trim().split(/ +/) : value;
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === 'string') || words[0] === '')
    return { resource: '', problem: `the argument ${from} is no command` };
  const resource = words.join(' ');
  const isPlain = typeof value === 'string' ? !SHELL.test(value) : words.every((word) => word !== '' && !/\s/.test(word));
  return isPlain ? { resource, command: String(words[0]) } : { resource, problem: 'the command has signs that a shell could obey, or words with spaces' };
}

/** Undefined where it is no number: a limit on it is then not kept. */
function numberAt(pointer: string, read: (value: unknown) => unknown): (input: unknown) => number | undefined {
  const steps = stepsOf(pointer);
  return (input) => {
    let sum: number | undefined = 0;
    const isThere = holdsAt(
      input,
      steps,
      (value) => {
        const number = read(value);
        sum = typeof number === 'number' && Number.isFinite(number) && sum !== undefined ? sum + number : undefined;
        return true;
      },
      false,
    );
    return isThere ? sum : undefined;
  };
}
