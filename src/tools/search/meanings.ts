/** @module tools/search/meanings: search by embeddings, where a model for them is configured. */
import type { CallContext } from '../../contracts/call.ts';
import type { Listed } from '../../contracts/catalog.ts';
import { toAppError } from '../../core/errors.ts';
import { RecentMap } from '../../core/recent-map.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MetaPorts } from './meta-targets.ts';
import type { Hit } from './ranking.ts';

/** Hits by meaning; undefined where words alone decide, with the reason if that was not meant. */
export interface MeaningHits {
  readonly hits: readonly Hit[] | undefined;
  /** Members for the answer. */
  readonly notes: JsonObject;
}

/** Search by meaning. */
export interface Meanings {
  /** Never throws for a model that fails: the answer then says so, and words decide. */
  search(query: string, all: readonly Listed[], limit: number, isWanted: (index: number) => boolean, call: CallContext): Promise<MeaningHits>;
}

/** Texts in one request. */
const BATCH = 128;
/** Vectors kept, by model and text. */
const MAX_VECTORS = 4000;
/** A text's rank in one list counts as 1 / (this + rank). @see Cormack, Clarke, Büttcher: Reciprocal Rank Fusion, SIGIR 2009 */
const RANK_OFFSET = 60;

/** Vectors of tools are made at the first search and kept; each request is a child call under the caller's own rights and budget. */
export function createMeanings({ config, modelsOf }: Pick<MetaPorts, 'config' | 'modelsOf'>): Meanings {
  const vectors = new RecentMap<string, readonly number[]>(MAX_VECTORS);

  const embed = async (model: string, texts: readonly string[], call: CallContext): Promise<readonly (readonly number[])[]> => {
    const wanted = [...new Set(texts)].filter((text) => vectors.get(`${model}\n${text}`) === undefined);
    const fresh = new Map<string, readonly number[]>();
    for (let from = 0; from < wanted.length; from += BATCH) {
      const batch = wanted.slice(from, from + BATCH);
      const { embeddings } = await modelsOf(call).embed({ model, input: batch });
      for (const [index, text] of batch.entries()) fresh.set(text, embeddings[index] ?? []);
    }
    for (const [text, vector] of fresh) vectors.set(`${model}\n${text}`, vector);
    return texts.map((text) => fresh.get(text) ?? vectors.get(`${model}\n${text}`) ?? []);
  };

  return {
    async search(query, all, limit, isWanted, call) {
      const model = config().embeddingModel;
      if (model === null) return { hits: undefined, notes: {} };
      try {
        const places = all.flatMap((_, index) => (isWanted(index) ? [index] : []));
        const [asked = [], ...known] = await embed(model, [query, ...places.flatMap((index) => textOf(all[index]))], call);
        const hits = known
          .map((vector, at): Hit => ({ index: places[at] ?? 0, score: likeness(asked, vector) }))
          .sort((one, other) => other.score - one.score)
          .slice(0, limit);
        return { hits, notes: { ranking: 'words and meanings' } };
      } catch (failure) {
        call.scope.throwIfCancelled();
        const { code } = toAppError(failure);
        return { hits: undefined, notes: { ranking: 'words', remark: `The embedding model did not answer (${code}); words alone decided.` } };
      }
    },
  };
}

/** One list of several: what stands high in any of them stands high. */
export function fuse(lists: readonly (readonly Hit[])[]): readonly Hit[] {
  const scores = new Map<number, number>();
  for (const hits of lists) for (const [rank, { index }] of hits.entries()) scores.set(index, (scores.get(index) ?? 0) + 1 / (RANK_OFFSET + rank));
  return [...scores].map(([index, score]) => ({ index, score })).sort((one, other) => other.score - one.score || one.index - other.index);
}

function textOf(listed: Listed | undefined): readonly string[] {
  return listed ? [`${String(listed.definition['name'])}: ${String(listed.definition['description'] ?? '')}`.slice(0, 2000)] : [];
}

/** Cosine; 0 for vectors that do not fit together. */
function likeness(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length || one.length === 0) return 0;
  let [dot, left, right] = [0, 0, 0];
  for (let at = 0; at < one.length; at += 1) {
    const [a, b] = [one[at] ?? 0, other[at] ?? 0];
    dot += a * b;
    left += a * a;
    right += b * b;
  }
  return left === 0 || right === 0 ? 0 : dot / Math.sqrt(left * right);
}
