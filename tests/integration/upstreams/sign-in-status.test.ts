import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/app.ts';
import { setSecret } from '../../../src/app/tasks/secrets.ts';
import { Scope } from '../../../src/core/scope.ts';
import { logIn } from '../../../src/upstreams/auth/login.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { type LyingUpstream, startLyingUpstream } from '../../helpers/lying-upstream.ts';
import { browse, startOAuthUpstream } from '../../helpers/oauth-upstream.ts';
import { guardedUpstream } from '../../helpers/upstream-auth.ts';
import { startUpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

it('A6.m A6.p a running gateway says that it needs a sign-in, and goes on when somebody has signed in from elsewhere', async () => {
  const upstream = await startOAuthUpstream();
  endings.push(() => upstream.stop());
  const gateway = await startUpstreamGateway({ guarded: { transport: 'http', url: upstream.url } });
  endings.push(() => gateway.stop());
  const call = async (): Promise<string> => {
    const response = await fetch(gateway.url.replace(/\/mcp$/, '/mcp/v1/tools/guarded__echo'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}` },
      body: '{}',
    });
    return await response.text();
  };
  await until(async () => (await gateway.status('guarded'))?.state === 'down', 'the refusal is known');
  expect(await gateway.status('guarded')).toEqual({ name: 'guarded', state: 'down', detail: 'needs login: run `switchyard upstreams login guarded`' });
  const asked = upstream.requests.length;

  const { config, ports } = guardedUpstream({ home: gateway.home, url: upstream.url, show: (url) => void browse(url) });
  using scope = new Scope({ timeoutMs: 20_000 });
  const { isRenewed } = await logIn('guarded', config, ports, scope);
  expect([isRenewed, upstream.requests.length > asked]).toEqual([true, true]);
  await until(async () => (await gateway.status('guarded'))?.state === 'up', 'connected without a restart and without a call');
  expect(await call()).toContain('content');
  expect(JSON.stringify([gateway.log, gateway.records()])).not.toMatch(/Bearer |refresh_token|code_verifier/);
});

describe('a secret that changes', () => {
  it('A6.p A6.j reaches the upstream from a gateway that runs, and stands in no log and no record', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sy-secret-'));
    const home = join(folder, 'home');
    const upstream: LyingUpstream = await startLyingUpstream((port) => `http://127.0.0.1:${port}`, {});
    endings.push(
      () => rmSync(folder, { recursive: true, force: true }),
      () => upstream.stop(),
    );
    const file = join(folder, 'switchyard.yaml');
    writeFileSync(
      file,
      `server: { port: 0 }\nupstreams:\n  notes:\n    transport: http\n    url: http://127.0.0.1:${upstream.port}/mcp\n    connect: eager\n    headers: { authorization: 'Bearer \${secret:NOTES}' }\n`,
    );
    const place = { home, configFile: file, cwd: folder, env: {} };
    await setSecret(place, 'NOTES', 'first-value-of-it');
    const log: string[] = [];
    const app = createApp({ ...place, doors: ['http'], isWatching: true, logger: memoryLogger(log) });
    await app.start();
    endings.push(() => app.stop());
    await until(() => upstream.heads.some(({ authorization }) => authorization === 'Bearer first-value-of-it'), 'the first value arrives');
    await setSecret(place, 'NOTES', 'second-value-of-it');
    await until(() => upstream.heads.some(({ authorization }) => authorization === 'Bearer second-value-of-it'), 'the second value arrives');
    expect(JSON.stringify([log, (await app.targets.platform.report()).upstreams])).not.toMatch(/(?:first|second)-value-of-it/);
  });
});
