/** What the start path (`switchyard stdio` up to its first answer) must not load. */

const HEAVY_PACKAGES = new Set([
  'hono',
  '@hono/node-server',
  'commander',
  '@clack/prompts',
  'jose',
  'oidc-provider',
  'pg',
  'ioredis',
  'yaml',
  'undici',
  'libp2p',
  'pyodide',
  '@cedar-policy/cedar-wasm',
  'pino',
  'prom-client',
  'zod',
  'ajv',
  '@valibot/to-json-schema',
  '@modelcontextprotocol/client',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/sdk',
]);
/** Each costs 4 to 36 ms of CPU; stdio speaks no HTTP and no TLS before its first answer. */
const HEAVY_BUILTINS = new Set(['node:http', 'node:https', 'node:http2', 'node:tls', 'node:inspector', 'node:test', 'node:repl']);

/** Whether a module specifier (or a package's name) is of the heavy ones. */
export function isHeavy(specifier: string): boolean {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return HEAVY_PACKAGES.has(name) || HEAVY_BUILTINS.has(specifier) || name.startsWith('@opentelemetry') || name.startsWith('@libp2p');
}
