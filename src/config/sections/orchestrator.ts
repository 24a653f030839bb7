/** @module config/sections/orchestrator: the orchestrator's own keys, accepted at the top level as they are, and its section. */
import * as v from 'valibot';
import type { OrchestratorConfig } from '../../contracts/config.ts';
import type { RoutingConfig, ScoreStep, TierConfig } from '../../contracts/orchestrator-config.ts';
import { DEFAULT_CONFIG } from '../defaults.ts';
import { decimal, integer, key, list, orNull, path, pattern, section, text } from '../fields.ts';

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
  retry_attempts: key(integer(0, 10), defaults.retryAttempts, 'Accepted from old files; how often a failed model call is tried again says models.retries.'),
  timeout_seconds: key(decimal(0.1, 3600), defaults.timeoutSeconds, 'Seconds that a model call may take.'),
};

const score = decimal(0, 100);
const word = pattern(/^[^\s.,;:!?()"']{1,64}$/, 'a word (no spaces, no punctuation)');
const modelName = pattern(/^[\w.:@-][\w.:@/-]{0,199}$/, 'the name of a model');

/** Steps that rise, the last of them without an end. */
function steps(unit: string): v.GenericSchema<ScoreStep[]> {
  const words = 'a list of steps whose upTo rises; the last one has upTo: null';
  const step = section(
    {
      upTo: v.pipe(orNull(integer(0)), v.description(`${unit}, this number included; null = all above.`)),
      score: v.pipe(score, v.description('What it adds.')),
    },
    'One step.',
  );
  return v.pipe(v.array(step, 'a list'), v.minLength(1, words), v.check<ScoreStep[], string>(isRising, words));
}

function isRising(items: readonly ScoreStep[]): boolean {
  return rises(items.map(({ upTo }) => upTo));
}

function isLadder(items: readonly TierConfig[]): boolean {
  return rises(items.map(({ below }) => below)) && new Set(items.map(({ name }) => name)).size === items.length;
}

function rises(bounds: readonly (number | null)[]): boolean {
  return bounds.every((bound, index) => (index === bounds.length - 1 ? bound === null : bound !== null && bound > (bounds[index - 1] ?? -1)));
}

const each = { each: v.pipe(score, v.description('For each.')), max: v.pipe(score, v.description('Never more than this.')) };
const ladder = 'a list of tiers with distinct names whose below rises; the last one has below: null';
const { complexity, judge, run, journal } = defaults;

const complexitySection = section(
  {
    cap: key(score, complexity.cap, 'The sum never passes it.'),
    words: key(steps('Words of the task'), [...complexity.words], 'By words of the task.'),
    complexWords: key(
      section({ words: v.pipe(list(word), v.description('Each counts once.')), ...each }, 'Words.'),
      { ...complexity.complexWords, words: [...complexity.complexWords.words] },
      'Words that tell of a hard task.',
    ),
    criticalWords: key(
      section({ words: v.pipe(list(word), v.description('Each counts once.')), ...each }, 'Words.'),
      { ...complexity.criticalWords, words: [...complexity.criticalWords.words] },
      'Words that tell of a risk.',
    ),
    files: key(steps('Files'), [...complexity.files], 'By files that the task touches.'),
    tests: key(score, complexity.tests, 'When the task needs tests.'),
    externalApis: key(section(each, 'Interfaces.'), complexity.externalApis, 'By interfaces of others.'),
    subsystems: key(steps('Subsystems'), [...complexity.subsystems], 'By subsystems that it touches.'),
  },
  'How a task is scored.',
);

const tier = section(
  {
    name: v.pipe(word, v.description('Its name.')),
    below: v.pipe(orNull(score), v.description('Scores below it belong here; null = all that are left.')),
    model: v.pipe(modelName, v.description('An alias, a listed model, or provider/model.')),
  },
  'One tier.',
);

/** Keys of `orchestrator`. */
export const orchestratorSection = section(
  {
    complexity: v.optional(complexitySection, {}),
    tiers: key(
      v.pipe(v.array(tier, 'a list'), v.minLength(1, ladder), v.check<TierConfig[], string>(isLadder, ladder)),
      [...defaults.tiers],
      'Classes of models, the cheapest first.',
    ),
    judge: v.optional(
      section(
        {
          model: key(modelName, judge.model, 'Who judges.'),
          maxTokens: key(integer(64, 100_000), judge.maxTokens, 'Tokens of a verdict.'),
          minConfidence: key(decimal(0, 1), judge.minConfidence, 'A pass with less confidence asks for a stronger model all the same.'),
        },
        'The judge.',
      ),
      {},
    ),
    run: v.optional(
      section(
        {
          maxAttempts: key(integer(1, 10), run.maxAttempts, 'Attempts of a run.'),
          maxCostUsd: key(orNull(decimal(0, 1_000_000)), run.maxCostUsd, 'USD that a run may cost; null = what the budgets of the caller allow.'),
          maxConversations: key(integer(1, 1_000_000), run.maxConversations, 'Conversations whose tier is remembered.'),
          compareShare: key(
            decimal(0, 1),
            run.compareShare,
            'Share of runs in which the weakest and the strongest tier both answer, for the report. Costs money.',
          ),
        },
        'orchestrator_run.',
      ),
      {},
    ),
    journal: v.optional(
      section({ maxBytes: key(integer(0, 1_073_741_824), journal.maxBytes, 'Bytes of one file of the routing journal; 0 = none.') }, 'The routing journal.'),
      {},
    ),
  },
  'Which model does which task.',
);

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
export function toOrchestratorConfig(input: OrchestratorInput, routing: RoutingConfig): OrchestratorConfig {
  return {
    ...routing,
    anthropicApiKey: input.anthropic_api_key,
    geminiCliPath: input.gemini_cli_path,
    defaultMaxTokens: input.default_max_tokens,
    retryAttempts: input.retry_attempts,
    timeoutSeconds: input.timeout_seconds,
  };
}
