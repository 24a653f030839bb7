/** @module policy/cedar/cedar-request: callers, targets and effects as Cedar's entities. */
import type { PermissionRequest } from '../../contracts/policy.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { Target } from '../../contracts/target.ts';
import { compileFoldedGlobs, compileGlob, type Glob } from '../glob.ts';
import { GLOB_ATTRIBUTES, type GlobAttribute } from './cedar-files.ts';
import type { Cedar } from './cedar-library.ts';

type Call = Parameters<Cedar['statefulIsAuthorized']>[0];
type Entities = Call['entities'];
type Attributes = Entities[number]['attrs'];
type Uid = { readonly type: string; readonly id: string };

/** A question to Cedar, with the text under which its answer is remembered. */
export interface CedarRequest {
  readonly key: string;
  readonly principal: Uid;
  readonly action: string;
  readonly resource: Uid;
  readonly context: Call['context'];
  readonly entities: Entities;
}

/** A caller, made once. */
export interface CedarPrincipal {
  readonly uid: Uid;
  readonly key: string;
  readonly entities: Entities;
}

/** Makes questions. */
export interface CedarRequests {
  principalOf(principal: Principal): CedarPrincipal;
  /** @param input given where the schema declares an action for the target */
  call(caller: CedarPrincipal, target: Target, action: string, input: unknown): CedarRequest;
  /** Whether a scope is held. */
  hold(caller: CedarPrincipal, scope: string): CedarRequest;
  effect(caller: CedarPrincipal, target: Target, request: PermissionRequest): CedarRequest;
}

type Matcher = (text: string) => string[];

/**
 * @param ancestries role → itself and all it inherits
 * @throws AppError CONFIG_INVALID for a pattern of a policy that cannot work
 */
export function createCedarRequests(
  ancestries: ReadonlyMap<string, ReadonlySet<string>>,
  globs: Readonly<Record<GlobAttribute, readonly string[]>>,
): CedarRequests {
  const match = Object.fromEntries(GLOB_ATTRIBUTES.map((name) => [name, matcherOf(globs[name], name === 'foldedGlobs')])) as Record<GlobAttribute, Matcher>;

  const roleEntities = (names: readonly string[]): Entities => {
    const all = new Set(names.flatMap((name) => [...(ancestries.get(name) ?? [])]));
    return [...all].map((name) => ({
      uid: { type: 'Role', id: name },
      attrs: {},
      parents: [...(ancestries.get(name) ?? [])].filter((parent) => parent !== name).map((id) => ({ type: 'Role', id })),
    }));
  };
  const targetEntity = ({ kind, name, upstream, access, traits }: Target): Entities[number] => ({
    uid: { type: 'Target', id: `${kind}:${name}` },
    attrs: {
      kind,
      name,
      ...(upstream === undefined ? {} : { upstream }),
      needs: [...access.scopes],
      readOnly: traits.isReadOnly,
      globs: match.globs(`${kind}:${name}`),
    },
    parents: [],
  });

  return {
    principalOf({ id, kind, clientId, tenant, method, roles }) {
      const known = [...new Set(roles)].filter((name) => ancestries.has(name));
      const attrs: Attributes = {
        id,
        kind,
        client: clientId,
        ...(tenant === null ? {} : { tenant }),
        method,
        roles: known,
        globs: match.globs(id),
        clientGlobs: match.clientGlobs(clientId),
      };
      const uid = { type: 'Principal', id };
      const self = { uid, attrs, parents: known.map((name) => ({ type: 'Role', id: name })) };
      return { uid, key: JSON.stringify([id, kind, clientId, tenant, method, known]), entities: [self, ...roleEntities(known)] };
    },
    call(caller, target, action, input) {
      const entity = targetEntity(target);
      const hasInput = action !== 'call';
      return {
        key: JSON.stringify([caller.key, action, entity.uid, entity.attrs, hasInput ? input : null]),
        principal: caller.uid,
        action,
        resource: entity.uid as Uid,
        // Cedar itself refuses what is not of the declared types.
        context: hasInput ? { input: input as Attributes[string] } : {},
        entities: [...caller.entities, entity],
      };
    },
    hold(caller, scope) {
      const uid = { type: 'Scope', id: scope };
      return {
        key: JSON.stringify([caller.key, 'hold', scope]),
        principal: caller.uid,
        action: 'hold',
        resource: uid,
        context: {},
        entities: [...caller.entities, { uid, attrs: { name: scope }, parents: [] }],
      };
    },
    effect(caller, target, { type, resource, parameters = {} }) {
      const uid = { type: 'Thing', id: resource };
      const entity = targetEntity(target);
      const { size, timeout, command } = parameters;
      const context = {
        target: { __entity: { type: 'Target', id: `${target.kind}:${target.name}` } },
        ...longOf('size', size),
        ...longOf('timeout', timeout),
        ...(typeof command === 'string' ? { command } : {}),
        commandGlobs: typeof command === 'string' ? match.commandGlobs(command) : [],
      };
      const attrs = { text: resource, globs: match.globs(resource), foldedGlobs: match.foldedGlobs(resource) };
      return {
        key: JSON.stringify([caller.key, type, entity.uid, entity.attrs, context, resource]),
        principal: caller.uid,
        action: type,
        resource: uid,
        context,
        entities: [...caller.entities, entity, { uid, attrs, parents: [] }],
      };
    },
  };
}

/** Cedar has whole numbers alone: what is not one is rounded up, and what is larger than all is the largest, so that no limit is slipped under. */
function longOf(name: string, value: unknown): Record<string, number> {
  const largest = Number.MAX_SAFE_INTEGER;
  return typeof value === 'number' && !Number.isNaN(value) ? { [name]: Math.ceil(Math.min(largest, Math.max(-largest, value))) } : {};
}

function matcherOf(patterns: readonly string[], isFolded: boolean): Matcher {
  const globs = patterns.map((pattern): readonly [string, Glob] => [
    pattern,
    isFolded ? compileFoldedGlobs([pattern], 'policy.cedar') : compileGlob(pattern, 'policy.cedar'),
  ]);
  return (text) => globs.filter(([, matches]) => matches(text)).map(([pattern]) => pattern);
}
