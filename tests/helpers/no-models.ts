/** Models of a catalogue that has none. */
import { AppError } from '../../src/core/errors.ts';
import type { ModelClient } from '../../src/contracts/model-client.ts';

/** @throws AppError NOT_RUNNING at the first use */
export const noModels = (): ModelClient => {
  throw new AppError('NOT_RUNNING');
};
