/** @module policy/cedar/cedar-files: policy files, read and checked against the schema. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { systemCode } from '../../core/private-file.ts';
import type { Cedar } from './cedar-library.ts';
import { CEDAR_SCHEMA } from './cedar-schema.ts';

/** A file, or a text in its place. */
export interface CedarSource {
  readonly label: string;
  readonly text: string;
}

/** Policies that are valid under the schema. */
export interface CedarPolicies {
  /** By id: the annotation `@id`, else the file's name and the number in it. */
  readonly policies: Readonly<Record<string, string>>;
  readonly schema: string;
  /** Names of actions that the schema declares. */
  readonly actions: ReadonlySet<string>;
  /** Patterns that policies look for, by the attribute they stand beside. */
  readonly globs: Readonly<Record<GlobAttribute, readonly string[]>>;
}

/** Attributes that hold those of the policies' patterns that match. */
export const GLOB_ATTRIBUTES = ['globs', 'foldedGlobs', 'clientGlobs', 'commandGlobs'] as const;
/** One of them. */
export type GlobAttribute = (typeof GLOB_ATTRIBUTES)[number];

interface Fault {
  readonly message: string;
  readonly help: string | null;
  readonly sourceLocations?: readonly { readonly start: number }[] | undefined;
}

const ID = /^[A-Za-z0-9][\w.:-]{0,127}$/;
const MAX_FILE_BYTES = 4_194_304;

/** @throws AppError CONFIG_INVALID naming the file */
export function readSource(path: string): CedarSource {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) throw new AppError('CONFIG_INVALID', { message: `${basename(path)}: has more than ${MAX_FILE_BYTES} bytes.` });
    return { label: basename(path), text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
  } catch (cause) {
    if (AppError.is(cause)) throw cause;
    throw new AppError('CONFIG_INVALID', { message: `policy.cedar: the file ${basename(path)} cannot be read (${systemCode(cause)}).`, cause });
  }
}

/**
 * Parses and validates strictly: an unknown attribute, action or type refuses the whole.
 *
 * @throws AppError CONFIG_INVALID with file and line
 */
export function checkPolicies(cedar: Cedar, sources: readonly CedarSource[], ownSchema: CedarSource | undefined): CedarPolicies {
  const schema = ownSchema ? `${CEDAR_SCHEMA}\n${ownSchema.text}` : CEDAR_SCHEMA;
  const described = cedar.schemaToJson(schema);
  if (described.type === 'failure') throw schemaFault(described.errors, ownSchema);
  const found = new Map<string, CedarSource & { readonly policy: string; readonly offset: number }>();
  const globs: Record<GlobAttribute, Set<string>> = { globs: new Set(), foldedGlobs: new Set(), clientGlobs: new Set(), commandGlobs: new Set() };
  for (const source of sources) {
    const parts = cedar.policySetTextToParts(source.text);
    if (parts.type === 'failure') throw faultIn(source, parts.errors, 0);
    if (parts.policy_templates.length > 0) throw new AppError('CONFIG_INVALID', { message: `${source.label}: templates are not used here; write policies.` });
    let offset = 0;
    for (const [index, policy] of parts.policies.entries()) {
      offset = Math.max(source.text.indexOf(policy, offset), offset);
      const json = cedar.policyToJson(policy);
      if (json.type === 'failure') throw faultIn(source, json.errors, offset);
      const id = json.json.annotations?.['id'] ?? `${source.label}:${index + 1}`;
      if (!ID.test(id))
        throw new AppError('CONFIG_INVALID', {
          message: `${source.label}: @id(${JSON.stringify(id.slice(0, 64))}) needs letters, digits, ".", "_", ":" and "-".`,
        });
      if (found.has(id)) throw new AppError('CONFIG_INVALID', { message: `${source.label}: there are two policies with the id ${id}.` });
      collectGlobs(json.json.conditions, globs, `${source.label}: ${id}`);
      found.set(id, { ...source, policy, offset });
    }
  }
  const policies = Object.fromEntries([...found].map(([id, { policy }]) => [id, policy]));
  const checked = cedar.validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies: policies } });
  if (checked.type === 'failure') throw faultIn({ label: 'policy.cedar', text: '' }, checked.errors, 0);
  const [first] = checked.validationErrors;
  const place = first && found.get(first.policyId);
  if (first) throw faultIn(place ?? { label: 'policy.cedar', text: '' }, [first.error], place?.offset ?? 0);
  return {
    policies,
    schema,
    actions: new Set(Object.values(described.json).flatMap(({ actions }) => Object.keys(actions))),
    globs: { globs: [...globs.globs], foldedGlobs: [...globs.foldedGlobs], clientGlobs: [...globs.clientGlobs], commandGlobs: [...globs.commandGlobs] },
  };
}

/** Patterns must stand in the policy itself: what is computed could not be matched beforehand. */
function collectGlobs(node: unknown, globs: Record<GlobAttribute, Set<string>>, where: string): void {
  if (Array.isArray(node)) {
    for (const item of node) collectGlobs(item, globs, where);
    return;
  }
  if (!isObject(node)) return;
  for (const [operator, operands] of Object.entries(node)) {
    if (isObject(operands)) {
      const attribute = globAttributeOf(operands['left']);
      const isLookup = operator === 'contains' || operator === 'containsAny' || operator === 'containsAll';
      if (attribute !== undefined && isLookup) for (const pattern of literalsOf(operands['right'], where)) globs[attribute].add(pattern);
    }
    collectGlobs(operands, globs, where);
  }
}

function globAttributeOf(node: unknown): GlobAttribute | undefined {
  const access = isObject(node) ? node['.'] : undefined;
  const attribute = isObject(access) ? access['attr'] : undefined;
  return GLOB_ATTRIBUTES.find((name) => name === attribute);
}

function literalsOf(node: unknown, where: string): readonly string[] {
  const value = isObject(node) ? (node['Value'] ?? node['Set']) : undefined;
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => (typeof item === 'string' ? [item] : literalsOf(item, where)));
  throw new AppError('CONFIG_INVALID', { message: `${where}: patterns of globs must be written as texts.` });
}

function schemaFault(errors: readonly Fault[], own: CedarSource | undefined): AppError {
  return faultIn(own ?? { label: 'policy.cedar.schema', text: '' }, errors, -(CEDAR_SCHEMA.length + 1));
}

function faultIn({ label, text }: CedarSource, [first]: readonly Fault[], offset: number): AppError {
  const start = first?.sourceLocations?.[0]?.start;
  // Cedar counts bytes, this counts characters: the line may be off where a text before it is not ASCII.
  const line = start === undefined ? undefined : text.slice(0, Math.max(0, offset + start)).split('\n').length;
  const help = first?.help ? ` (${first.help})` : '';
  return new AppError('CONFIG_INVALID', { message: `${label}${line === undefined ? '' : `:${line}`}: ${first?.message ?? 'cannot be used'}${help}.` });
}
