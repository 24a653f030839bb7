/**
 * MCP04: a server that was honest when it was approved lists poisoned definitions later: those of the corpus of poisoned
 * tools. What counts is whether a client is shown one, and whether a call of one reaches the server. The control is the same
 * server without pins. @requirement G3.d
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { root } from '../../../tools/paths.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';
import { connect, type Speaker } from '../../integration/mcp/clients.ts';
import { turningServer } from '../../helpers/turning-server.ts';

interface Poisoned {
  readonly id: string;
  readonly kind: string;
  readonly definition: JsonObject & { readonly name: string };
}

const poisoned = (JSON.parse(readFileSync(join(root, 'tests/attacks/tool-poisoning/malicious.json'), 'utf8')) as readonly Poisoned[])
  .filter(({ kind }) => kind === 'tool')
  // One name, one tool: a server cannot list two of the same.
  .map(({ id, definition }, index) => ({ id, definition: { ...definition, name: `t${index}` } }));
const honest = poisoned.map(({ definition: { name } }) => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object' } }));

const folder = mkdtempSync(join(tmpdir(), 'sy-rug-'));
const [pinned, open] = [turningServer(folder, 'pinned'), turningServer(folder, 'open')];
const serve = (tools: readonly object[]): void => {
  for (const server of [pinned, open]) server.serve(tools);
};

let gateway: UpstreamGateway;
let client: Speaker;
const shown = async (prefix: string): Promise<readonly string[]> => (await client.toolNames()).filter((name) => name.startsWith(`${prefix}__`));

beforeAll(async () => {
  serve(honest);
  gateway = await startUpstreamGateway({ pinned: pinned.entry, open: { ...open.entry, pins: 'off' } });
  client = await connect('v2 modern', { url: gateway.url, token: gateway.key });
  for (const name of ['pinned', 'open']) await until(async () => (await shown(name)).length === honest.length, `${name} is listed`, 20_000);
  serve(poisoned.map(({ definition }) => definition));
  await until(async () => (await shown('pinned')).length === 0, 'the quarantine', 20_000);
}, 60_000);
afterAll(async () => {
  await client?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.each(poisoned)('MCP04: $id is neither shown nor called once the server has turned', async ({ definition: { name } }) => {
  expect(await shown('pinned')).not.toContain(`pinned__${name}`);
  await expect(client.call(`pinned__${name}`, {})).rejects.toThrow();
  expect(pinned.calls()).toEqual([]);
});

it('MCP04: the audit trail names the first twenty that changed, and counts the rest', () => {
  const details = gateway.records().flatMap(({ event, detail }) => (event === 'pin_changed' ? [detail as JsonObject] : []));
  const further = details.reduce((sum, detail) => sum + Number(detail['further'] ?? 0), 0);
  expect(details.filter(({ name }) => name !== undefined).length + further).toBe(poisoned.length);
});

it('control: without pins the poisoned tools are shown, and reach the server', async () => {
  expect(await shown('open')).toHaveLength(poisoned.length);
  const { text } = await client.call('open__t0', { a: 1, b: 2 });
  expect(text).toBe('called t0');
  expect(open.calls()).toEqual(['t0']);
});
