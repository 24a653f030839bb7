/** The shipped program loads the authorization server where it is configured and asked for, and never else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { BundleGraph } from '../../tools/bundle.ts';
import { root } from '../../tools/paths.ts';
import { makeHome, projectOf, removeHome, startGateway } from '../helpers/gateway.ts';
import { callWith } from '../helpers/issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'issuer-loaded-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packages in the chunks that were loaded so far. */
function packagesIn(log: string): ReadonlySet<string> {
  const { outputs } = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as BundleGraph;
  const inputs = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((file) => outputs[basename(file)] ?? []);
  return new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
}

// @requirement A3.o
it.each([false, true])('configured: %s', async (isConfigured) => {
  const home = makeHome();
  const log = join(folder, `${isConfigured}.txt`);
  if (isConfigured) writeFileSync(join(projectOf(home), 'switchyard.yaml'), 'identity:\n  issuer: embedded\n');
  const preload = `--import ${pathToFileURL(join(root, 'tests/packaging/log-modules.mjs')).href}`;
  const gateway = await startGateway({ home, env: { NODE_OPTIONS: preload, LOADED_MODULES: log } });
  try {
    expect((await callWith(gateway, gateway.key)).status).toBe(200);
    expect([...packagesIn(log)].filter((name) => ['oidc-provider', 'koa', 'jose'].includes(name))).toEqual([]);
    const { status } = await fetch(`${gateway.url}/.well-known/oauth-authorization-server`);
    expect(status).toBe(isConfigured ? 200 : 404);
    expect(packagesIn(log).has('oidc-provider')).toBe(isConfigured);
    expect(packagesIn(log).has('koa')).toBe(isConfigured);
  } finally {
    await gateway.stop();
    removeHome(home);
  }
});
