/** @module policy/cedar/cedar-library: Cedar itself, loaded where the configuration asks for it. */
import { createRequire } from 'node:module';
import { AppError } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';
import { systemCode } from '../../core/private-file.ts';

/** What is used of it. @see https://docs.cedarpolicy.com */
export type Cedar = Pick<
  typeof import('@cedar-policy/cedar-wasm/nodejs'),
  'policySetTextToParts' | 'policyToJson' | 'validate' | 'schemaToJson' | 'preparsePolicySet' | 'preparseSchema' | 'statefulIsAuthorized'
>;

const NAMES = ['policySetTextToParts', 'policyToJson', 'validate', 'schemaToJson', 'preparsePolicySet', 'preparseSchema', 'statefulIsAuthorized'];

/** Loads about 4 MB and takes about 60 ms, once. @throws AppError CEDAR_MISSING when the package is not installed */
export function loadCedar(load: (name: '@cedar-policy/cedar-wasm/nodejs') => unknown = createRequire(import.meta.url)): Cedar {
  let library: unknown;
  try {
    library = load('@cedar-policy/cedar-wasm/nodejs');
  } catch (cause) {
    if (systemCode(cause) === 'MODULE_NOT_FOUND') throw new AppError('CEDAR_MISSING');
    throw new AppError('CEDAR_MISSING', { message: 'The package @cedar-policy/cedar-wasm cannot be loaded.', cause });
  }
  if (isCedar(library)) return library;
  throw new AppError('CEDAR_MISSING', { message: 'The package @cedar-policy/cedar-wasm is of another version than 4.13.' });
}

function isCedar(library: unknown): library is Cedar {
  return isObject(library) && NAMES.every((name) => typeof library[name] === 'function');
}
