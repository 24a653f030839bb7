/** @module app/tasks/tools: which tools somebody may call, and why or why not. */
import { prepareInput } from '../../calls/prepare.ts';
import { requireProfile } from '../../calls/require-profile.ts';
import { suggest } from '../../config/suggest.ts';
import type { Listed } from '../../contracts/catalog.ts';
import type { ExplanationStep } from '../../contracts/policy.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { Target } from '../../contracts/target.ts';
import type { ToolSearchMode } from '../../contracts/tool-search.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { estimateTokens } from '../../tools/search/cost.ts';
import type { ToolRecord } from '../../tools/registry.ts';
import { findSubject, inspect, type Inspection, type Subject } from './inspection.ts';
import type { TaskPlace } from './task.ts';
import { whyHidden } from './why-hidden.ts';

/** One tool as a principal sees it. */
export interface ToolSummary {
  readonly name: string;
  /** The upstream that brings it; null = the gateway's own. */
  readonly upstream: string | null;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly isReadOnly: boolean;
  readonly metadata: unknown;
  /** Where its work is done: the gateway's own process, the sandbox, or the upstream that brings it. */
  readonly runsIn: 'gateway' | 'sandbox' | 'upstream';
  /** Why it may be done in the gateway's own process; null elsewhere, and where its author gave no reason. */
  readonly inProcess: string | null;
  /** Characters of the definition's JSON divided by four: an estimate of what a model pays for seeing it. */
  readonly estimatedTokens: number;
}

/** What a principal may call. */
export interface ToolList {
  readonly principal: { readonly id: string; readonly roles: readonly string[]; readonly scopes: readonly string[] };
  readonly tools: readonly ToolSummary[];
  /** Tools that exist and are not shown to it. */
  readonly hidden: number;
  /** Upstreams of which no tool is known: they were never connected to, or nothing of theirs is approved. */
  readonly unlisted: readonly string[];
  readonly estimatedTokens: number;
  /** What each upstream's part of it costs, the dearest first; null = the gateway's own. */
  readonly byUpstream: readonly { readonly upstream: string | null; readonly tools: number; readonly estimatedTokens: number }[];
  /** When clients are shown search tools instead. */
  readonly search: { readonly mode: ToolSearchMode; readonly thresholdTokens: number; readonly isSwitched: boolean };
}

/** Why a call is allowed or not. */
export interface WhyAnswer {
  readonly tool: string;
  readonly principal: ToolList['principal'];
  readonly isAllowed: boolean;
  /** The rule that decides, such as `role:user`, `kill-switch`, `default-deny`. */
  readonly rule: string;
  /** In the order of the road; also those after one that failed. */
  readonly steps: readonly ExplanationStep[];
}

/** A question about one tool. */
export interface WhyQuestion {
  readonly tool: string;
  /** See findSubject. */
  readonly as: string;
  /** Virtual server that it is called through; undefined = the whole catalogue. */
  readonly profile?: string | undefined;
  /** Without it, effects that depend on the arguments are not judged. */
  readonly input?: unknown;
}

/**
 * @param profile whose view is listed; undefined = the whole catalogue
 * @throws AppError KEY_UNKNOWN, USAGE for an unknown principal; PROFILE_UNKNOWN, SCOPE_MISSING, PERMISSION_DENIED; CONFIG_*, HOME_INSECURE, STORAGE_*
 */
