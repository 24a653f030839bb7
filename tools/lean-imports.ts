/**
 * A plugin of the build: takes Node's own modules without their ES module facade, and makes every
 * thread's file an entry of the bundle.
 *
 * An ES module import of a built-in module reads all of its exports, and some are getters that load
 * half of Node: `import 'node:http'` costs 36 ms of CPU and 15 MB (its WebSocket getter loads undici),
 * `process.getBuiltinModule('node:http')` 4 ms. Sources stay plain; only the bundle differs.
 */
import type { Plugin } from 'rolldown';
import { isBuiltin } from 'node:module';

/** `new URL('./x.ts', import.meta.url)` in the sources: a file that runs in a thread. Groups: quote, path without ending, name. */
export const THREAD_URL: RegExp = /new URL\((['"])(\.{1,2}\/(?:[\w.-]+\/)*([\w.-]+))\.ts\1, import\.meta\.url\)/g;

const STATIC_IMPORT = /^import\s*(?!type[\s{])((?:[\w$]+)?\s*,?\s*(?:\{[^}]*\}|\*\s*as\s+[\w$]+)?)\s*from\s*(['"])([\w:/]+)\2;?/gm;
const LAZY_IMPORT = /\bawait import\((['"])(node:[\w/]+)\1\)/g;

const builtin = (name: string): string => `globalThis.process.getBuiltinModule('${name}')`;

/** `{ a, type B, c as d }` → `{ a, c: d }`. Null when only types are left. */
function destructuring(braces: string): string | null {
  const names = braces
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));
  return names.length === 0 ? null : `{ ${names.map((name) => name.replace(/\s+as\s+/, ': ')).join(', ')} }`;
}

/** Constants in place of one import clause; on one line, so that line numbers stay. */
function constants(clause: string, name: string): string {
  const [, whole, braces, namespace] = /^([\w$]+)?\s*,?\s*(?:(\{[\s\S]*\})|\*\s*as\s+([\w$]+))?$/.exec(clause.trim()) ?? [];
  const targets = [whole, namespace, braces === undefined ? null : destructuring(braces)].filter((target) => target !== undefined && target !== null);
  return targets.map((target) => `const ${target} = ${builtin(name)};`).join(' ') + '\n'.repeat(clause.split('\n').length - 1);
}

/** The source text with its imports of built-in modules replaced. */
export function leanImports(text: string): string {
  return text
    .replace(STATIC_IMPORT, (statement, clause: string, _quote, name: string) =>
      isBuiltin(name) && clause.trim() !== '' ? constants(clause, name) : statement,
    )
    .replace(LAZY_IMPORT, (_call, _quote, name: string) => `await ${builtin(name)}`);
}

/** The plugin. All outputs must lie in one folder: a thread's URL becomes its file name. */
export const leanImportsPlugin: Plugin = {
  name: 'lean-imports',
  transform: {
    filter: { id: /\.(?:ts|m?js)$/ },
    handler: (code) => ({ code: leanImports(code).replaceAll(THREAD_URL, "new URL('./$3.mjs', import.meta.url)"), map: null }),
  },
};
