/** @module tools/search/meta-targets: the tools by which the others are found, as targets. What they do is loaded at their first call. */
import type { CallContext } from '../../contracts/call.ts';
import type { Listed } from '../../contracts/catalog.ts';
import type { ModelClient } from '../../contracts/model-client.ts';
import type { Policy } from '../../contracts/policy.ts';
import type { Target, Validate } from '../../contracts/target.ts';
import type { ToolSearchConfig } from '../../contracts/tool-search.ts';
import type { JsonObject } from '../../core/json.ts';
import { metaDefinitions } from './definitions.ts';
import type { MetaAnswers } from './answers.ts';

/** What they are given. */
export interface MetaPorts {
  readonly config: () => ToolSearchConfig;
  readonly policy: () => Policy;
  /** Tools of the profile, whoever may call them. */
  readonly list: (profile: string | undefined) => readonly Listed[];
  /** Upstream, or the category that its author gave it. */
  readonly categoryOf: (listed: Listed) => string;
  readonly compile: (schema: unknown) => Validate;
  /** Models for one running call. */
  readonly modelsOf: (call: CallContext) => ModelClient;
}

const READ: readonly string[] = Object.freeze(['tools:read']);
const EXECUTE: readonly string[] = Object.freeze(['tools:execute']);

/** By name. */
export function createMetaTargets(ports: MetaPorts): ReadonlyMap<string, Target> {
  let loading: Promise<MetaAnswers> | undefined;
  const load = (): Promise<MetaAnswers> => (loading ??= import('./answers.ts').then(({ createMetaAnswers }) => createMetaAnswers(ports)));
  return new Map(metaDefinitions().map((definition) => [String(definition['name']), toTarget(definition, ports, load)]));
}

function toTarget(definition: JsonObject, { compile }: MetaPorts, load: () => Promise<MetaAnswers>): Target {
  const name = String(definition['name']);
  const isCall = name === 'tools_call';
  let validate: Validate | undefined;
  return {
    kind: 'tool',
    name,
    access: { scopes: isCall ? EXECUTE : READ },
    // The call that it makes has a time of its own.
    traits: { isReadOnly: !isCall, takesSlot: true, priority: 5, ...(isCall ? { timeoutMs: Infinity } : {}) },
    isEnveloped: false,
    // What must reach neither audit nor log is known to the called tool alone: its own record has the rest.
    ...(isCall ? { redact: ['/input'] } : {}),
    validateInput: (value) => (validate ??= compile(definition['inputSchema']))(value),
    run: async (input, call) => {
      const answers = await load();
      return { type: 'result', value: await answers.answer(name, input as JsonObject, call) };
    },
  };
}
