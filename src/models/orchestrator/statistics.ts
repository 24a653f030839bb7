/** @module models/orchestrator/statistics: numbers with their uncertainty, the same at every run. */

/** A value with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;
const Z = 1.959964;

/** Numbers from 0 to 1 that depend on the seed alone. Not for secrets. @see mulberry32 by Tommy Ettinger */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * The statistic with the percentile interval of 1000 resamples with replacement; undefined when it is
 * not defined for the sample itself. Resamples for which it is not defined are left out.
 */
export function bootstrap<Item>(items: readonly Item[], statistic: (sample: readonly Item[]) => number | undefined, seed: number): Estimate | undefined {
  const value = statistic(items);
  if (value === undefined || items.length === 0) return undefined;
  const random = createRandom(seed);
  const values: number[] = [];
  for (let index = 0; index < RESAMPLES; index += 1) {
    const sample = items.map(() => items[Math.floor(random() * items.length)]).filter((item) => item !== undefined);
    const resampled = statistic(sample);
    if (resampled !== undefined) values.push(resampled);
  }
  values.sort((left, right) => left - right);
  return { value, low: quantile(values, 0.025) ?? value, high: quantile(values, 0.975) ?? value };
}

/** Linear between the neighbours; undefined for an empty list. The list is sorted. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  return low === undefined || high === undefined ? undefined : low + (high - low) * (place - Math.floor(place));
}

/** Share of successes with Wilson's 95 % interval; undefined without a try. */
export function wilson(successes: number, tries: number): Estimate | undefined {
  if (tries === 0) return undefined;
  const share = successes / tries;
  const scale = 1 + Z ** 2 / tries;
  const center = (share + Z ** 2 / (2 * tries)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / tries + Z ** 2 / (4 * tries ** 2));
  return { value: share, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/**
 * The values that never rise and are nearest to the given ones (least squares), in the order of the
 * positions. Points at one position are one.
 *
 * @see pool adjacent violators
 */
export function falling(points: readonly { readonly at: number; readonly value: number }[]): readonly { readonly at: number; readonly value: number }[] {
  const blocks: { from: number; to: number; sum: number; count: number }[] = [];
  for (const { at, value } of points.toSorted((left, right) => left.at - right.at)) {
    const same = blocks.at(-1);
    if (same?.to === at) {
      same.sum += value;
      same.count += 1;
    } else blocks.push({ from: at, to: at, sum: value, count: 1 });
    mergeBack(blocks);
  }
  return blocks.flatMap(({ from, to, sum, count }) => [{ at: from, value: sum / count }, ...(to === from ? [] : [{ at: to, value: sum / count }])]);
}

function mergeBack(blocks: { from: number; to: number; sum: number; count: number }[]): void {
  for (;;) {
    const last = blocks.at(-1);
    const before = blocks.at(-2);
    if (!last || !before || before.sum / before.count >= last.sum / last.count) return;
    before.to = last.to;
    before.sum += last.sum;
    before.count += last.count;
    blocks.pop();
  }
}
