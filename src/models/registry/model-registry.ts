/** @module models/registry/model-registry: what is known of a model, by its exact name. */
import type { ModelFacts, ModelPrice, ModelRegistry } from '../../contracts/model-registry.ts';
import type { ModelOverride } from '../../contracts/models-config.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { ANTHROPIC } from './anthropic.ts';
import { FALLBACK_PRICES, HOSTS, type FallbackTable } from './fallback-prices.ts';
import { GOOGLE } from './google.ts';
import { OPENAI } from './openai.ts';
import { priceAt, toFacts, toMicroUsd, type ModelRow, type PriceRow, type Rates } from './row.ts';

/** What a registry is made of. */
export interface ModelRegistryOptions {
  /** By `provider/model`, or by model for every provider. */
  readonly overrides?: Readonly<Record<string, ModelOverride>>;
  /** Epoch milliseconds: prices change on announced days. */
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;
/** Names come from clients: what was found is not remembered without end. */
const MAX_FOUND = 1000;
const TABLES = [ANTHROPIC, OPENAI, GOOGLE];
/** A snapshot of a model whose own id is known: the vendor may have priced it otherwise. */
const SNAPSHOT = /(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2})$/;
/** Names of models of Anthropic at Amazon: region in front, version behind. */
const BEDROCK = /^(?:(?:us|eu|apac|jp|au|global|us-gov)\.)?anthropic\.(claude-[a-z0-9-]+?)(?:-v\d+(?::\d+)?)?$/;

/** Facts of the tables under the operator's overrides. A wrong price is worse than none: nothing matches by likeness. */
export function createModelRegistry({ overrides = {}, now = Date.now }: ModelRegistryOptions = {}): ModelRegistry {
  const rows = indexTables();
  const fallback = indexFallback();

  const known = (model: string): ModelFacts | undefined => {
    const found = rows.get(model);
    return found && toFacts(found.vendor, found.row, model, now());
  };

  /** Facts of the model that the name is a variant of; what it costs is an estimate. */
  const variant = (provider: string, model: string): ModelFacts | undefined => {
    const base = BEDROCK.exec(model)?.[1] ?? model;
    const facts = known(base) ?? known(base.replace(SNAPSHOT, '')) ?? estimated(provider, base, fallback, now());
    return facts && { ...facts, id: model, price: facts.price && { ...facts.price, isEstimated: true } };
  };

  const look = (provider: string, model: string): ModelFacts | undefined => {
    const facts = known(model) ?? variant(provider, model);
    const override = own(overrides, `${provider}/${model}`) ?? own(overrides, model);
    return override ? overridden(provider, model, facts, override) : facts;
  };

  /** Every attempt asks several times. What was found holds for the day, for prices change at midnight. */
  const found = new RecentMap<string, { readonly day: number; readonly facts: ModelFacts | undefined }>(MAX_FOUND);

  return {
    find(provider, model) {
      const name = `${provider}/${model}`;
      const day = Math.floor(now() / DAY_MS);
      const seen = found.get(name);
      if (seen?.day === day) return seen.facts;
      const facts = look(provider, model);
      found.set(name, { day, facts });
      return facts;
    },
    list: () => [...rows].flatMap(([id, { vendor, row }]) => (row.id === id ? [toFacts(vendor, row, id, now())] : [])),
  };
}

function indexTables(): ReadonlyMap<string, { readonly vendor: string; readonly row: ModelRow }> {
  return new Map(TABLES.flatMap(({ vendor, models }) => models.flatMap((row) => [row.id, ...(row.also ?? [])].map((id) => [id, { vendor, row }] as const))));
}

/** Price by `vendor or host/id`. */
function indexFallback(): ReadonlyMap<string, FallbackTable[string]> {
  return new Map(Object.entries(FALLBACK_PRICES).flatMap(([vendor, table]) => Object.entries(table).flatMap(([ids, rates]) => ids.split('|').map((id) => [`${vendor}/${id}`, rates] as const))));
}

function estimated(provider: string, model: string, fallback: ReturnType<typeof indexFallback>, now: number): ModelFacts | undefined {
  const vendors = Object.keys(FALLBACK_PRICES).filter((vendor) => !HOSTS.includes(vendor) || vendor === provider);
  for (const id of new Set([model, model.replace(SNAPSHOT, '')])) {
    for (const vendor of vendors) {
      const rates = fallback.get(`${vendor}/${id}`);
      if (rates) return { ...unknownModel(vendor, id), kind: isEmbedding(vendor, id) ? 'embedding' : 'chat', price: priceAt([toPriceRow(rates)], now, true) };
    }
  }
  return undefined;
}

function isEmbedding(vendor: string, id: string): boolean {
  return vendor === 'voyageai' || id.includes('embed');
}

function toPriceRow(values: FallbackTable[string]): PriceRow {
  const [input, output, read, write, above, ...long] = values;
  const rates: Rates = [input, output, read, write];
  return above === undefined || long.length === 0 ? { rates } : { rates, long: [above, [long[0] ?? input, long[1] ?? output, long[2] ?? null, long[3] ?? null]] };
}

function unknownModel(vendor: string, id: string): ModelFacts {
  return {
    id,
    vendor,
    kind: 'chat',
    contextTokens: null,
    maxOutputTokens: null,
    price: null,
    abilities: { tools: null, images: null, thinking: null, jsonSchema: null },
    lifecycle: { state: 'current', retiresOn: null, successor: null },
  };
}

function overridden(provider: string, model: string, facts: ModelFacts | undefined, override: ModelOverride): ModelFacts {
  const { input, output, cacheRead, cacheWrite, contextTokens, maxOutputTokens, kind } = override;
  const price: ModelPrice = {
    input: toMicroUsd(input),
    output: toMicroUsd(output),
    cacheRead: cacheRead === null ? null : toMicroUsd(cacheRead),
    cacheWrite: cacheWrite === null ? null : toMicroUsd(cacheWrite),
    isEstimated: false,
  };
  const base = facts ?? unknownModel(provider, model);
  return { ...base, kind: kind ?? base.kind, contextTokens: contextTokens ?? base.contextTokens, maxOutputTokens: maxOutputTokens ?? base.maxOutputTokens, price };
}

/** `constructor` is a name somebody may ask for, and no override. */
function own(overrides: Readonly<Record<string, ModelOverride>>, name: string): ModelOverride | undefined {
  return Object.hasOwn(overrides, name) ? overrides[name] : undefined;
}
