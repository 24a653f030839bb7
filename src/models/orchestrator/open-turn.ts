/** @module models/orchestrator/open-turn: who may answer inside an open tool or thinking turn. */
import type { ModelClient } from '../../contracts/model-client.ts';
import type { TierConfig } from '../../contracts/orchestrator-config.ts';
import { AppError } from '../../core/errors.ts';
import type { Step } from './attempt.ts';

/**
 * The model that began the turn, then stronger tiers of the same provider, each by the exact name of
 * its target: no alias that could lead elsewhere. What a provider signed in a turn (thinking, ids of
 * tool calls) only it understands.
 *
 * @throws AppError INPUT_INVALID when nobody knows who began the turn
 */
export async function openTurnSteps(models: ModelClient, servedBy: string | undefined, tiers: readonly TierConfig[]): Promise<readonly Step[]> {
  if (servedBy === undefined || !servedBy.includes('/')) {
    throw new AppError('INPUT_INVALID', {
      message: 'A turn is open, but it is not known which model began it.',
      fix: 'Send served_by of the answer that opened the turn.',
    });
  }
  const provider = servedBy.slice(0, servedBy.indexOf('/') + 1);
  const listed = new Map((await models.list()).map(({ name, targets }) => [name, targets]));
  const targetsOf = (model: string): readonly string[] => listed.get(model) ?? (model.includes('/') ? [model] : []);
  const ladder = tiers.map(({ name, model }, tierIndex) => ({ tierIndex, tier: name, targets: targetsOf(model) }));
  const own = ladder.findLast(({ targets }) => targets.includes(servedBy));
  const stronger = ladder.flatMap(({ tierIndex, tier, targets }) => {
    const target = targets.find((name) => name.startsWith(provider));
    return own && tierIndex > own.tierIndex && target !== undefined ? [{ tierIndex, tier, model: target }] : [];
  });
  return [{ tierIndex: own?.tierIndex ?? 0, tier: own?.tier ?? 'open turn', model: servedBy }, ...stronger];
}
