/** @module sandbox/wasm/pyodide-package: the optional package that is Python in WebAssembly, as it is installed here. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { isObject } from '../../core/json.ts';

/** The one version that the lockdown was tried with: the snapshot is no part of its public interface. */
export const PYODIDE_VERSION = '314.0.7';

/** Where it is, or why not. */
export type FoundPyodide = { readonly folder: string; readonly version: string } | { readonly why: string; readonly fix: string };

const FIX = `Install it beside switchyard: npm install pyodide@${PYODIDE_VERSION}`;

/** Loads nothing. @param from a URL below which packages are looked for; only for tests */
export function findPyodide(from: string = import.meta.url): FoundPyodide {
  let manifest: string;
  try {
    manifest = createRequire(from).resolve('pyodide/package.json');
  } catch {
    return { why: 'the package pyodide is not installed.', fix: FIX };
  }
  const value: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version = isObject(value) ? String(value['version']) : '';
  if (version !== PYODIDE_VERSION) return { why: `pyodide ${version} is installed, and only ${PYODIDE_VERSION} was tried.`, fix: FIX };
  const folder = dirname(manifest) + sep;
  try {
    accessSync(folder, constants.R_OK);
  } catch {
    return { why: 'the package pyodide cannot be read.', fix: 'Make its folder readable.' };
  }
  return { folder, version };
}
