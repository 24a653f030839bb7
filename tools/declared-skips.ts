/**
 * Why a test may be skipped in CI: what a machine refuses to its tests, toolchains that this project does
 * not depend on, and large programs of other vendors (Codex alone is 424 MB). Whatever else a test needs, the
 * run installs; there a skip is a failure.
 */
const DECLARED: readonly RegExp[] = [
  /^native is not usable/,
  /needs? root$/,
  /^needs Linux$/,
  /^the given server is not stopped$/,
  /^needs tests\/clients\/(python|published-servers|codex|gemini-cli|code-server|cursor-sdk)\b/,
];

/** May a test be skipped for `reason`? Outside CI any reason will do, none at all never does. */
export function isDeclared(reason: string | null, isCi: boolean): boolean {
  return reason !== null && (!isCi || DECLARED.some((pattern) => pattern.test(reason)));
}
