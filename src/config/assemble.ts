/** @module config/assemble: puts file, environment and command line together. Loads the schema. */
import { dirname, extname } from 'node:path';
import type { Config } from '../contracts/config.ts';
import type { JsonObject } from '../core/json.ts';
import type { ErrorCode } from '../core/errors.ts';
import { checkRules, type Violation } from './checks.ts';
import type { ParsedDocument } from './document.ts';
import { readEnvironment } from './environment.ts';
import { interpolate, type Interpolation, type MissingCredential, secretNameOf } from './interpolate.ts';
import type { SecretLookup } from './load.ts';
import { buildLayers, type Layers } from './layers.ts';
import type { FoundFile } from './locate.ts';
import { splitPointer } from './pointer.ts';
import { configError, type ConfigProblem } from './problem.ts';
import { KEYS_FROM_VARIABLES } from './provider-keys.ts';
import { resolvePaths } from './resolve-paths.ts';
import { toConfigPointer } from './sections/orchestrator.ts';
import { decodeSource } from './source-text.ts';
import { CONFIG_SHAPE, validate } from './validate.ts';
import { withWellKnownModels } from './well-known-models.ts';

/** What was found. */
export interface AssembleInput {
  readonly found: (FoundFile & { readonly bytes: Uint8Array; readonly isWritableByAll: boolean }) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: JsonObject;
  readonly cwd: string;
  /** See LoadOptions. */
  readonly secrets?: SecretLookup | undefined;
}

/** What became of it. */
export interface Assembled {
  readonly config: Config;
  /** Names of the variables that override keys. */
  readonly variables: readonly string[];
  readonly interpolated: readonly string[];
  /** Whether the file refers to a secret. */
  readonly usesSecrets: boolean;
  readonly missingCredentials: readonly MissingCredential[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Keys where an unset variable means "not configured" instead of an error: credentials of providers
 * and upstreams. `*` stands for one step.
 */
const OPTIONAL_CREDENTIALS: readonly string[] = [
  '/anthropic_api_key',
  ...KEYS_FROM_VARIABLES.map((name) => `/models/providers/*/${name}`),
  '/upstreams/*/env/*',
  '/upstreams/*/headers/*',
  '/upstreams/*/auth/*',
];

/** @throws AppError CONFIG_SYNTAX, CONFIG_UNSET_VARIABLE, CONFIG_INVALID, ADDRESS_UNSAFE */
export async function assemble({ found, env, overrides, cwd, secrets }: AssembleInput): Promise<Assembled> {
  const document = found && (await parseDocument(found.path, decodeSource(found.bytes, found.label)));
  const usesSecrets = document?.source.text.includes('${secret:') === true;
  const secretOf = usesSecrets ? await secrets?.() : undefined;
  const filled = fill(document, env, secretOf);
  const environment = readEnvironment(env, CONFIG_SHAPE, filled.value);
  throwIfAny('CONFIG_INVALID', environment.problems);
  const layers = buildLayers({ document, value: filled.value, interpolated: filled.interpolated, environment: environment.overrides, overrides });
  const validation = validate(layers);
  if ('problems' in validation) throw configError('CONFIG_INVALID', validation.problems);
  const folder = found ? dirname(found.path) : cwd;
  const own = withMissingVariables(validation.config, filled.missingCredentials);
  const resolved = resolvePaths(own, (pointer) => (layers.originOf(pointer) === 'file' ? folder : cwd));
  const config = withWellKnownModels(resolved, env);
  throwViolations(checkRules(config), layers);
  return {
    config,
    variables: environment.overrides.map(({ variable }) => variable),
    interpolated: filled.interpolated.map(toConfigPointer),
    usesSecrets,
    missingCredentials: filled.missingCredentials.map((missing) => ({ ...missing, pointer: toConfigPointer(missing.pointer) })),
    warnings: [...(found?.isWritableByAll ? [writableWarning(found)] : []), ...environment.warnings],
  };
}

/**
 * Parses by the file's ending; loads the parser it needs.
 *
 * @throws AppError CONFIG_SYNTAX
 */
export async function parseDocument(path: string, source: ReturnType<typeof decodeSource>): Promise<ParsedDocument> {
  const ending = extname(path).toLowerCase();
  if (ending === '.yaml' || ending === '.yml') return (await import('./read-yaml.ts')).readYaml(source);
  return (await import('./read-json.ts')).readJson(source, ending === '.jsonc');
}

function fill(document: ParsedDocument | undefined, env: AssembleInput['env'], secretOf: ((name: string) => string | undefined) | undefined): Interpolation {
  const nothing = { value: {}, interpolated: [], faults: [], unset: [], missingCredentials: [] };
  if (!document) return nothing;
  const lookup = (reference: string): string | undefined => {
    const secret = secretNameOf(reference);
    if (secret !== undefined) return secretOf?.(secret);
    return Object.hasOwn(env, reference) ? env[reference] : undefined;
  };
  const filled = interpolate(document, lookup, OPTIONAL_CREDENTIALS);
  throwIfAny('CONFIG_SYNTAX', filled.faults);
  throwIfAny('CONFIG_UNSET_VARIABLE', filled.unset);
  return filled;
}

function throwIfAny(code: ErrorCode, [first, ...rest]: readonly ConfigProblem[]): void {
  if (first) throw configError(code, [first, ...rest]);
}

/** Providers know which of their keys are missing because a variable is not set. */
function withMissingVariables(config: Config, missing: readonly MissingCredential[]): Config {
  const { models } = config;
  const providers = Object.entries(models.providers).map(([name, provider]) => {
    const own = missing.flatMap(({ pointer, variable }) => {
      const [, , owner, field = ''] = splitPointer(pointer);
      // A session token belongs to temporary credentials alone.
      return pointer.startsWith('/models/providers/') && owner === name && field !== 'sessionToken' ? [{ field, variable }] : [];
    });
    return [name, own.length === 0 ? provider : { ...provider, missingVariables: own }] as const;
  });
  return { ...config, models: { ...models, providers: Object.fromEntries(providers) } };
}

/** The first broken rule decides the code; those of the same code are told with it. */
function throwViolations(violations: readonly Violation[], layers: Layers): void {
  const code = violations[0]?.code;
  if (code === undefined) return;
  const problems = violations
    .filter((violation) => violation.code === code)
    .map(({ pointer, message, fix }): ConfigProblem => ({ ...layers.placeOf(pointer, 'value'), pointer, message, fix }));
  throwIfAny(code, problems);
}

function writableWarning({ label, path }: FoundFile): ConfigProblem {
  return { source: label, line: null, column: null, pointer: '', message: 'Every user of this machine may change this file.', fix: `Run: chmod o-w ${path}` };
}
