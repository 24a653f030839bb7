/**
 * Servers that people use, from the registry, behind the gateway: list, call, error, cancel, restart.
 * docs/compatibility.md is what this test sees. @requirement G1.n
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../../tools/paths.ts';
import { compatibilityPage } from '../../helpers/compatibility-docs.ts';
import { type Compatibility, tryServer } from '../../helpers/compatibility.ts';
import { type PublishedGateway, startPublishedGateway } from '../../helpers/published-gateway.ts';
import { PUBLISHED_NAMES } from '../../helpers/published-servers.ts';

let missing: string | undefined;
let published: PublishedGateway | undefined;
const seen: Compatibility[] = [];

beforeAll(async () => {
  const started = await startPublishedGateway();
  if ('missing' in started) missing = started.missing;
  else published = started;
}, 300_000);

afterAll(() => published?.stop());

it.for(PUBLISHED_NAMES)('%s is listed, called, refuses, is cancelled and is started again', async (name, context) => {
  const server = published?.servers.find((candidate) => candidate.name === name);
  const why = missing ?? server?.missing;
  if (published === undefined || server === undefined || why !== undefined) return context.skip(why ?? 'is not in the table');
  seen.push(await tryServer(server, published.gateway, published.speaker));
});

it('docs/compatibility.md shows what was seen (npm run docs:compatibility)', (context) => {
  if (seen.length < PUBLISHED_NAMES.length) return context.skip(missing ?? 'needs every server of the table');
  expect(readFileSync(join(root, 'docs/compatibility.md'), 'utf8')).toBe(compatibilityPage(seen));
});

it('server-everything reports progress, samples and asks', async (context) => {
  const speaker = published?.speaker;
  if (missing !== undefined || speaker === undefined) return context.skip(missing ?? 'did not start');
  const heard: number[] = [];
  await speaker.call('everything__trigger-long-running-operation', { duration: 1, steps: 4 }, { onProgress: (progress) => heard.push(progress) });
  expect(heard).toEqual([1, 2, 3, 4]);
  expect((await speaker.call('everything__trigger-sampling-request', { prompt: 'Capital?', maxTokens: 10 })).text).toContain('Paris');
  expect((await speaker.call('everything__trigger-elicitation-request')).isError).toBe(false);
});
