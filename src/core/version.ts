/** @module core/version: the version of this package, from its package.json. */
import { readFileSync } from 'node:fs';

/** Sources (src/core) and the bundle (dist/lib) lie equally deep below the package's root. */
const MANIFEST = new URL('../../package.json', import.meta.url);

/** Semantic version, such as `0.1.0`. */
export const VERSION: string = String((JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: unknown }).version);
