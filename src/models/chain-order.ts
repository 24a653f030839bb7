/** @module models/chain-order: in which order the targets of a chain are tried, for one call. */
import type { ChainEntry, WeightedTarget } from '../contracts/models-config.ts';

/**
 * The chain in its order; weighted entries that follow each other are drawn by weight: the first of
 * them, then the next among the rest, and so on.
 *
 * @param random from 0 up to but without 1
 */
export function orderOf(chain: readonly ChainEntry[], random: () => number = Math.random): readonly string[] {
  const order: string[] = [];
  let group: WeightedTarget[] = [];
  const drawGroup = (): void => {
    while (group.length > 0) {
      const drawn = draw(group, random());
      order.push(group[drawn]?.target ?? '');
      group = group.toSpliced(drawn, 1);
    }
  };
  for (const entry of chain) {
    if (typeof entry === 'string') {
      drawGroup();
      order.push(entry);
    } else group.push(entry);
  }
  drawGroup();
  return order;
}

/** Index of the entry that owns this point of the sum of the weights. */
function draw(group: readonly WeightedTarget[], point: number): number {
  let left = point * group.reduce((sum, { weight }) => sum + weight, 0);
  const index = group.findIndex(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return Math.max(0, index);
}