export async function listTools(place: TaskPlace, as: string, profile?: string): Promise<ToolList> {
  return await inspect(place, async (inspection) => {
    const { principal } = await findSubject(inspection, as);
    const { targets, generation } = inspection;
    requireProfile(principal, profile);
    if (profile !== undefined) targets.profiles.enter(profile, principal);
    const records = new Map(targets.tools.registry.list().map((record) => [record.name, record]));
    const all = targets.catalog.list('tools', profile);
    const tools = all
      .filter(({ target }) => generation.policy.isVisible(principal, target))
      .map(
        ({ target, definition }): ToolSummary => ({
          name: String(definition['name']),
          upstream: target.upstream ?? null,
          description: String(definition['description'] ?? ''),
          scopes: target.access.scopes,
          isReadOnly: target.traits.isReadOnly,
          metadata: records.get(target.name)?.metadata ?? null,
          ...placeOfWork(target, records.get(target.name)),
          estimatedTokens: estimateTokens(definition),
        }),
      );
    const estimatedTokens = tools.reduce((sum, tool) => sum + tool.estimatedTokens, 0);
    const mode = targets.search.modeOf(profile);
    const { thresholdTokens } = generation.config.toolSearch;
    return {
      principal: shown(principal, generation.policy.scopesOf(principal)),
      tools,
      hidden: all.length - tools.length,
      unlisted: unlistedUpstreams(inspection, profile, all),
      estimatedTokens,
      byUpstream: costByUpstream(tools),
      search: { mode, thresholdTokens, isSwitched: mode === 'always' || (mode === 'auto' && estimatedTokens > thresholdTokens) },
    };
  });
}

function unlistedUpstreams({ generation }: Inspection, profile: string | undefined, all: readonly Listed[]): readonly string[] {
  const { upstreams, profiles } = generation.config;
  const wanted = profile === undefined ? null : (profiles[profile]?.upstreams ?? (Object.hasOwn(profiles, profile) ? null : [profile]));
  const listed = new Set(all.map(({ target }) => target.upstream));
  return Object.entries(upstreams).flatMap(([name, { isEnabled }]) => (isEnabled && !listed.has(name) && (wanted?.includes(name) ?? true) ? [name] : []));
}

function placeOfWork({ upstream }: Target, record: ToolRecord | undefined): Pick<ToolSummary, 'runsIn' | 'inProcess'> {
  if (upstream !== undefined) return { runsIn: 'upstream', inProcess: null };
  return record?.metadata.runtime === 'sandbox' ? { runsIn: 'sandbox', inProcess: null } : { runsIn: 'gateway', inProcess: record?.inProcess ?? null };
}

/** Of a tool or, where none has this name, of a model. @throws AppError UNKNOWN_TARGET with the nearest name, and as listTools */
export async function explainTool(place: TaskPlace, question: WhyQuestion): Promise<WhyAnswer> {
  return await inspect(place, async (inspection) => {
    const { targets, generation } = inspection;
    const subject = await findSubject(inspection, question.as);
    const principal = shown(subject.principal, generation.policy.scopesOf(subject.principal));
    const { profile } = question;
    if (profile !== undefined) targets.profiles.requireKnown(profile);
    const target = targets.catalog.resolve('tool', question.tool, profile) ?? targets.catalog.resolve('model', question.tool);
    if (target) return { tool: question.tool, principal, ...judge(inspection, subject, target, question) };
    const hidden = profile === undefined ? undefined : targets.catalog.resolve('tool', question.tool);
    if (hidden && profile !== undefined) {
      const shown = targets.catalog.list('tools', profile).find((listed) => listed.target.name === hidden.name)?.definition['name'];
      const detail =
        typeof shown === 'string'
          ? `The profile ${profile} shows it as ${shown}.`
          : `The profile ${profile} does not show it; \`switchyard tools ls --profile ${profile}\` lists what it shows.`;
      return { tool: question.tool, principal, isAllowed: false, rule: `profile:${profile}`, steps: [{ step: 'exists', isPassed: false, detail }] };
    }
    const why = whyHidden(inspection, question.tool);
    if (why) return { tool: question.tool, principal, isAllowed: false, rule: why.rule, steps: [{ step: 'exists', isPassed: false, detail: why.detail }] };
    if (!generation.config.tools.disabled.includes(question.tool)) throw unknownTool(inspection, question.tool, profile);
    const detail = 'tools.disabled of the configuration names it: here it does not exist.';
    return { tool: question.tool, principal, isAllowed: false, rule: 'tools.disabled', steps: [{ step: 'exists', isPassed: false, detail }] };
  });
}

const EXISTS: Readonly<Partial<Record<Target['kind'], string>>> = {
  tool: 'The tool is registered, and tools.disabled does not name it.',
  model: 'It is an alias, a listed model, or a model of a configured provider.',
};

