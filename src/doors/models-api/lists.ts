/** @module doors/models-api/lists: the names a caller may use, as each client expects them. */
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import type { DoorDialect } from './dialects.ts';

/** What is read of an entry of the catalogue. */
interface Entry {
  readonly name: string;
  readonly kind: string | null;
  readonly contextTokens: number | null;
}

/**
 * @param named the one that is asked for; undefined = all
 * @throws AppError MODEL_UNKNOWN
 */
export function answerOf(models: unknown, named: string | undefined, dialect: DoorDialect): unknown {
  const entries = entriesIn(models);
  const isGoogle = dialect === 'gemini';
  if (named === undefined) return isGoogle ? { models: entries.map(toGemini) } : listOf(entries);
  const found = entries.find(({ name }) => name === named);
  if (!found) throw new AppError('MODEL_UNKNOWN', { fix: 'GET /v1/models lists the names.' });
  return isGoogle ? toGemini(found) : toModel(found);
}

/** One list that clients of OpenAI and of Anthropic read. */
function listOf(entries: readonly Entry[]): unknown {
  return { object: 'list', data: entries.map(toModel), has_more: false, first_id: entries[0]?.name ?? null, last_id: entries.at(-1)?.name ?? null };
}

/** The gateway does not know when models were made. */
function toModel({ name }: Entry): unknown {
  return { id: name, object: 'model', type: 'model', display_name: name, created: 0, created_at: '1970-01-01T00:00:00Z', owned_by: 'switchyard' };
}

const GENERATE = ['generateContent', 'streamGenerateContent', 'countTokens'];
const EMBED = ['embedContent', 'batchEmbedContents'];

/** A model whose kind is not known may be either. */
function toGemini({ name, kind, contextTokens }: Entry): unknown {
  return {
    name: `models/${name}`,
    displayName: name,
    ...(contextTokens === null ? {} : { inputTokenLimit: contextTokens }),
    supportedGenerationMethods: [...(kind === 'embedding' ? [] : GENERATE), ...(kind === 'chat' ? [] : EMBED)],
  };
}

function entriesIn(models: unknown): readonly Entry[] {
  if (!Array.isArray(models)) return [];
  return models
    .filter(isObject)
    .flatMap(({ name, kind, contextTokens }) =>
      typeof name === 'string'
        ? [{ name, kind: typeof kind === 'string' ? kind : null, contextTokens: typeof contextTokens === 'number' ? contextTokens : null }]
        : [],
    );
}
