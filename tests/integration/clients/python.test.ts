import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { auditOf, bin, cleanEnv, type Gateway, projectOf, startGateway } from '../../helpers/gateway.ts';
import { type Installed, installPython } from '../../helpers/on-demand.ts';
import { runToEnd, stdoutOf } from '../../helpers/run-to-end.ts';

let python: Installed;
let gateway: Gateway;
beforeAll(async () => {
  [python, gateway] = await Promise.all([installPython('python'), startGateway()]);
}, 300_000);
afterAll(async () => {
  await gateway.stop();
});
beforeEach((context) => {
  if (python.missing !== undefined) context.skip(python.missing);
});

/** What the client prints. */
async function run(folder: string, given: JsonObject): Promise<JsonObject> {
  const options = { program: join(folder, '.venv/bin/python'), env: cleanEnv(), cwd: projectOf(gateway.home), stdin: JSON.stringify(given), timeoutMs: 50_000 };
  return JSON.parse(stdoutOf(await runToEnd([join(folder, 'client.py')], options))) as JsonObject;
}

it.each([
  ['http', 'auto', '2026-07-28'],
  ['http', 'legacy', '2025-11-25'],
  ['stdio', 'auto', '2026-07-28'],
  ['stdio', 'legacy', '2025-11-25'],
])("the Python SDK's client lists and calls over %s, mode %s", async (transport, mode, version) => {
  const { url, key, home } = gateway;
  const place = transport === 'http' ? { url: `${url}/mcp`, key } : { command: process.execPath, args: [bin, 'stdio'], env: { SWITCHYARD_HOME: home } };
  const answer = await run(python.folder, { mode, ...place });
  expect(answer).toMatchObject({
    version,
    refused: -32602,
    tools: expect.arrayContaining(['echo', 'read_file']),
    resources: expect.arrayContaining(['sdks://list']),
    result: { success: true, data: { echo: 'from Python', user_id: transport === 'http' ? expect.stringMatching(/^key:/) : expect.stringMatching(/^local:/) } },
  });
  const id = isObject(answer['result']) ? String(answer['result']['correlation_id']) : '';
  expect(await auditOf(home, '--correlation', id)).toMatchObject([
    { event: 'tool_executed', target: 'tool:echo', outcome: 'ok', door: transport === 'http' ? 'mcp-http' : 'mcp-stdio' },
  ]);
});
