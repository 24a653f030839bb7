/** @module models/providers/model-path: the name of a model as part of a URL. */
import { AppError } from '../../core/errors.ts';

/**
 * One segment of a path. Slashes are encoded; a name of dots alone, which a URL would resolve to another
 * resource of the same credential, is refused.
 *
 * @throws AppError INVALID_REQUEST
 */
export function modelSegment(name: string): string {
  if (/^\.*$/.test(name)) throw new AppError('INVALID_REQUEST', { message: 'The name of the model is no name.' });
  return encodeURIComponent(name).replaceAll('%40', '@');
}
