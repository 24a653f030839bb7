/** @module config/edit-env: adds variables to a `.env` file. */
import { lstatSync, readFileSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { systemCode, writePrivateFile } from '../core/private-file.ts';

/** What adding did. */
export interface EnvEdit {
  /** The file was open to others before. */
  readonly wasOpen: boolean;
}

/**
 * The text with the variables at its end, quoted so that Node reads exactly these values back.
 *
 * @throws AppError CONFIG_UNREADABLE for a value that no quoting keeps (all three quotes and a line end at once)
 */
export function appendVariables(text: string, variables: ReadonlyMap<string, string>): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = text === '' || text.endsWith('\n') ? text : text + eol;
  return start + [...variables].map(([name, value]) => `${name}=${quote(name, value)}${eol}`).join('');
}

function quote(name: string, value: string): string {
  const { parseEnv } = process.getBuiltinModule('node:util');
  const spellings = [...(/^[\w./:@%+,=~-]+$/.test(value) ? [value] : []), `'${value}'`, `"${value}"`, `\`${value}\``];
  // Followed by another line: an unclosed quote would reach into it.
  const found = spellings.find((spelling) => {
    const read = parseEnv(`${name}=${spelling}\nNEXT=1\n`);
    return read[name] === value && read['NEXT'] === '1';
  });
  if (found !== undefined) return found;
  throw new AppError('CONFIG_UNREADABLE', {
    message: `The value of ${name} cannot be written into .env: it holds every kind of quote.`,
    fix: `Set ${name} in the environment of the gateway, and refer to it as \${${name}}.`,
  });
}

/**
 * Adds the variables to the file, 0600 afterwards; makes it where there is none. A link is refused: the
 * folder may be somebody else's project, and the link may lead anywhere.
 *
 * @throws AppError CONFIG_UNREADABLE, STORAGE_UNAVAILABLE
 */
export function addVariables(path: string, variables: ReadonlyMap<string, string>): EnvEdit {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats && !stats.isFile())
      throw new AppError('CONFIG_UNREADABLE', {
        message: `${path} is ${stats.isSymbolicLink() ? 'a link' : 'not a file'}: no secrets are written there.`,
        fix: 'Replace it by a file of its own, or put the secrets into the environment and refer to them as ${NAME}.',
      });
    const text = stats ? readFileSync(path, 'utf8') : '';
    writePrivateFile(path, appendVariables(text, variables));
    return { wasOpen: stats !== undefined && process.platform !== 'win32' && (stats.mode & 0o077) !== 0 };
  } catch (error) {
    if (AppError.is(error)) throw error;
    throw new AppError('CONFIG_UNREADABLE', { message: `${path} cannot be read (${systemCode(error) || 'unknown error'}).`, cause: error });
  }
}
