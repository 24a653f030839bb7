/** @module switchyard: the public library surface. */
export { AppError, ERRORS, type ErrorCode, type ErrorDetail, type ErrorFacts } from './core/errors.ts';
