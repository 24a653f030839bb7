/**
 * @module config/schema: the whole configuration. To add a section: write its type in
 * contracts/config.ts, its defaults in defaults.ts, its keys in sections/<name>.ts, and one line here.
 */
import * as v from 'valibot';
import type { Config } from '../contracts/config.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { key, text } from './fields.ts';
import { approvalsSection } from './sections/approvals.ts';
import { auditSection } from './sections/audit.ts';
import { clusterSection, storageSection } from './sections/cluster.ts';
import { identitySection } from './sections/identity.ts';
import { limitsSection, toLimits } from './sections/limits.ts';
import { logSection } from './sections/log.ts';
import { modelsSection } from './sections/models.ts';
import { orchestratorKeys, orchestratorSection, toOrchestratorConfig } from './sections/orchestrator.ts';
import { policySection, toPolicyConfig } from './sections/policy.ts';
import { profilesSection } from './sections/profiles.ts';
import { sandboxSection } from './sections/sandbox.ts';
import { serverSection } from './sections/server.ts';
import { tasksSection } from './sections/tasks.ts';
import { toolSearchSection } from './sections/tool-search.ts';
import { toolsSection } from './sections/tools.ts';
import { toUpstreamsConfig, upstreamsSection } from './sections/upstreams.ts';
import { workspaceSection } from './sections/workspace.ts';

/** A configuration file. Every key has a default; unknown keys are refused. */
export const configSchema = v.pipe(
  v.strictObject(
    {
      $schema: v.optional(v.pipe(v.string('a text'), v.description('Where editors find the schema of this file.'))),
      environment: key(text('a name', 64), DEFAULT_CONFIG.environment, 'Name of this installation, shown by status tools.'),
      server: v.optional(serverSection, {}),
      identity: v.optional(identitySection, {}),
      policy: v.optional(policySection, {}),
      approvals: v.optional(approvalsSection, {}),
      limits: v.optional(limitsSection, {}),
      audit: v.optional(auditSection, {}),
      log: v.optional(logSection, {}),
      workspace: v.optional(workspaceSection, {}),
      tools: v.optional(toolsSection, {}),
      tasks: v.optional(tasksSection, {}),
      sandbox: v.optional(sandboxSection, {}),
      models: v.optional(modelsSection, {}),
      upstreams: v.optional(upstreamsSection, {}),
      profiles: v.optional(profilesSection, {}),
      toolSearch: v.optional(toolSearchSection, {}),
      orchestrator: v.optional(orchestratorSection, {}),
      storage: v.optional(storageSection, {}),
      cluster: v.optional(clusterSection, {}),
      ...orchestratorKeys,
    },
    'a section with keys',
  ),
  v.title('Configuration of Switchyard'),
);

/** The program's form of a valid file. */
export function toConfig(input: v.InferOutput<typeof configSchema>): Config {
  const {
    $schema: _,
    anthropic_api_key,
    gemini_cli_path,
    default_max_tokens,
    retry_attempts,
    timeout_seconds,
    limits,
    policy,
    orchestrator,
    upstreams,
    ...sections
  } = input;
  return {
    ...sections,
    limits: toLimits(limits),
    policy: toPolicyConfig(policy),
    upstreams: toUpstreamsConfig(upstreams),
    orchestrator: toOrchestratorConfig({ anthropic_api_key, gemini_cli_path, default_max_tokens, retry_attempts, timeout_seconds }, orchestrator),
  };
}
