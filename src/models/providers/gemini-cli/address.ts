/** @module models/providers/gemini-cli/address: where the program is. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ProviderConfig } from '../../../contracts/models-config.ts';
import type { Environment } from '../provider-module.ts';

/** Absolute path of the program that is configured; undefined = there is none. A name is looked up in PATH, never in the current folder. */
export function programOf({ command }: Pick<ProviderConfig, 'command'>, { PATH: path = '' }: Environment): string | undefined {
  const name = command ?? 'gemini';
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  if (name.includes('/')) return undefined;
  const folders = path.split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
