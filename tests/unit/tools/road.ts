/** A catalogue on the real road, with in-memory ports: what a test calls travels as a client's call would. */
import type { Answer, Request, StreamPart } from '../../../src/contracts/call.ts';
import type { Policy } from '../../../src/contracts/policy.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import type { TargetKind } from '../../../src/contracts/target.ts';
import type { ToolDefinition, ToolResult } from '../../../src/contracts/tool.ts';
import { AppError } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/schema/compile.ts';
import { standardSchemaToJson } from '../../../src/schema/standard.ts';
import { createCatalog, type ToolCatalog } from '../../../src/tools/catalog.ts';
import type { CatalogPorts } from '../../../src/tools/ports.ts';
import { ALICE, bench, type Bench } from '../../helpers/pipeline.ts';
import { noModels } from '../../helpers/no-models.ts';

export { ALICE };

/** 1970-01-01T00:16:40.000Z, the clock of every test here. */
export const NOW = { now: () => 1_000_000, monotonic: () => 0 };

/** Allows what the principal's scopes cover; `admin` stands for all. */
export const SCOPE_POLICY: Policy = {
  decide: (principal, target) => {
    const missing = target.access.scopes.filter((scope) => !holds(principal, scope));
    return missing.length === 0
      ? { isAllowed: true, rule: 'scopes', reason: 'held' }
      : { isAllowed: false, rule: 'default-deny', reason: `needs ${missing.join(', ')}`, missingScopes: missing };
  },
  isVisible: (principal, target) => target.access.scopes.every((scope) => holds(principal, scope)),
  scopesOf: (principal) => principal.scopes ?? [],
};

function holds(principal: Principal, scope: string): boolean {
  return principal.roles.includes('admin') || (principal.scopes ?? []).includes(scope);
}

export const principal = (id: string, scopes: readonly string[] | null, roles: readonly string[] = ['user']): Principal =>
  Object.freeze({ ...ALICE, id, scopes, roles });

/** Asks policy for the permissions of each call too, and refuses paths that begin with `secret`. */
export const PATH_POLICY: Policy = {
  ...SCOPE_POLICY,
  isVisible: () => true,
  decide: (_caller, target, input, place = {}) => {
    const denied = target.access.permissions?.(input, place).find(({ resource }) => resource.startsWith('secret'));
    return denied
      ? { isAllowed: false, rule: 'deny:secret', reason: `${denied.type} ${denied.resource} ${JSON.stringify(denied.parameters)}` }
      : { isAllowed: true, rule: 'all', reason: '' };
  },
};

export interface Road extends Bench {
  readonly catalog: ToolCatalog;
  /** Everything the call said before its end. */
  readonly parts: StreamPart[];
  call(kind: TargetKind, name: string, input?: unknown, extra?: Partial<Request>): Promise<Answer>;
  /** The tool's result. @throws the error it ended with */
  run(name: string, input?: unknown, extra?: Partial<Request>): Promise<ToolResult>;
  /** `data` of the tool's envelope. */
  data(name: string, input?: unknown, extra?: Partial<Request>): Promise<unknown>;
  /** `CODE: message` of the failure. */
  failure(kind: TargetKind, name: string, input?: unknown, extra?: Partial<Request>): Promise<string>;
}

export function road(tools: readonly ToolDefinition[] = [], ports: Partial<CatalogPorts> = {}): Road {
  const policy: Policy = { decide: () => ({ isAllowed: true, rule: 'all', reason: '' }), isVisible: () => true, scopesOf: () => [] };
  const catalog = createCatalog({
    compile: compileSchema,
    toJsonSchema: standardSchemaToJson,
    clock: NOW,
    maxResultBytes: 1_000_000,
    modelsOf: noModels,
    policy: () => policy,
    ...ports,
  });
  for (const tool of tools) catalog.registerTool(tool);
  const parts: StreamPart[] = [];
  const made = bench([], { generation: () => ({ id: 1, callTimeoutMs: 30_000, catalog, policy: (ports.policy ?? (() => policy))() }) });
  const call: Road['call'] = (kind, name, input = {}, extra = {}) =>
    made.pipeline.run({
      ...made.request(name, input),
      target: { kind, name },
      emit: (part) => {
        parts.push(part);
      },
      ...extra,
    });
  const value = async (kind: TargetKind, name: string, input?: unknown, extra?: Partial<Request>): Promise<unknown> => {
    const { terminal } = await call(kind, name, input, extra);
    if (terminal.type === 'error') throw terminal.error;
    return terminal.type === 'result' ? terminal.value : terminal;
  };
  return {
    ...made,
    catalog,
    parts,
    call,
    run: async (name, input, extra) => (await value('tool', name, input, extra)) as ToolResult,
    data: async (name, input, extra) => ((await value('tool', name, input, extra)) as ToolResult).structuredContent?.['data'],
    failure: async (kind, name, input, extra) => {
      const { terminal } = await call(kind, name, input, extra);
      return terminal.type === 'error' ? `${terminal.error.code}: ${terminal.error.message}` : `no failure but ${JSON.stringify(terminal)}`;
    },
  };
}

/** A tool that answers what the handler does. */
export const tool = (handler: ToolDefinition['handler'], more: Partial<ToolDefinition> = {}): ToolDefinition => ({
  name: 'it',
  description: 'A tool for tests.',
  handler,
  ...more,
});

/** The caller of a request, replaced. */
export const as = (caller: Principal): Partial<Request> => ({
  admission: { door: 'test', source: '127.0.0.1', credential: { kind: 'none' }, principal: caller },
});

/** `CODE: message` of what the work throws. */
export function thrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return AppError.is(error) ? `${error.code}: ${error.message}` : `not an AppError: ${String(error)}`;
  }
  return 'nothing';
}
