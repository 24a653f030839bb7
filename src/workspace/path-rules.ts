/**
 * @module workspace/path-rules: from what a caller wrote to path segments. Lexical only: nothing
 * here touches the disk, and nothing here is what keeps a caller inside (the walk does that).
 */
import { AppError } from '../core/errors.ts';

const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;
const MAX_SEGMENTS = 128;

/** Control characters, line separators, and the bidirectional controls that make an approval display another name. */
const FORBIDDEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
/** Names that Windows shortens to `.` or `..`; nobody means them anywhere else either. */
const DOTS_AND_SPACES = /^[. ]+$/;
const WINDOWS_NAME = /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const WINDOWS_DRIVE = /^[a-z]:/i;

/** What decides how a path is read. */
export interface PathRules {
  /** Spellings of the workspace root (as configured, and resolved), each as its segments. */
  readonly roots: readonly (readonly string[])[];
  /** Backslash separates, and the names Windows reserves are refused. */
  readonly isWindows: boolean;
}

const invalid = (message: string): AppError => new AppError('PATH_INVALID', { message });

/** The segments of an absolute path of this machine, for {@link PathRules.roots}. */
export function splitAbsolute(path: string, isWindows: boolean): readonly string[] {
  return (isWindows ? path.replaceAll('\\', '/') : path).split('/').filter((segment) => segment !== '');
}

function isBelow(segments: readonly string[], root: readonly string[], isWindows: boolean): boolean {
  const spell = (text: string | undefined): string | undefined => (isWindows ? text?.toLowerCase() : text);
  return root.length > 0 && root.length <= segments.length && root.every((name, index) => spell(name) === spell(segments[index]));
}

function checkName(name: string, isWindows: boolean): void {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid(`A name in the path is longer than ${MAX_NAME_BYTES} bytes.`);
  if (DOTS_AND_SPACES.test(name)) throw invalid('A name in the path consists of dots and spaces.');
  if (isWindows && WINDOWS_NAME.test(name)) throw invalid('A name in the path is reserved on Windows.');
}

/**
 * The segments below the root; empty = the root itself. `.` and repeated separators vanish. An
 * absolute path is accepted when it lies below one of the roots as written, for clients that send
 * no others. Every `..` is refused, also one that would stay inside. Percent signs, `~`, full-width
 * dots and other look-alikes are ordinary characters of a name: nothing is decoded or normalized.
 *
 * Not checked: whether anything exists there, or is a link.
 *
 * @throws AppError PATH_INVALID, PATH_OUTSIDE
 */
export function parsePath(path: string, { roots, isWindows }: PathRules): readonly string[] {
  if (path === '') throw invalid('The path is empty.');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw invalid(`The path is longer than ${MAX_PATH_BYTES} bytes.`);
  // A lone surrogate would reach the disk as another character than the one that was authorized.
  if (!path.isWellFormed() || FORBIDDEN.test(path)) throw invalid('The path holds a control character or is not valid Unicode.');
  if (!isWindows && path.includes('\\')) throw invalid('The path holds a backslash; use / between names.');
  const text = isWindows ? path.replaceAll('\\', '/') : path;
  const raw = text.split('/');
  if (raw.includes('..')) throw new AppError('PATH_OUTSIDE', { message: 'The path contains `..`, which is never followed.' });
  let segments = raw.filter((segment) => segment !== '' && segment !== '.');
  if (text.startsWith('/') || (isWindows && WINDOWS_DRIVE.test(text))) {
    const root = roots.find((candidate) => isBelow(segments, candidate, isWindows));
    if (!root) throw new AppError('PATH_OUTSIDE', { message: 'The path is absolute and not below the workspace root.' });
    segments = segments.slice(root.length);
  }
  if (segments.length > MAX_SEGMENTS) throw invalid(`The path has more than ${MAX_SEGMENTS} names.`);
  for (const name of segments) checkName(name, isWindows);
  return segments;
}

/** The normalized spelling: `/` between names, `.` for the root. */
export function joinPath(segments: readonly string[]): string {
  return segments.length === 0 ? '.' : segments.join('/');
}
