/**
 * @module models/orchestrator/comparison: what a way of routing is worth between a weak and a strong
 * model that both did the same tasks.
 *
 * A router orders the tasks; the strong model gets them from the front. APGR is the mean, over all
 * shares of tasks from none to all, of the part of the gap between the weak and the strong model's
 * quality that is closed: 0.5 is what chance reaches, 1 would be the strong quality at no cost.
 *
 * @see Ong et al. 2024, RouteLLM (arXiv 2406.18665), section 3
 */

/** One task that both models did. */
export interface Compared {
  readonly score: number;
  readonly words: number;
  readonly weakPass: boolean;
  readonly strongPass: boolean;
  /** Micro-USD; null = not known. */
  readonly weakCost: number | null;
  readonly strongCost: number | null;
}

/** What is reached when a share of the tasks goes to the strong model. */
interface Point {
  readonly share: number;
  readonly quality: number;
  /** Of all tasks; null = not known. */
  readonly cost: number | null;
}

/** Tasks with a higher key go to the strong model first. */
export type Router = (task: Compared) => number;

/** Part of the strong model's quality that counts as good enough. */
const ENOUGH = 0.95;

/** Undefined where the strong model is not better: then there is no gap. */
export function averageGapRecovered(tasks: readonly Compared[], router: Router): number | undefined {
  const weak = passRate(tasks, 'weakPass');
  const gap = passRate(tasks, 'strongPass') - weak;
  if (tasks.length === 0 || gap <= 0) return undefined;
  const points = curve(tasks, router);
  return points.slice(1).reduce((area, point, index) => {
    const before = points[index];
    return before ? area + ((point.share - before.share) * (point.quality + before.quality - 2 * weak)) / (2 * gap) : area;
  }, 0);
}

/**
 * The least cost at which the routing reaches 95 % of the strong model's quality, as a share of what
 * the strong model alone costs. Between two thresholds tasks of equal key can be split by chance.
 * Undefined where a cost is not known.
 */
export function costOfEnough(tasks: readonly Compared[], router: Router): number | undefined {
  const points = curve(tasks, router);
  const strong = points.at(-1);
  if (!strong || strong.cost === null || strong.cost === 0 || tasks.length === 0) return undefined;
  const target = ENOUGH * strong.quality;
  const index = points.findIndex(({ quality }) => quality >= target);
  const reached = points[index];
  const before = points[index - 1];
  if (!reached || reached.cost === null) return undefined;
  if (!before || before.cost === null || reached.quality === before.quality) return reached.cost / strong.cost;
  const part = (target - before.quality) / (reached.quality - before.quality);
  return (before.cost + part * (reached.cost - before.cost)) / strong.cost;
}

/** Share of the tasks that pass. */
export function passRate(tasks: readonly Compared[], side: 'weakPass' | 'strongPass'): number {
  return tasks.length === 0 ? 0 : tasks.filter((task) => task[side]).length / tasks.length;
}

/** From no task to all of them, one point for each distinct key. */
function curve(tasks: readonly Compared[], router: Router): readonly Point[] {
  const sorted = tasks.map((task) => ({ task, key: router(task) })).toSorted((left, right) => right.key - left.key);
  let passes = tasks.filter(({ weakPass }) => weakPass).length;
  let cost = tasks.reduce<number | null>((sum, { weakCost }) => (sum === null || weakCost === null ? null : sum + weakCost), 0);
  const points: Point[] = [{ share: 0, quality: passes / Math.max(1, tasks.length), cost }];
  for (const [index, { task, key }] of sorted.entries()) {
    passes += Number(task.strongPass) - Number(task.weakPass);
    cost = cost === null || task.strongCost === null || task.weakCost === null ? null : cost + task.strongCost - task.weakCost;
    if (sorted[index + 1]?.key !== key) points.push({ share: (index + 1) / tasks.length, quality: passes / tasks.length, cost });
  }
  return points;
}
