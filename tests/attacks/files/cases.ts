/**
 * The attacks as data. `{root}`, `{outside}`, `{base}` and `{pid}` stand for the paths of the run.
 * `read`, `write` (default: as read) and `list` (default: as read) name what the workspace answers.
 * A table: longer than the house's file limit would allow for code.
 */
export interface AttackCase {
  readonly kind: string;
  readonly name: string;
  readonly path: string;
  readonly read: string;
  readonly write?: string;
  readonly list?: string;
  /** Only where device files can be made. */
  readonly needsDevices?: true;
}

type Row = readonly [name: string, path: string, read: string, write?: string, list?: string];

const toCases = (kind: string, rows: readonly Row[]): readonly AttackCase[] =>
  rows.map(([name, path, read, write, list]) => ({
    kind,
    name,
    path,
    read,
    ...(write ? { write } : {}),
    ...(list ? { list } : {}),
    ...(kind === 'device' ? { needsDevices: true } : {}),
  }));

const OUTSIDE = 'PATH_OUTSIDE';
const INVALID = 'PATH_INVALID';
const KIND = 'PATH_WRONG_KIND';
const MISSING = 'PATH_NOT_FOUND';
/** The name is odd but only a name: writing makes a file of that name, inside. */
const ODD_NAME = [MISSING, 'ok', MISSING] as const;

