/** @module clients/placeholders: what clients fill into texts, said in the gateway's grammar (`${NAME}`, `${NAME:-default}`, `$${`). */
import type { ClientId } from './types.ts';

/** Where the text stands. */
export interface PlaceholderContext {
  readonly client: ClientId;
  /** Absolute. */
  readonly homeDirectory: string;
  /** Absolute; undefined where the file belongs to no project. */
  readonly projectDirectory: string | undefined;
  /** The program starts in the client's project folder, so that `.` is that folder. */
  readonly startsInProject: boolean;
  /** Of the server, not of the client: `\` on Windows. */
  readonly separator: '/' | '\\';
}

/** A text as the gateway reads it, and what a person should know of it. */
export interface ReadText {
  readonly text: string;
  /** Variables that the client asked the person for. */
  readonly asked: readonly string[];
  /** A placeholder that has no meaning here: the text cannot be used. */
  readonly unusable?: string | undefined;
}

const PLACEHOLDER = /\$\{([^}]*)(\}?)/g;
/** These fill in nothing: what looks like a reference is text. */
const FILLS_NOTHING: ReadonlySet<ClientId> = new Set(['claude-desktop', 'codex']);
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*(?::-[\s\S]*)?$/;

/** Names that are never variables. */
const FOLDERS: ReadonlySet<string> = new Set(['workspaceFolder', 'workspaceRoot', 'workspaceFolderBasename']);

/** The variable that takes the place of an input the client would ask for. */
export function inputVariable(id: string): string {
  const name = id
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  return /^[A-Z]/.test(name) ? name : `INPUT_${name}`;
}

/**
 * Reads a text of a client's file. Folders are filled in; inputs become variables; what the client
 * would take as it is, is escaped.
 *
 * @param isArgument in arguments of clients that fill in nothing, a shell may be meant
 */
export function readPlaceholders(text: string, context: PlaceholderContext, isArgument: boolean): ReadText {
  const asked: string[] = [];
  let unusable: string | undefined;
  const read = text.replace(PLACEHOLDER, (whole, inner: string, close: string, offset: number) => {
    if (text[offset - 1] === '$') return whole;
    if (close === '') return `$${whole}`;
    // Before variables: `${workspaceFolder}` has the form of one.
    const folder = folderOf(inner, context);
    if (folder !== undefined) return folder;
    if (FOLDERS.has(inner)) unusable ??= whole;
    if (VARIABLE.test(inner)) return isArgument && FILLS_NOTHING.has(context.client) ? `$${whole}` : whole;
    const [kind = '', rest = ''] = inner.split(/:([\s\S]*)/);
    if (kind === 'env' && VARIABLE.test(rest)) return `\${${rest}}`;
    if (kind === 'input') {
      asked.push(inputVariable(rest));
      return `\${${inputVariable(rest)}}`;
    }
    if (/^[A-Za-z]+(?::|$)/.test(inner) && !FILLS_NOTHING.has(context.client)) unusable ??= whole;
    return `$${whole}`;
  });
  const own = context.client === 'gemini' ? read.replace(/(?<![$\\])\$([A-Za-z_][A-Za-z0-9_]*)/g, (_, name: string) => `\${${name}}`) : read;
  return { text: own, asked, unusable };
}

function folderOf(inner: string, { homeDirectory, projectDirectory, startsInProject, separator }: PlaceholderContext): string | undefined {
  switch (inner) {
    case 'userHome':
      return homeDirectory;
    case 'workspaceFolder':
    case 'workspaceRoot':
      return projectDirectory ?? (startsInProject ? '.' : undefined);
    case 'workspaceFolderBasename':
      return projectDirectory?.split(/[\\/]/).findLast((step) => step !== '');
    case 'pathSeparator':
    case '/':
      return separator;
    default:
      return undefined;
  }
}
