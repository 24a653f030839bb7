/** Upstreams that come, change and go while clients are connected and calls run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { App } from '../../../src/app/app.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { bad, startWatchingGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-reload-'));
const configFile = join(folder, 'switchyard.yaml');
let app: App | undefined;
let speaker: Speaker | undefined;

const write = (upstreams: Readonly<Record<string, JsonObject>>): void =>
  writeFileSync(configFile, JSON.stringify({ server: { port: 0 }, limits: { roles: { admin: 1_000_000 } }, upstreams }));
const isListed = async (name: string): Promise<boolean> => (await speaker?.toolNames())?.includes(name) === true;

afterEach(async () => {
  await speaker?.close();
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// @requirement G2.g
it('one that is added appears to clients, one that is removed goes, and drops no call', async () => {
  const first = { ...bad('ok'), pins: 'off' };
  write({ first });
  const gateway = await startWatchingGateway(configFile);
  app = gateway.app;
  speaker = await connect('v1', { url: gateway.url, token: gateway.key });
  await until(async () => await isListed('first__pid'), 'the first is listed');
  const pid = await speaker.call('first__pid');
  const running = speaker.call('first__slow_progress', {}, { onProgress: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const changesBefore = speaker.heard.toolChanges;

  write({ first, second: first });
  await app.reload();
  await until(async () => await isListed('second__pid'), 'the second is listed');
  // What did not change was not started anew.
  expect((await speaker.call('first__pid')).text).toBe(pid.text);

  write({ second: first });
  await app.reload();
  await until(async () => !(await isListed('first__pid')), 'the first is gone');
  expect((await speaker.call('first__pid').catch((error: unknown) => ({ text: String(error) }))).text).toContain('Unknown tool');
  expect((await running).text).toBe('done');
  expect(speaker.heard.toolChanges).toBeGreaterThan(changesBefore);
}, 20_000);
