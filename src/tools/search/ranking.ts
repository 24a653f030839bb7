/** @module tools/search/ranking: which tools a task is about. MiniSearch with stems, synonyms and weights of fields. */
import MiniSearch from 'minisearch';
import { isObject, type JsonObject } from '../../core/json.ts';
import { synonymsOf } from './synonyms.ts';
import { isWeak, nameShapes, stem, stemsOf } from './words.ts';

/** What is known of a tool to search by. */
export interface Searchable {
  /** As the caller's lists call it. */
  readonly name: string;
  readonly definition: JsonObject;
  /** Upstream or category. */
  readonly category: string;
}

/** A tool with how well it fits; greater is better, comparable within one search only. */
export interface Hit {
  /** Place in the list that the ranking was made of. */
  readonly index: number;
  readonly score: number;
}

/** An index over a list of tools. */
export interface Ranking {
  /** Best first. @param isWanted places that may be found */
  search(query: string, limit: number, isWanted?: (index: number) => boolean): readonly Hit[];
}

type Field = 'name' | 'category' | 'description' | 'parameters' | 'parameterTexts';

/** Tuned on the half of bench/data/tool-search-tasks.txt that is for it. */
const WEIGHTS: Readonly<Record<Field, number>> = { name: 2.2, category: 1, description: 2, parameters: 0.7, parameterTexts: 0.6 };
const SYNONYM_WEIGHT = 0.6;
/** Of words that fit nearly anything. */
const WEAK_WEIGHT = 0.3;
/** A tool that has all words of the task beats one that has one of them often. */
const COVERAGE = 0.8;
const MAX_QUERY_WORDS = 64;
const MAX_CANDIDATES = 200;

/** Indexes names, descriptions, names of parameters and their descriptions, two levels deep. */
export function createRanking(tools: readonly Searchable[]): Ranking {
  const index = new MiniSearch<{ readonly id: number } & Record<Field, string>>({
    fields: Object.keys(WEIGHTS),
    tokenize: stemsOf,
    processTerm: (term) => term,
  });
  index.addAll(
    tools.map(({ name, category, definition }, id) => {
      const parameters = parametersOf(definition['inputSchema'], 0);
      const texts = [definition['title'], definition['description']].filter((text) => typeof text === 'string');
      return {
        id,
        name,
        category,
        description: texts.join('. '),
        parameters: parameters.map((parameter) => parameter.name).join(' '),
        parameterTexts: parameters.map(({ text }) => text).join('. '),
      };
    }),
  );
  return {
    search(query, limit, isWanted = () => true) {
      const asked = [...new Set(stemsOf(nameShapes(query)))].slice(0, MAX_QUERY_WORDS);
      const weights = new Map<string, number>();
      for (const term of asked) {
        const weight = SYNONYM_WEIGHT * weightOf(term);
        for (const other of synonymsOf(term)) weights.set(other, Math.max(weights.get(other) ?? 0, weight));
      }
      for (const term of asked) weights.set(term, weightOf(term));
      if (weights.size === 0) return [];
      const originsOf = (term: string): readonly string[] => (asked.includes(term) ? [term] : asked.filter((one) => synonymsOf(one).includes(term)));
      return index
        .search(query, {
          tokenize: () => [...weights.keys()],
          boost: WEIGHTS,
          boostTerm: (term) => weights.get(term) ?? 1,
          prefix: (term) => term.length > 4 && weights.get(term) === 1,
          fuzzy: (term) => (term.length > 5 && weights.get(term) === 1 ? 0.2 : false),
          weights: { prefix: 0.4, fuzzy: 0.25 },
          filter: ({ id }) => isWanted(Number(id)),
        })
        .slice(0, MAX_CANDIDATES)
        .map(({ id, score, queryTerms }) => {
          const covered = sum(new Set(queryTerms.flatMap(originsOf))) / sum(asked);
          return { index: Number(id), score: score * (1 - COVERAGE + COVERAGE * covered) };
        })
        .sort((one, other) => other.score - one.score || one.index - other.index)
        .slice(0, limit);
    },
  };
}

function sum(terms: Iterable<string>): number {
  let total = 0;
  for (const term of terms) total += weightOf(term);
  return total;
}

function weightOf(term: string): number {
  return isWeak(term) ? WEAK_WEIGHT : 1;
}

interface Parameter {
  readonly name: string;
  readonly text: string;
}

const MAX_DEPTH = 2;

/** Parameters of a JSON Schema, those of nested objects too. */
function parametersOf(schema: unknown, depth: number): readonly Parameter[] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties) || depth >= MAX_DEPTH) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    const text = isObject(property) && typeof property['description'] === 'string' ? property['description'] : '';
    const values = isObject(property) && Array.isArray(property['enum']) ? property['enum'].join(' ') : '';
    return [{ name, text: `${text} ${values}`.trim() }, ...parametersOf(property, depth + 1)];
  });
}

/** Whether a task and a name have a word in common; for people who measure. */
export function sharesWord(task: string, name: string): boolean {
  const words = new Set(stemsOf(name).map(stem));
  return stemsOf(task).some((word) => words.has(stem(word)));
}
