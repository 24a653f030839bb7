import { Agent, request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { createKey } from '../../../src/identity/api-key.ts';
import { createSqliteStore } from '../../../src/storage/sqlite/store.ts';
import { auditOf, dataOf, type Gateway, makeHome, removeHome, startGateway, verifyHome } from '../../helpers/gateway.ts';
import { modernBody, modernHeaders } from '../../helpers/mcp-http.ts';

const CLIENTS = Number(process.env['SWITCHYARD_CLIENTS'] ?? 1000);
const ROUNDS = 3;

interface Client {
  readonly id: string;
  readonly key: string;
  /** One connection, kept alive. */
  readonly agent: Agent;
}

let home: string;
let gateway: Gateway;
const clients: Client[] = [];
beforeAll(async () => {
  home = makeHome();
  // All at once, from one address: what is tested is that nobody gets what belongs to somebody else.
  writeFileSync(join(home, 'switchyard.yaml'), 'limits:\n  queue: 5000\n');
  gateway = await startGateway({ home });
  const store = createSqliteStore({ path: join(home, 'state.db'), clock: systemClock });
  const created = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => createKey(store, systemClock, { name: `client ${index}`, kind: 'user', roles: ['user'] })),
  );
  await store.close();
  clients.push(...created.map(({ key, record }) => ({ id: `key:${record.id}`, key, agent: new Agent({ keepAlive: true, maxSockets: 1 }) })));
  // Other processes' keys are known within 250 ms.
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
}, 120_000);
afterAll(async () => {
  for (const { agent } of clients) agent.destroy();
  await gateway.end();
  removeHome(home);
});

interface Reply {
  readonly status: number;
  readonly correlationHeader: unknown;
  readonly json: JsonObject;
  readonly isReused: boolean;
}

function call({ key, agent }: Client, message: string, correlationId: string): Promise<Reply> {
  const params = { name: 'echo', arguments: { message } };
  const headers = {
    ...modernHeaders('tools/call', params),
    Authorization: `Bearer ${key}`,
    'X-Correlation-ID': correlationId,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${gateway.url}/mcp`, { method: 'POST', agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          correlationHeader: response.headers['x-correlation-id'],
          isReused: sent.reusedSocket,
          json: JSON.parse(Buffer.concat(pieces).toString('utf8')) as JsonObject,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(modernBody('tools/call', params, correlationId)));
  });
}

const correlationOf = (json: JsonObject): unknown => {
  const content = isObject(json['result']) ? json['result']['structuredContent'] : undefined;
  return isObject(content) ? content['correlation_id'] : undefined;
};

it(`K6.b: ${CLIENTS} concurrent clients with distinct keys: no cross-talk, no lost record`, { timeout: 120_000 }, async () => {
  const startedAt = performance.now();
  const mixed: unknown[] = [];
  let [answers, reused, inFlight, most] = [0, 0, 0, 0];
  const expected = new Map<string, string>();
  await Promise.all(
    clients.map(async (client, index) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const correlationId = `c${index}-r${round}`;
        const message = `marker ${index}/${round} of ${client.id}`;
        expected.set(correlationId, client.id);
        inFlight += 1;
        most = Math.max(most, inFlight);
        const { status, correlationHeader, json, isReused } = await call(client, message, correlationId);
        inFlight -= 1;
        answers += 1;
        if (isReused) reused += 1;
        const { echo, user_id: userId } = dataOf(json);
        const isRight =
          status === 200 &&
          echo === message &&
          userId === client.id &&
          json['id'] === correlationId &&
          correlationHeader === correlationId &&
          correlationOf(json) === correlationId;
        if (!isRight) mixed.push({ expected: { message, correlationId, id: client.id }, status, correlationHeader, json });
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${answers} calls of ${CLIENTS} clients (${most} at once, ${reused} over a kept connection) in ${seconds.toFixed(1)} s`);
  expect(mixed.slice(0, 3)).toEqual([]);
  expect({ answers, most, reused }).toEqual({ answers: CLIENTS * ROUNDS, most: CLIENTS, reused: CLIENTS * (ROUNDS - 1) });

  const records = (await auditOf(home, '--event', 'tool_executed')).filter(({ phase }) => phase === 'outcome');
  const recorded = new Map(records.map(({ correlationId, principal }) => [String(correlationId), String(principal)]));
  expect(records).toHaveLength(expected.size);
  expect([...expected].filter(([correlationId, id]) => recorded.get(correlationId) !== id)).toEqual([]);
  expect(await verifyHome(home)).toMatchObject({ ok: true, findings: [] });
});
