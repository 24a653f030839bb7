/** @module tools/builtin/resources: what clients can read about the gateway itself. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import type { AuditReader } from '../../contracts/audit.ts';
import type { ConfigView, LibraryUse } from '../../contracts/status.ts';
import type { ResourceDefinition } from '../../contracts/tool.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

const RECENT_RECORDS = 100;
const JSON_TYPE = 'application/json';

/** `config://platform`: the configuration in force, without its secrets. */
export function createConfigResource(config: ConfigView): ResourceDefinition {
  return {
    uri: 'config://platform',
    name: 'platform-config',
    title: 'Configuration',
    description: 'The configuration in force, with every secret replaced.',
    mimeType: JSON_TYPE,
    scopes: ['admin:config'],
    read: () => [toContent(config.redacted())],
  };
}

/** `sdks://list`: the libraries that features stand on, each with the version found or what is missing. */
export function createLibrariesResource(libraries: readonly LibraryUse[]): ResourceDefinition {
  return {
    uri: 'sdks://list',
    name: 'integrated-libraries',
    title: 'Integrated libraries',
    description: 'Each library that is integrated, with the version installed, or how to install it.',
    mimeType: JSON_TYPE,
    scopes: ['tools:read'],
    read: () => [toContent({ libraries: libraries.map(probe) })],
  };
}

/** `audit://recent`: the newest 100 audit records, newest first. */
export function createAuditResource(audit: AuditReader): ResourceDefinition {
  return {
    uri: 'audit://recent',
    name: 'recent-audit-records',
    title: 'Recent audit records',
    description: `The newest ${RECENT_RECORDS} records of the audit log, newest first.`,
    mimeType: JSON_TYPE,
    scopes: ['admin:logs'],
    // They are of everybody, not of the caller alone.
    permissions: () => [{ type: 'CROSS_CLIENT_READ', resource: 'audit' }],
    read: async () => [toContent({ records: await audit.recent(RECENT_RECORDS) })],
  };
}

/** Looks where the package would be loaded from, without loading it. */
function probe({ name, purpose, bundledVersion }: LibraryUse): JsonObject {
  if (bundledVersion !== undefined) return { name, purpose, available: true, version: bundledVersion };
  try {
    const path = findPackageJSON(name, import.meta.url);
    const manifest: unknown = path === undefined ? undefined : JSON.parse(readFileSync(path, 'utf8'));
    if (isObject(manifest) && typeof manifest['version'] === 'string') return { name, purpose, available: true, version: manifest['version'] };
  } catch {
    // Not installed, or not readable: both mean that the feature cannot use it.
  }
  return { name, purpose, available: false, missing: `npm install ${name}` };
}

function toContent(value: unknown): JsonObject {
  return { text: JSON.stringify(value, null, 2) };
}
