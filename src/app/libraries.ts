/** @module app/libraries: what `sdks://list` and `doctor` look for. */
import { readFileSync } from 'node:fs';
import type { LibraryUse } from '../contracts/status.ts';

/** The list of what is part of the bundle travels with it; sources have none, and use what is installed. */
const BUNDLED = new URL('../THIRD-PARTY-LICENSES.txt', import.meta.url);
const TITLE = /^(@?[a-z0-9][\w./-]*) (\d+\.\d+\.\d+\S*)$/gm;

const USES: readonly Pick<LibraryUse, 'name' | 'purpose'>[] = [
  { name: 'valibot', purpose: 'checks the configuration' },
  { name: 'yaml', purpose: 'reads switchyard.yaml' },
  { name: 'jsonc-parser', purpose: 'reads and edits JSON with comments' },
  { name: 'jose', purpose: 'verifies access tokens' },
  { name: 'commander', purpose: 'the command line' },
  { name: '@valibot/to-json-schema', purpose: 'JSON Schema of the configuration and of tools' },
];

let versions: ReadonlyMap<string, string> | undefined;

/** Read when somebody asks, not at the start. */
function bundledVersions(): ReadonlyMap<string, string> {
  versions ??= new Map([...readList().matchAll(TITLE)].map(([, name = '', version = '']) => [name, version]));
  return versions;
}

function readList(): string {
  try {
    return readFileSync(BUNDLED, 'utf8');
  } catch {
    return '';
  }
}

/** Every library a feature of this version loads. */
export const LIBRARIES: readonly LibraryUse[] = USES.map((use) => ({
  ...use,
  get bundledVersion() {
    return bundledVersions().get(use.name);
  },
}));
