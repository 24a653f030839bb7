/**
 * `node tools/build-config-schema.ts`: writes schema/switchyard.schema.json, which the package ships
 * for editors. With `--check` it writes nothing and fails when the file is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { root } from './paths.ts';

/** Where the file lies. */
export const configSchemaFile: string = join(root, 'schema/switchyard.schema.json');

/** Text of the file. */
export function renderConfigSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

function main(): number {
  const text = renderConfigSchema();
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(configSchemaFile), { recursive: true });
    writeFileSync(configSchemaFile, text);
  }
  const isCurrent = readFileSync(configSchemaFile, 'utf8') === text;
  if (!isCurrent) process.stderr.write('schema/switchyard.schema.json is out of date; run: node tools/build-config-schema.ts\n');
  return isCurrent ? 0 : 1;
}

if (import.meta.main) process.exitCode = main();
