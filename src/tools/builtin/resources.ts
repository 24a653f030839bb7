/** @module tools/builtin/resources: T12. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { AuditReader } from '../../contracts/audit.ts';
import type { ConfigView, LibraryUse } from '../../contracts/status.ts';
import type { ResourceDefinition } from '../../contracts/tool.ts';

const RECENT_RECORDS = 100;
const JSON_TYPE = 'application/json';

/** Where the resources look. */
export interface ResourcePorts {
  readonly config: ConfigView;
  readonly audit: AuditReader;
  readonly libraries: readonly LibraryUse[];
}

/** `config://platform`, `sdks://list` and `audit://recent`. */
export function createBuiltinResources({ config, audit, libraries }: ResourcePorts): readonly ResourceDefinition[] {
  const contents = (uri: string, value: unknown): readonly { readonly uri: string; readonly mimeType: string; readonly text: string }[] =>
    [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(value, null, 2) }];
  return [
    {
      uri: 'config://platform', name: 'platform configuration', mimeType: JSON_TYPE, scopes: ['admin:config'],
      description: 'The configuration in force; secrets are replaced.',
      read: (uri) => contents(uri, config.redacted()),
    },
    {
      uri: 'sdks://list', name: 'integrated libraries', mimeType: JSON_TYPE, scopes: ['tools:read'],
      description: 'Libraries that features need: their version here, or that they are missing.',
      read: (uri) => contents(uri, libraries.map(probe)),
    },
    {
      uri: 'audit://recent', name: 'recent audit records', mimeType: JSON_TYPE, scopes: ['admin:logs'],
      description: `The newest ${RECENT_RECORDS} audit records, newest first.`,
      read: async (uri) => contents(uri, await audit.recent(RECENT_RECORDS)),
    },
  ];
}

/** The version that would really be loaded. */
function probe({ name, purpose }: LibraryUse): { readonly name: string; readonly purpose: string; readonly available: boolean; readonly version: string | null; readonly fix: string | null } {
  const version = installedVersion(name);
  return { name, purpose, available: version !== null, version, fix: version === null ? `npm install ${name}` : null };
}

function installedVersion(name: string): string | null {
  try {
    // Many packages do not export their manifest: walk up from the entry point to it.
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    for (;;) {
      const manifest = readManifest(join(folder, 'package.json'));
      if (manifest?.name === name && typeof manifest.version === 'string') return manifest.version;
      const parent = dirname(folder);
      if (parent === folder) return null;
      folder = parent;
    }
  } catch {
    return null;
  }
}

function readManifest(path: string): { readonly name?: unknown; readonly version?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: unknown; readonly version?: unknown };
  } catch {
    return undefined;
  }
}
