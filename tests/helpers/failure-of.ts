import { AppError } from '../../src/core/errors.ts';

/** The AppError that the work throws; undefined when it throws nothing. @throws whatever else it throws */
export function failureOf(work: () => unknown): AppError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (AppError.is(error)) return error;
    throw error;
  }
}

/** The code that the work fails with, or `none`. @throws what it throws that is no AppError */
export const codeOf = (work: () => unknown): string => failureOf(work)?.code ?? 'none';
