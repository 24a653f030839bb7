/** @module config/sections/orchestrator: the orchestrator's own keys, accepted at the top level as they are. */
import type { OrchestratorConfig } from '../../contracts/config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { decimal, integer, key, orNull, path, text } from '../fields.ts';

const { orchestrator: defaults } = DEFAULT_CONFIG;

/** The top-level keys. */
export const orchestratorKeys = {
  anthropic_api_key: key(
    orNull(text('a key', 4096)),
    defaults.anthropicApiKey,
    'Key of the Anthropic API. Write ${ANTHROPIC_API_KEY}; where it is not set, the provider is not configured.',
  ),
  gemini_cli_path: key(orNull(path()), defaults.geminiCliPath, 'Program of the Gemini CLI: a path, or a name looked up in PATH.'),
  default_max_tokens: key(integer(1, 10_000_000), defaults.defaultMaxTokens, 'Tokens that an answer of a model may have where the call does not say.'),
  retry_attempts: key(integer(0, 10), defaults.retryAttempts, 'Times that a failed model call is tried again.'),
  timeout_seconds: key(decimal(0.1, 3600), defaults.timeoutSeconds, 'Seconds that a model call may take.'),
};

const NAMES: Readonly<Record<string, keyof OrchestratorConfig>> = {
  anthropic_api_key: 'anthropicApiKey',
  gemini_cli_path: 'geminiCliPath',
  default_max_tokens: 'defaultMaxTokens',
  retry_attempts: 'retryAttempts',
  timeout_seconds: 'timeoutSeconds',
};

/** The pointer in Config of what stands at a pointer in the file. */
export function toConfigPointer(pointer: string): string {
  const name = NAMES[pointer.slice(1)];
  return name === undefined ? pointer : `/orchestrator/${name}`;
}

/** What the schema makes of the top-level keys. */
export interface OrchestratorInput {
  readonly anthropic_api_key: string | null;
  readonly gemini_cli_path: string | null;
  readonly default_max_tokens: number;
  readonly retry_attempts: number;
  readonly timeout_seconds: number;
}

/** The same values under the names they have in the program. */
export function toOrchestratorConfig(input: OrchestratorInput): OrchestratorConfig {
  return {
    anthropicApiKey: input.anthropic_api_key,
    geminiCliPath: input.gemini_cli_path,
    defaultMaxTokens: input.default_max_tokens,
    retryAttempts: input.retry_attempts,
    timeoutSeconds: input.timeout_seconds,
  };
}
