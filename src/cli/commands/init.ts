/** @module cli/commands/init: `switchyard init`. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { action } from '../command.ts';
import type { Output } from '../output.ts';

interface InitOptions {
  readonly production?: boolean;
  readonly force?: boolean;
}

/** Registers the command. */
export function registerInit(program: Command): void {
  program
    .command('init [folder]')
    .description('Write a switchyard.yaml to start from, and its schema for editors')
    .option('--production', 'a hardened configuration for a gateway that others reach')
    .option('--force', 'replace an existing file; the old one is kept beside it')
    .action(action((output, _, folder: string | undefined, given: InitOptions) => init(output, resolve(folder ?? '.'), given)));
}

async function init(output: Output, folder: string, { production = false, force = false }: InitOptions): Promise<void> {
  const [templates, { configJsonSchema }, { CONFIG_NAMES }, { replaceFile }] = await Promise.all([
    import('../../config/init-templates.ts'),
    import('../../config/json-schema.ts'),
    import('../../config/locate.ts'),
    import('../../config/replace-file.ts'),
  ]);
  mkdirSync(folder, { recursive: true });
  const existing = CONFIG_NAMES.filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0 && !force) throw new AppError('CONFIG_EXISTS', { message: `${existing.join(' and ')} exists already.` });
  const kept = existing.map((name) => keep(join(folder, name)));
  const file = join(folder, 'switchyard.yaml');
  replaceFile(file, production ? templates.PRODUCTION_TEMPLATE : templates.STARTER_TEMPLATE);
  const schema = join(folder, templates.SCHEMA_FILE);
  replaceFile(schema, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  output.result({ file, schema, kept }, () =>
    [
      `Wrote ${shown(file)} and ${templates.SCHEMA_FILE}.`,
      ...kept.map((path) => `The old file is kept as ${basename(path)}.`),
      '',
      production ? 'Next: go through the lines marked TODO, then' : 'Next: edit it if you like, then',
      '  switchyard config check',
      '  switchyard serve',
    ].join('\n'),
  );
}

/** Moves the file aside, under a name that is free and that `config diff` can read. */
function keep(path: string): string {
  const ending = extname(path);
  const stem = path.slice(0, -ending.length);
  let backup = `${stem}.old${ending}`;
  for (let number = 2; existsSync(backup); number += 1) backup = `${stem}.old-${number}${ending}`;
  renameSync(path, backup);
  return backup;
}

function shown(path: string): string {
  const name = relative(process.cwd(), path);
  return name.startsWith('..') ? path : name;
}
