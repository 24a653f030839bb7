/** @module config/load: finds, reads and checks the configuration of one start. */
import { dirname, join } from 'node:path';
import type { Config } from '../contracts/config.ts';
import { deepFreeze, type JsonObject } from '../core/json.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { hasOverrides } from './environment-names.ts';
import { loadEnvFile } from './env-file.ts';
import type { MissingCredential } from './interpolate.ts';
import { rememberInterpolated } from './interpolated.ts';
import { CONFIG_NAMES, namedConfig, readBytes, searchConfig, type FoundFile } from './locate.ts';
import type { ConfigProblem } from './problem.ts';
import { hasModelKeys, withWellKnownModels } from './well-known-models.ts';

/** Variables by name; `process.env` has this form. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where to look, and what stands above the file. */
export interface LoadOptions {
  /** A file to read instead of searching; relative to `cwd`. Default: the variable SWITCHYARD_CONFIG, if set. */
  readonly file?: string | undefined;
  /** Absolute. Searched first; `.env` is read here; paths from the command line start here. */
  readonly cwd: string;
  /** Absolute. Searched second. */
  readonly home: string;
  readonly env: Environment;
  /** Values of the command line, nested as the configuration is; they win over everything. Undefined members are absent. */
  readonly overrides?: JsonObject | undefined;
  /** Opens what `${secret:NAME}` refers to; asked only where a file has such a reference. Absent = no secret is set. */
  readonly secrets?: SecretLookup | undefined;
}

/** The value of a secret, by name; undefined where it is not set. */
export type SecretLookup = () => Promise<(name: string) => string | undefined>;

/** One source that had a say. Never holds values. */
export type ConfigSource =
  | { readonly kind: 'defaults' | 'command line' }
  | { readonly kind: 'file' | '.env'; readonly path: string }
  | { readonly kind: 'environment'; readonly variables: readonly string[] };

/** A complete configuration with its history. Frozen. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file that was read, or null. */
  readonly file: string | null;
  /** Weakest first. */
  readonly sources: readonly ConfigSource[];
  /** Pointers of values that came from variables: `redactConfig` and `diffConfig` mask them (they know them without being told). */
  readonly interpolated: readonly string[];
  /** Credentials whose variables are not set: what needs them is not configured. */
  readonly missingCredentials: readonly MissingCredential[];
  readonly warnings: readonly ConfigProblem[];
  /** Absolute paths whose change, appearance or removal can change the result. */
  readonly watchPaths: readonly string[];
}

/**
 * Loads the configuration: the file that was named, else `switchyard.yaml|.yml|.json|.jsonc` in
 * `cwd`, else in `home`, else the defaults; `SWITCHYARD_*` variables over it (`.env` below the
 * process's own; one in `cwd`, and one beside the file), the command line over all. Without file and overrides nothing is loaded or parsed.
 *
 * Touches no state and starts nothing; whether addresses are free and folders usable is not checked.
 *
 * @throws AppError CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_UNSET_VARIABLE,
 *   CONFIG_INVALID, ADDRESS_UNSAFE, SECRETS_*; all but the first and the last carry `data.problems` with file, line and column
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { cwd, home } = options;
  const named = options.file ?? (options.env['SWITCHYARD_CONFIG'] || undefined);
  const { found, shadowed } = named === undefined ? searchConfig([cwd, home], cwd) : { found: namedConfig(named, cwd), shadowed: [] };
  const { env, paths: dotenvPaths, warnings: dotenvWarnings } = readEnvFiles(cwd, found, options.env);
  const overrides = options.overrides ?? {};
  const watchPaths = [
    ...(found ? [found.path] : []),
    ...(named === undefined ? [cwd, home].flatMap((folder) => CONFIG_NAMES.map((name) => join(folder, name))) : []),
    join(cwd, '.env'),
    ...(found ? [join(dirname(found.path), '.env')] : []),
  ];
  const base = { file: found?.path ?? null, watchPaths: [...new Set(watchPaths)] };
  if (!found && !hasOverrides(env) && isEmpty(overrides)) {
    return deepFreeze({
      ...base,
      config: hasModelKeys(env) ? withWellKnownModels(DEFAULT_CONFIG, env) : DEFAULT_CONFIG,
      sources: [{ kind: 'defaults' }],
      interpolated: [],
      missingCredentials: [],
      warnings: dotenvWarnings,
    });
  }
  const { assemble } = await import('./assemble.ts');
  const assembled = await assemble({ found: found && { ...found, ...readBytes(found) }, env, overrides, cwd, secrets: options.secrets });
  rememberInterpolated(assembled.config, assembled.interpolated);
  // Who is given the upstreams alone asks, too: what came from a variable is no part of what was approved.
  rememberInterpolated(assembled.config.upstreams, assembled.interpolated);
  return deepFreeze({
    ...base,
    watchPaths: assembled.usesSecrets ? [...base.watchPaths, join(home, 'secrets', 'values.json')] : base.watchPaths,
    config: assembled.config,
    sources: [
      { kind: 'defaults' },
      ...(found ? [{ kind: 'file' as const, path: found.path }] : []),
      ...dotenvPaths.map((path) => ({ kind: '.env' as const, path })),
      ...(assembled.variables.length === 0 ? [] : [{ kind: 'environment' as const, variables: assembled.variables }]),
      ...(isEmpty(overrides) ? [] : [{ kind: 'command line' as const }]),
    ],
    interpolated: assembled.interpolated,
    missingCredentials: assembled.missingCredentials,
    warnings: [...shadowed.map((file) => shadowWarning(file, found)), ...dotenvWarnings, ...assembled.warnings],
  });
}

/** `.env` beside the configuration file (where `import` and `add` put secrets), that of `cwd` over it, the process over both. */
function readEnvFiles(
  cwd: string,
  found: FoundFile | undefined,
  own: Environment,
): { readonly env: Environment; readonly paths: readonly string[]; readonly warnings: readonly ConfigProblem[] } {
  const files = [...new Set([...(found ? [dirname(found.path)] : []), cwd])].map(loadEnvFile);
  const paths = files.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const env = paths.length === 0 ? own : { ...Object.assign({}, ...files.map(({ variables }) => variables)), ...own };
  return { env, paths, warnings: files.flatMap(({ warnings }) => warnings) };
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === undefined;
  return !Array.isArray(value) && Object.values(value).every(isEmpty);
}

function shadowWarning({ label }: FoundFile, found: FoundFile | undefined): ConfigProblem {
  return {
    source: label,
    line: null,
    column: null,
    pointer: '',
    message: `This file is not read: ${found?.label ?? 'another'} comes first.`,
    fix: 'Keep one of them.',
  };
}
