import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { BUILTIN_TOOLS } from '../../helpers/builtin-tools.ts';

/** Prints the packages loaded after the built-in tools were registered, listed and called once. */
const SCRIPT = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ resolve(name, context, next) { const found = next(name, context); if (found.url.includes('node_modules')) loaded.push(name); return found; } });
  const { compileSchema } = await import('./src/schema/compile.ts');
  const { standardSchemaToJson } = await import('./src/schema/standard.ts');
  const { createCatalog } = await import('./src/tools/catalog.ts');
  const { createBuiltinTools, createBuiltinResources } = await import('./src/tools/builtin/builtin.ts');
  let compiled = 0;
  const catalog = createCatalog({ compile: (schema) => { compiled += 1; return compileSchema(schema); }, toJsonSchema: standardSchemaToJson, clock: { now: () => 0, monotonic: () => 0 }, maxResultBytes: 1e6, modelsOf: () => { throw new Error('none'); }, policy: () => ({}) });
  const ports = { roots: {}, checks: [], status: {}, config: {}, libraries: [], audit: {} };
  for (const tool of createBuiltinTools(ports)) catalog.registerTool(tool, { isTrusted: true });
  for (const resource of createBuiltinResources(ports)) catalog.registerResource(resource);
  const listed = catalog.list('tools').map(({ definition }) => definition.name).length;
  const compiledBefore = compiled;
  const problems = catalog.resolve('tool', 'echo').validateInput({ message: 'x' }) ?? null;
  console.log(JSON.stringify({ loaded, listed, compiledBefore, compiled, problems }));
`;

test('registering, listing and validating load no package, and compile nothing before the first call', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ loaded: [], listed: BUILTIN_TOOLS.length, compiledBefore: 0, compiled: 1, problems: null });
});
