/** @module app/libraries: what `sdks://list` and `doctor` look for. */
import type { LibraryUse } from '../contracts/status.ts';

/** Every library a feature of this version loads. */
export const LIBRARIES: readonly LibraryUse[] = [
  { name: 'valibot', purpose: 'checks the configuration' },
  { name: 'yaml', purpose: 'reads switchyard.yaml' },
  { name: 'jsonc-parser', purpose: 'reads and edits JSON with comments' },
  { name: 'commander', purpose: 'the command line' },
  { name: '@cfworker/json-schema', purpose: 'JSON Schemas beyond the common subset' },
  { name: '@valibot/to-json-schema', purpose: 'JSON Schema of the configuration and of tools' },
];
