/** @module upstreams/connection/stdio/environment: what a started server gets of the gateway's environment: what programs cannot do without, and what the configuration names. */

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** No keys, tokens or proxies with passwords among them. Windows programs fail without the second line. */
const INHERITED: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TERM', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'USERNAME', 'PROGRAMFILES'],
]);
const LOCALE = /^LC_[A-Z]+$/;
/** Where the gateway keeps its keys, and how to talk to it. */
const OURS = /^SWITCHYARD/i;

/**
 * @param inherited of the gateway; what is not on the list stays here
 * @param own of the configuration; wins, but cannot name variables of the gateway
 */
export function scrubbedEnvironment(inherited: Environment, own: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(inherited).filter(([name, value]) => value !== undefined && isInherited(name) && !value.startsWith('()'));
  const named = Object.entries(own).filter(([name]) => !OURS.test(name));
  return Object.fromEntries([...kept, ...named].map(([name, value]) => [name, value ?? '']));
}

function isInherited(name: string): boolean {
  return INHERITED.has(name.toUpperCase()) || LOCALE.test(name);
}
