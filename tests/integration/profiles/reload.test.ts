/** Profiles that change while clients are connected and calls run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { App } from '../../../src/app/app.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { bad, startWatchingGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type Speaker } from '../mcp/clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'sy-profiles-'));
const configFile = join(folder, 'switchyard.yaml');
let app: App | undefined;
const speakers: Speaker[] = [];

const write = (profiles: JsonObject): void =>
  writeFileSync(
    configFile,
    JSON.stringify({ server: { port: 0 }, limits: { roles: { admin: 1_000_000 } }, upstreams: { first: { ...bad('ok'), pins: 'off' } }, profiles }),
  );

afterEach(async () => {
  for (const speaker of speakers) await speaker.close();
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// @requirement G2.l
it('a reload changes the view of the profile that it names, tells its clients alone, and drops no call', async () => {
  const echo = { tools: { allow: ['first__echo', 'first__slow_progress'] } };
  write({ one: echo, two: echo });
  const gateway = await startWatchingGateway(configFile);
  app = gateway.app;
  const speak = async (profile: string): Promise<Speaker> => {
    const speaker = await connect('v1', { url: `${gateway.url}/${profile}`, token: gateway.key });
    speakers.push(speaker);
    return speaker;
  };
  const [one, two] = [await speak('one'), await speak('two')];
  await until(async () => (await one.toolNames()).length === 2, 'both are listed');
  const running = one.call('first__slow_progress', {}, { onProgress: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const [beforeOne, beforeTwo] = [one.heard.toolChanges, two.heard.toolChanges];

  write({ one: { tools: { allow: ['first__pid'], rename: { first__pid: 'number' } } }, two: echo, three: echo });
  expect(await app.reload()).toBe(true);
  await until(() => one.heard.toolChanges > beforeOne, 'its client is told');
  expect(await one.toolNames()).toEqual(['number']);
  expect((await (await speak('three')).toolNames()).length).toBe(2);
  expect((await running).text).toBe('done');
  expect(two.heard.toolChanges).toBe(beforeTwo);

  const renamed = one.heard.toolChanges;
  write({ one: { tools: { allow: ['first__pid'] } }, two: echo });
  await app.reload();
  await until(() => one.heard.toolChanges > renamed, 'the client of the first is told');
  const changesOfTwo = two.heard.toolChanges;
  await expect(speak('three')).rejects.toThrow(/no profile three/);
  expect(await one.toolNames()).toEqual(['first__pid']);
  // Another way to list is a change, too.
  write({ one: { tools: { allow: ['first__pid'] } }, two: { ...echo, toolSearch: 'always' } });
  const changesOfOne = one.heard.toolChanges;
  await app.reload();
  await until(() => two.heard.toolChanges > changesOfTwo, 'its client is told of the search tools');
  expect(await two.toolNames()).toContain('tools_search');
  expect(one.heard.toolChanges).toBe(changesOfOne);
}, 20_000);
