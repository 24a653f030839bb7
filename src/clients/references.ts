/** @module clients/references: variables in values, in each client's spelling, and secrets that must not be written. */
import { AppError } from '../core/errors.ts';
import type { ClientId } from './types.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** The foreign spellings: `${env:NAME}` of Cursor, VS Code and Windsurf. */
const ENV_REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;
const SECRET_NAME = /key|token|secret|passw|credential|authorization|cookie/i;
const SECRET_VALUE = /\bsk-[A-Za-z0-9_-]{8,}|\bBearer\s+[^\s$]/i;

/** Names of the variables a value refers to. */
export function referencesIn(value: string): readonly string[] {
  return [...value.matchAll(REFERENCE)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}

/** `${NAME}` in the client's own spelling. @throws AppError USAGE for clients that expand nothing */
export function spellReferences(client: ClientId, value: string): string {
  if (referencesIn(value).length === 0) return value;
  switch (client) {
    case 'claude-code':
    case 'gemini':
      return value;
    case 'cursor':
    case 'vscode':
    case 'windsurf':
      return value.replaceAll(REFERENCE, (_, name: string) => `\${env:${name}}`);
    case 'claude-desktop':
    case 'codex':
      throw new AppError('USAGE', {
        message: `${client === 'codex' ? 'Codex' : 'Claude Desktop'} does not expand \${…} there.`,
        fix: 'Pass the value itself, with --scope user.',
      });
  }
}

/** A value of a client's file with references as `${NAME}`. Other `${…}` (inputs, folders) stay as they are. */
export function readReferences(value: string): string {
  return value.replaceAll(ENV_REFERENCE, (_, name: string) => `\${${name}}`);
}

/** Whether the named value is a secret that stands there itself, instead of a reference to it. */
export function isLiteralSecret(name: string, value: string): boolean {
  const literal = value
    .replaceAll(REFERENCE, '')
    .replace(/^\s*(?:Bearer|Basic)\b/i, '')
    .trim();
  return literal !== '' && (SECRET_NAME.test(name) || SECRET_VALUE.test(value));
}

/** Whether the URL carries a password or a key. */
export function isSecretUrl(url: string): boolean {
  const parsed = URL.parse(url);
  if (!parsed) return false;
  const { username, password, searchParams } = parsed;
  return username !== '' || password !== '' || [...searchParams].some(([name, value]) => isLiteralSecret(name, value));
}
