import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogEvent, CatalogList, Listed } from '../../../src/contracts/catalog.ts';
import type { ProfilePorts, ProfileSpec } from '../../../src/contracts/profiles.ts';
import type { Target } from '../../../src/contracts/target.ts';
import { createProfiles, specOfUpstream } from '../../../src/profiles/profiles.ts';
import { Profile } from '../../../src/profiles/profile.ts';
import { requireAccess } from '../../../src/profiles/access.ts';
import { keyPrincipal } from '../../helpers/key-principal.ts';

const target = (kind: Target['kind'], name: string, more: Partial<Target> = {}): Target => ({
  kind,
  name,
  access: { scopes: [] },
  traits: { isReadOnly: true, takesSlot: false, priority: 5 },
  run: () => ({ type: 'result', value: name }),
  ...more,
});
const tool = (name: string, own?: string): Listed => ({ target: target('tool', name), definition: { name, description: `The tool ${name}.` }, own });

class Base implements Catalog {
  lists = new Map<CatalogList, readonly Listed[]>();
  listeners = new Set<(event: CatalogEvent) => void>();
  list(list: CatalogList): readonly Listed[] {
    const known = this.lists.get(list) ?? [];
    this.lists.set(list, known);
    return known;
  }
  resolve(kind: Target['kind'], name: string): Target | undefined {
    if (kind !== 'resource') return target(kind, name);
    return target('resource', name, name.startsWith('t://') ? { template: 't://{+path}' } : {});
  }
  subscribe(listener: (event: CatalogEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  set(list: CatalogList, entries: readonly Listed[], type: CatalogEvent['type'] = 'tools_changed'): void {
    this.lists.set(list, entries);
    for (const listener of this.listeners) listener({ type } as CatalogEvent);
  }
}

const spec = (more: Partial<ProfileSpec> = {}): ProfileSpec => ({ ...specOfUpstream('x'), usesOwnNames: false, upstreams: null, ...more });
const tools = (more: Partial<ProfileSpec['tools']>): Partial<ProfileSpec> => ({ tools: { ...spec().tools, ...more } });

function make(given: ProfileSpec, base = new Base()): { profile: Profile; base: Base; ports: ProfilePorts } {
  const ports: ProfilePorts = { catalogOf: () => base, listTargets: () => new Map(), missingScopes: () => [] };
  return { profile: new Profile(given, ports), base, ports };
}
const names = (profile: Profile): unknown[] => profile.list('tools').map(({ definition }) => definition['name']);

describe('names in a profile', () => {
  // @requirement G2.d
  it('are kept for what the operator gave them to, whatever else is called so', () => {
    const { profile, base } = make(spec(tools({ rename: { a__one: 'one' } })));
    base.set('tools', [tool('a__one'), tool('one')]);
    expect(names(profile)).toEqual(['one']);
    expect(profile.resolve('tool', 'one')?.name).toBe('a__one');
    expect(profile.resolve('tool', 'a__one')).toBeUndefined();
  });

  // @requirement G2.d
  it('are those of the upstream where the profile is its own', () => {
    const { profile, base } = make({ ...spec(), usesOwnNames: true });
    base.set('tools', [tool('x__a_b', 'a.b'), tool('x__one', 'one')]);
    expect(names(profile)).toEqual(['a.b', 'one']);
    expect(profile.resolve('tool', 'a.b')?.name).toBe('x__a_b');
  });

  // @requirement G2.d
  it('do not make the entries new: the same array until something changes', () => {
    const { profile, base } = make(spec(tools({ rename: { a__one: 'one' } })));
    base.set('tools', [tool('a__one')]);
    const [first] = profile.list('tools');
    expect(profile.list('tools')).toBe(profile.list('tools'));
    base.set('tools', [...base.list('tools'), tool('b__two')]);
    expect(profile.list('tools')[1]).toBe(first);
  });
});

describe('resources in a profile', () => {
  const restricted = spec({ resources: { allow: ['t://{+path}', 'r://one'], deny: ['t://secret/*'] } });

  // @requirement G2.h
  it('are those that the patterns let through, and no URI that leads around them', () => {
    const { profile } = make(restricted);
    expect(profile.resolve('resource', 't://public/1')?.name).toBe('t://public/1');
    for (const uri of [
      't://secret/1',
      't://%73ecret/1',
      't://%2573ecret%2f1',
      't://public/../secret/1',
      't://public/%2e%2E/secret/1',
      't://public/.%2e/secret/1',
      't://public\\..\\secret',
      't://public/..%2Fsecret/1',
      't://public%2f../secret',
      'r://two',
    ])
      expect(profile.resolve('resource', uri), uri).toBeUndefined();
    // The control: without patterns nothing is held back.
    expect(make(spec()).profile.resolve('resource', 't://public/../secret/1')).toBeDefined();
  });

  // @requirement G2.h
  it('are watched under the same conditions', () => {
    const { profile } = make(restricted);
    expect(profile.resolve('subscription', 'r://one')).toBeDefined();
    expect(profile.resolve('subscription', 'r://two')).toBeUndefined();
    expect(profile.resolve('subscription', '*')).toBeDefined();
  });
});

describe('listeners of a profile', () => {
  // @requirement G2.l
  it('hear of changes of their view alone', () => {
    const { profile, base } = make(spec({ ...tools({ allow: ['a__*'] }), resources: { allow: ['r://one'], deny: [] } }));
    base.set('tools', [tool('a__one')]);
    const heard: CatalogEvent[] = [];
    const stop = profile.subscribe((event) => heard.push(event));
    base.set('tools', [tool('a__one'), tool('b__two')]);
    base.set('prompts', [], 'prompts_changed');
    for (const listener of base.listeners) listener({ type: 'resource_updated', uri: 'r://two' });
    expect(heard).toEqual([]);
    base.set('tools', [tool('a__one'), tool('a__two')]);
    for (const listener of base.listeners) listener({ type: 'resource_updated', uri: 'r://one' });
    expect(heard).toEqual([{ type: 'tools_changed' }, { type: 'resource_updated', uri: 'r://one' }]);
    profile.reconfigure(spec(tools({ allow: ['b__*'] })));
    expect(heard.slice(2)).toEqual([{ type: 'tools_changed' }]);
    stop();
    expect(base.listeners.size).toBe(0);
  });

  // @requirement G2.l
  it('hear again of a profile that went and came back', () => {
    const base = new Base();
    const { ports } = make(spec(), base);
    const profiles = createProfiles(ports);
    profiles.apply({ one: spec() });
    const heard: CatalogEvent[] = [];
    profiles.find('one')?.subscribe((event) => heard.push(event));
    profiles.apply({});
    expect(profiles.find('one')).toBeUndefined();
    profiles.apply({ one: spec() });
    base.set('tools', [tool('a__one')]);
    expect(heard).toEqual([{ type: 'tools_changed' }]);
  });
});

describe('access to a profile', () => {
  const principal = keyPrincipal('key:1');
  const code = (access: Partial<ProfileSpec['access']>, missing: readonly string[] = []): unknown => {
    try {
      requireAccess('p', { roles: null, scopes: [], principals: null, ...access }, principal, () => missing);
      return 'in';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  // @requirement G2.j
  it('needs every condition that is written', () => {
    expect(code({})).toBe('in');
    expect(code({ roles: ['user', 'admin'], principals: ['key:*'] })).toBe('in');
    expect(code({ roles: ['user'], principals: ['jwt:*'] })).toBe('PERMISSION_DENIED');
    expect(code({ roles: [], principals: ['key:*'] })).toBe('PERMISSION_DENIED');
    expect(code({ scopes: ['a:b'] }, ['a:b'])).toBe('SCOPE_MISSING');
  });
});