/** The steps of the road before a tool runs, in their order. */
function judge(
  { guards, generation, targets }: Inspection,
  { principal, refusal }: Subject,
  target: Target,
  question: WhyQuestion,
): Pick<WhyAnswer, 'isAllowed' | 'rule' | 'steps'> {
  const { profile } = question;
  const off = guards.killSwitch.check(principal, { kind: target.kind, name: target.name, upstream: target.upstream, profile });
  const input = 'input' in question ? prepared(target, question.input) : undefined;
  const asked = input !== undefined && 'value' in input ? { principal, target, input: input.value } : { principal, target };
  const { decision, steps } = generation.policy.explain(asked);
  const before: readonly (ExplanationStep & { readonly rule: string })[] = [
    { step: 'credential', rule: 'credential', isPassed: refusal === undefined, detail: refusal ?? 'It is accepted.' },
    ...mayEnter(targets, profile, principal),
    { step: 'exists', rule: 'exists', isPassed: true, detail: existence(target, question.tool) },
    {
      step: 'kill switch',
      rule: 'kill-switch',
      isPassed: off === undefined,
      detail: off === undefined ? 'Nothing that matches is switched off.' : `Switched off: ${off}`,
    },
    ...(input === undefined
      ? []
      : [{ step: 'arguments', rule: 'input-schema', isPassed: 'value' in input, detail: 'value' in input ? 'They match the input schema.' : input.problem }]),
  ];
  const stopped = before.find(({ isPassed }) => !isPassed);
  return {
    isAllowed: stopped === undefined && decision.isAllowed,
    rule: stopped?.rule ?? decision.rule,
    steps: [...before.map(({ step, isPassed, detail }) => ({ step, isPassed, detail })), ...steps],
  };
}

function existence(target: Target, asked: string): string {
  const what =
    target.upstream === undefined ? (EXISTS[target.kind] ?? 'It is there.') : `The upstream ${target.upstream} lists it, and its definition is approved.`;
  return target.kind === 'model' || target.name === asked ? what : `${what} Here it is called ${asked}; its name is ${target.name}.`;
}

/** No step for those who come through no profile and need none. */
function mayEnter(targets: Inspection['targets'], profile: string | undefined, principal: Principal): readonly (ExplanationStep & { readonly rule: string })[] {
  const step = 'profile';
  try {
    requireProfile(principal, profile);
    if (profile === undefined) return [];
    targets.profiles.enter(profile, principal);
    return [{ step, rule: `profile:${profile}`, isPassed: true, detail: `It may use the profile ${profile}.` }];
  } catch (thrown) {
    const { message, data } = toAppError(thrown);
    return [{ step, rule: typeof data?.['rule'] === 'string' ? data['rule'] : `profile:${profile}`, isPassed: false, detail: message }];
  }
}

/** With defaults and checked, as the policy is asked about it; permissions expect nothing else. */
function prepared(target: Target, input: unknown): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: prepareInput(target, input) };
  } catch (thrown) {
    return { problem: toAppError(thrown).message };
  }
}

function unknownTool({ targets }: Inspection, name: string, profile: string | undefined): AppError {
  const near = suggest(
    name,
    targets.catalog.list('tools', profile).map(({ definition }) => String(definition['name'])),
  );
  return new AppError('UNKNOWN_TARGET', {
    message: `Unknown tool: ${name.slice(0, 200)}`,
    fix: `${near === undefined ? '' : `Did you mean ${near}? `}\`switchyard tools ls\` lists the tools.`,
  });
}

function shown({ id, roles }: Subject['principal'], scopes: readonly string[]): ToolList['principal'] {
  return { id, roles, scopes };
}

function costByUpstream(tools: readonly ToolSummary[]): ToolList['byUpstream'] {
  const costs = new Map<string | null, { tools: number; estimatedTokens: number }>();
  for (const { upstream, estimatedTokens } of tools) {
    const known = costs.get(upstream) ?? { tools: 0, estimatedTokens: 0 };
    costs.set(upstream, { tools: known.tools + 1, estimatedTokens: known.estimatedTokens + estimatedTokens });
  }
  return [...costs].map(([upstream, cost]) => ({ upstream, ...cost })).sort((one, other) => other.estimatedTokens - one.estimatedTokens);
}