export const CASES: readonly AttackCase[] = [
  ...toCases('parent', [
    ['the folder above', '../outside/secret.txt', OUTSIDE],
    ['after a folder', 'src/../../outside/secret.txt', OUTSIDE],
    ['after a missing folder', 'missing/../../outside/secret.txt', OUTSIDE],
    ['many', '../../../../../../../../../../../../etc/passwd', OUTSIDE],
    ['with empty names', 'src//..//..//outside//secret.txt', OUTSIDE],
    ['with dots between', './.././outside/./secret.txt', OUTSIDE],
    ['alone', '..', OUTSIDE],
    ['with a slash', '../', OUTSIDE],
    ['as last name', 'src/deep/../../..', OUTSIDE],
    ['away and back inside', '../work/readme.txt', OUTSIDE],
    ['below the root, staying inside', 'src/../readme.txt', OUTSIDE],
  ]),
  ...toCases('absolute', [
    ['the secret', '{outside}/secret.txt', OUTSIDE],
    ['a system file', '/etc/passwd', OUTSIDE],
    ['two slashes', '//etc/passwd', OUTSIDE],
    ['the root of the disk', '/', OUTSIDE],
    ['a sibling with the same beginning', '{root}-other/secret.txt', OUTSIDE],
    ['the folder above the root', '{base}', OUTSIDE],
    ['through the root and up', '{root}/../outside/secret.txt', OUTSIDE],
    ['through the root and a link', '{root}/to-folder/secret.txt', OUTSIDE],
    ['the state folder', '{base}/home/keys.db', OUTSIDE],
  ]),
  ...toCases('link', [
    ['to a file', 'to-file', OUTSIDE],
    ['to a file, relative', 'to-file-relative', OUTSIDE],
    ['to a file, with a slash', 'to-file/', OUTSIDE],
    ['to a folder', 'to-folder', OUTSIDE],
    ['on the way', 'to-folder/secret.txt', OUTSIDE],
    ['on the way, relative', 'to-folder-relative/secret.txt', OUTSIDE],
    ['on the way, with dots', './to-folder/./secret.txt', OUTSIDE],
    ['to the folder above', 'to-parent/outside/secret.txt', OUTSIDE],
    ['to the root of the disk', 'to-root-of-disk/etc/passwd', OUTSIDE],
    ['a chain', 'chain-1', OUTSIDE],
    ['deep, upwards', 'src/up/outside/secret.txt', OUTSIDE],
    ['deep, to a sibling', 'src/deep/climb/secret.txt', OUTSIDE],
    ['back to the inside', 'to-inside/deep/file.txt', OUTSIDE],
    ['to a file inside', 'to-inside-file', OUTSIDE],
  ]),
  ...toCases('dangling', [
    ['to a file that would be made', 'dangling', OUTSIDE],
    ['to a folder that would be made', 'dangling-folder/new.txt', OUTSIDE],
  ]),
  ...toCases('loop', [
    ['a link to itself', 'to-itself', OUTSIDE],
    ['two links', 'loop-a', OUTSIDE],
    ['below a loop', 'loop-b/secret.txt', OUTSIDE],
    ['round and round', 'src/up/work/src/up/work/src/up/outside/secret.txt', OUTSIDE],
  ]),
  ...toCases('hard link', [
    ['to the secret', 'hard', KIND],
    ['deep', 'src/deep/hard.txt', KIND],
  ]),
  ...toCases('device', [
    ['endless zeros', 'zero', KIND],
    ['a disk', 'loop0', KIND],
    ['below a device', 'zero/x', KIND],
  ]),
  ...toCases('device link', [
    ['to endless zeros', 'to-zero', OUTSIDE],
    ['to standard input', 'to-stdin', OUTSIDE],
  ]),
  ...toCases('pipe', [
    ['in the root', 'pipe', KIND],
    ['deep', 'src/pipe.txt', KIND],
    ['below a pipe', 'pipe/x', KIND],
  ]),
  ...toCases('socket', [
    ['in the root', 'socket', KIND],
    ['below a socket', 'socket/x', KIND],
  ]),
  ...toCases('huge', [
    ['sixty times the cap', 'huge', 'FILE_TOO_LARGE', 'ok', KIND],
    ['eight terabytes of nothing', 'enormous', 'FILE_TOO_LARGE', 'ok', KIND],
  ]),
  ...toCases('proc', [
    ['root of this process', '/proc/self/root{outside}/secret.txt', OUTSIDE],
    ['root of the first process', '/proc/1/root/etc/passwd', OUTSIDE],
    ['working directory', '/proc/self/cwd/package.json', OUTSIDE],
    ['environment', '/proc/{pid}/environ', OUTSIDE],
    ['descriptors', '/dev/fd/0', OUTSIDE],
    ['by a link to /proc/self', 'to-proc/root{outside}/secret.txt', OUTSIDE],
    ['by a link to the descriptors', 'to-fd/0', OUTSIDE],
    ['by a link to the working directory', 'to-cwd/package.json', OUTSIDE],
  ]),
  ...toCases('encoded', [
    ['percent', '%2e%2e/outside/secret.txt', ...ODD_NAME],
    ['percent slash', '..%2foutside%2fsecret.txt', ...ODD_NAME],
    ['twice', '%252e%252e%252foutside%252fsecret.txt', ...ODD_NAME],
    ['overlong UTF-8, percent', '%c0%ae%c0%ae/outside/secret.txt', ...ODD_NAME],
    ['a file URL', 'file://{outside}/secret.txt', ...ODD_NAME],
    ['home folder', '~/secret.txt', ...ODD_NAME],
    ['a variable', '$HOME/secret.txt', ...ODD_NAME],
  ]),
  ...toCases('unicode', [
    ['full-width dots', '\uff0e\uff0e/outside/secret.txt', ...ODD_NAME],
    ['full-width slash', '\uff0e\uff0e\uff0foutside\uff0fsecret.txt', ...ODD_NAME],
    ['one dot leader', '\u2024\u2024/outside/secret.txt', ...ODD_NAME],
    ['two dot leader', '\u2025/outside/secret.txt', ...ODD_NAME],
    ['small full stop', '\ufe52\ufe52/outside/secret.txt', ...ODD_NAME],
    ['division slash', 'src\u2215..\u2215..\u2215outside', ...ODD_NAME],
    ['zero-width between', '.\u200b./outside/secret.txt', ...ODD_NAME],
    ['half a surrogate pair', '..\ud800/outside/secret.txt', INVALID],
    ['right-to-left override', 'txt.\u202eterces', INVALID],
    ['isolate', '\u2066..\u2069/outside', INVALID],
    ['line separator', 'a\u2028b', INVALID],
  ]),
  ...toCases('case', [
    ['a protected folder', 'PRIVATE/key.txt', ...ODD_NAME],
    ['a protected file', 'private/KEY.TXT', ...ODD_NAME],
    ['the Kelvin sign for k', 'private/\u212aey.txt', ...ODD_NAME],
  ]),
  ...toCases('dots and spaces', [
    ['trailing space', '.. /outside/secret.txt', INVALID],
    ['leading space', ' ../outside/secret.txt', INVALID],
    ['three dots', '.../outside/secret.txt', INVALID],
    ['dot space dot', '. ./outside/secret.txt', INVALID],
    ['four dots, two slashes', '....//outside/secret.txt', INVALID],
    ['a protected file and a dot', 'private/key.txt.', ...ODD_NAME],
    ['a protected file and a space', 'private/key.txt ', ...ODD_NAME],
    ['a stream of NTFS', 'private/key.txt::$DATA', ...ODD_NAME],
  ]),
  ...toCases('backslash', [
    ['parents', '..\\outside\\secret.txt', INVALID],
    ['mixed', 'src\\../..\\outside/secret.txt', INVALID],
    ['a drive', 'C:\\Windows\\win.ini', INVALID],
    ['a share', '\\\\server\\share\\secret.txt', INVALID],
    ['a device path', '\\\\.\\PhysicalDrive0', INVALID],
  ]),
  ...toCases('control', [
    ['NUL cuts a name', '../outside/secret.txt\0.png', INVALID],
    ['NUL after a good name', 'readme.txt\0/../../outside/secret.txt', INVALID],
    ['new line', 'readme.txt\n', INVALID],
    ['escape sequence', '\u001b[2Jreadme.txt', INVALID],
    ['delete', '.\u007f./outside', INVALID],
    ['next line (C1)', 'a\u0085b', INVALID],
  ]),
  ...toCases('length', [
    ['a name of 256 bytes', 'n'.repeat(256), INVALID],
    ['a name of 255 characters and 510 bytes', '\u00e9'.repeat(255), INVALID],
    ['a path of 5 000 bytes', 'd/'.repeat(2500), INVALID],
    ['129 names', `${'d/'.repeat(128)}f`, INVALID],
    ['a million dots', './'.repeat(500_000), INVALID],
    ['empty', '', INVALID],
  ]),
];
