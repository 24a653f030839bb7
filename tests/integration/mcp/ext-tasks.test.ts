/** The client of the extension itself (@modelcontextprotocol/ext-tasks) against the gateway. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, type RawClientDispatch } from '@modelcontextprotocol/ext-tasks/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { ALICE, startGateway, type Gateway } from '../../helpers/mcp-gateway.ts';
import { modernHeaders, raw } from '../../helpers/mcp-http.ts';
import { Gate, taskTools } from './task-tools.ts';

const INFO = { name: 'ext-tasks-test', version: '1.0.0' };
const CAPABILITIES = { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } };

let gate: Gate;
let gateway: Gateway;
let client: Client;
const begun: string[] = [];
const sent: string[] = [];
beforeEach(async () => {
  gate = new Gate();
  gateway = await startGateway({
    tools: taskTools(
      gate,
      (name) => begun.push(name),
      () => undefined,
    ),
    tasks: { afterMs: 20 },
  });
  client = new Client(INFO, { capabilities: CAPABILITIES, versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url), { requestInit: { headers: { Authorization: `Bearer ${ALICE}` } } }));
});
afterEach(async () => {
  await client.close();
  await gateway.stop();
});

/** The SDK's client refuses results of the type `task`: the extension sends through a dispatch of its host. */
const rawDispatch: RawClientDispatch = async (request) => {
  const { method, params = {} } = request as unknown as { readonly method: string; readonly params?: JsonObject };
  sent.push(method);
  const { json } = await raw(gateway.url, { jsonrpc: '2.0', id: sent.length, method, params }, { headers: modernHeaders(method, params) });
  return (json['error'] === undefined ? { kind: 'result', result: json['result'] } : { kind: 'error', error: json['error'] }) as never;
};
const session = (): ReturnType<typeof createTaskSessionFromClient> =>
  createTaskSessionFromClient(client, {
    endpointId: 'switchyard',
    rawDispatch,
    v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo: INFO, clientCapabilities: CAPABILITIES },
    onInputRequest: async () => ({ action: 'accept', content: { name: 'Ada' } }) as never,
  });

// @requirement K3.g
it('K3.g follows a task to its result', async () => {
  const tasks = session();
  try {
    const execution = await tasks.callTool('waits', {});
    await vi.waitFor(() => expect(begun).toContain('waits'));
    gate.open();
    const { outcome } = await execution.settle();
    expect(outcome).toMatchObject({ status: 'completed', result: { content: [{ text: 'waits is done' }] } });
  } finally {
    await tasks.close();
  }
});

it('K3.g answers the questions of a task', async () => {
  const tasks = session();
  try {
    const { outcome } = await (await tasks.callTool('asks', {})).settle();
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(JSON.stringify(outcome)).toContain('Ada');
    expect(new Set(sent)).toEqual(new Set(['tools/call', 'tasks/get', 'tasks/update']));
  } finally {
    await tasks.close();
  }
});
