/** @module doors/models-api/lists: the names a caller may use, as each client expects them. */
import { isObject } from '../../core/json.ts';

/** What is read of an entry of the catalogue. */
interface Entry {
  readonly name: string;
  readonly kind: string | null;
  readonly contextTokens: number | null;
}

/** One list that clients of OpenAI and of Anthropic read. The gateway does not know when models were made. */
export function listOf(models: unknown): unknown {
  const names = entriesIn(models).map(({ name }) => name);
  const data = names.map((id) => ({
    id,
    object: 'model',
    type: 'model',
    display_name: id,
    created: 0,
    created_at: '1970-01-01T00:00:00Z',
    owned_by: 'switchyard',
  }));
  return { object: 'list', data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

const GENERATE = ['generateContent', 'streamGenerateContent', 'countTokens'];
const EMBED = ['embedContent', 'batchEmbedContents'];

/** A model whose kind is not known may be either. */
export function geminiListOf(models: unknown): unknown {
  return {
    models: entriesIn(models).map(({ name, kind, contextTokens }) => ({
      name: `models/${name}`,
      displayName: name,
      ...(contextTokens === null ? {} : { inputTokenLimit: contextTokens }),
      supportedGenerationMethods: [...(kind === 'embedding' ? [] : GENERATE), ...(kind === 'chat' ? [] : EMBED)],
    })),
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
