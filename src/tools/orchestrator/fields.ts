/** @module tools/orchestrator/fields: schemas that the tools of the orchestrator share. */
import type { Orchestrator } from '../../contracts/orchestrator.ts';
import type { JsonObject } from '../../core/json.ts';

/** Loaded when a tool first needs it. */
export type OrchestratorPort = () => Promise<Orchestrator>;

/** A number that may be unknown. */
export const NUMBER_OR_NULL: JsonObject = { type: ['number', 'null'] };
/** A whole number that may be unknown. */
export const COUNT_OR_NULL: JsonObject = { type: ['integer', 'null'] };
/** Text. */
export const TEXT: JsonObject = { type: 'string' };
/** Texts. */
export const TEXTS: JsonObject = { type: 'array', items: TEXT };
/** From 0 to 1. */
export const SHARE: JsonObject = { type: 'number', minimum: 0, maximum: 1 };

/** What is to be done. */
export const TASK: JsonObject = { type: 'string', minLength: 1, maxLength: 1_000_000, description: 'The task in words.' };

/** What is known of it besides its words. */
export const CONTEXT: JsonObject = {
  type: 'object',
  description: 'What is known of the task besides its words.',
  properties: {
    files_count: { type: 'integer', minimum: 0, maximum: 1_000_000, description: 'Files that it touches.' },
    requires_tests: { type: 'boolean', description: 'Whether it needs tests.' },
    subsystems: { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 1000, description: 'Parts of the system that it touches.' },
    external_apis: { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 1000, description: 'Interfaces of others that it uses.' },
  },
  additionalProperties: false,
};

/** Most tokens of an answer. The default is that of the configuration. */
export const MAX_TOKENS: JsonObject = {
  type: 'integer',
  minimum: 1,
  maximum: 1_000_000,
  description: 'Most tokens of the answer; default_max_tokens of the configuration, 4096 unless changed.',
};

/** Checks that need no judgement. */
export const CHECKS: JsonObject = {
  type: 'object',
  description: 'Checks that come before the judge. Only what is given is checked.',
  properties: {
    schema: { type: 'object', description: 'JSON Schema that the output, as JSON, must match.' },
    compile: {
      type: 'string',
      minLength: 1,
      maxLength: 10_000,
      description: 'Bash that compiles the output, in the sandbox; $OUTPUT and $CODE are files. Where it cannot run, the output does not pass.',
    },
    tests: {
      type: 'string',
      minLength: 1,
      maxLength: 10_000,
      description: 'Bash that tests the output, in the sandbox; $OUTPUT and $CODE are files. Where it cannot run, the output does not pass.',
    },
  },
  additionalProperties: false,
};

/** Score of each of the seven factors. */
export const FACTORS: JsonObject = {
  type: 'object',
  properties: Object.fromEntries(
    ['task_length', 'complexity_words', 'critical_words', 'files', 'tests', 'external_apis', 'subsystems'].map((name) => [name, { type: 'number' }]),
  ),
  required: ['task_length', 'complexity_words', 'critical_words', 'files', 'tests', 'external_apis', 'subsystems'],
};

/** Stands only where an answer comes from a simulated provider. */
export const SIMULATED: JsonObject = { const: true };
/** Seconds that a tool may take with all its model calls. */
export const TIMEOUT_SECONDS = 900;
