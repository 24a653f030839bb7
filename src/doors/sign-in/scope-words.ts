/** @module doors/sign-in/scope-words: what scopes mean, for people. */

/** What somebody with the scope can do, as the end of "It will be able to …". */
const WORDS: Readonly<Record<string, string>> = {
  'admin:config': 'Change the settings of this gateway',
  'admin:full': 'Administer this gateway without limits',
  'admin:logs': 'Read who called what, and the audit log',
  'healing:heal': 'Repair what runs here',
  'healing:monitor': 'Watch the health of what runs here',
  'healing:read': 'Read reports about the health of what runs here',
  'models:use': 'Use language models, at your cost',
  'tools:deploy': 'Deploy software with tools',
  'tools:execute': 'Run tools that act, such as programs and commands',
  'tools:fix': 'Change code with tools',
  'tools:generate': 'Generate text and code with tools',
  'tools:ping': 'Check that the gateway answers',
  'tools:read': 'Run tools that read, such as files and lists',
  'tools:review': 'Review code with tools',
  'tools:write': 'Run tools that write, such as files',
};
/** Scopes worth a second look. */
const STRONG = new Set(['admin:config', 'admin:full', 'admin:logs', 'tools:deploy', 'tools:execute', 'tools:write', 'healing:heal']);

/** Words for a scope; for one of the operator's own, its name. */
export function describeScope(scope: string): string {
  return WORDS[scope] ?? `Use what the operator of this gateway calls “${scope}”`;
}

/** Whether somebody with the scope can change things or see others' affairs. Unknown ones count. */
export function isStrongScope(scope: string): boolean {
  return STRONG.has(scope) || WORDS[scope] === undefined;
}
