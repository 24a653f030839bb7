/** @module workspace/scratch-path: how files of scratch folders are named. Lexical only. */
import { AppError } from '../core/errors.ts';

/** What such a path begins with. */
export const SCRATCH = 'scratch:';

const MAX_OWNER = 1024;
/** What cannot stand in the name of an owner as it is: what separates names, and what escapes. */
const ESCAPED = /[%/\\]/g;

/** A path that begins with {@link SCRATCH}, taken apart. */
export interface ScratchPath {
  /** Principal id; null = the caller's own. */
  readonly owner: string | null;
  /** Relative to that folder, not checked: the workspace there does. */
  readonly inner: string;
  /** The one spelling of the root: `scratch:` or `scratch:<owner>`. */
  readonly root: string;
}

/**
 * `scratch:/a` is of the caller, `scratch:<owner>/a` of another; `%2F` in the owner is a slash. What follows is always relative:
 * leading slashes vanish.
 *
 * @throws AppError PATH_INVALID for an owner that is no text
 */
export function parseScratchPath(path: string): ScratchPath {
  const rest = path.slice(SCRATCH.length);
  const end = rest.indexOf('/');
  const named = end < 0 ? rest : rest.slice(0, end);
  const inner = (end < 0 ? '' : rest.slice(end)).replace(/^\/+/, '') || '.';
  const owner = named === '' ? null : decodeOwner(named);
  return { owner, inner, root: owner === null ? SCRATCH : `${SCRATCH}${owner.replaceAll(ESCAPED, encodeURIComponent)}` };
}

/** The normalized path of a file there. @param inner as the workspace of that folder normalizes it */
export function joinScratchPath(root: string, inner: string): string {
  return inner === '.' ? root : `${root}/${inner}`;
}

function decodeOwner(text: string): string {
  const invalid = (): AppError =>
    new AppError('PATH_INVALID', { message: 'The owner of the scratch folder is not an id.', fix: 'Write scratch:/<path> for your own.' });
  let owner: string;
  try {
    owner = decodeURIComponent(text);
  } catch {
    throw invalid();
  }
  if (owner.length > MAX_OWNER || !owner.isWellFormed() || /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(owner)) throw invalid();
  return owner;
}
