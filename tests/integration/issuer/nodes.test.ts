/** Two machines, one state in PostgreSQL: what one has begun the other finishes, and what one takes back the other refuses. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listGrants, revokeClient, revokeGrant } from '../../../src/app/tasks/issuer.ts';
import { authorize, callWith, exchange, type IssuerGateway, post, refresh, startIssuer } from '../../helpers/issuer.ts';
import { freshSchema, postgresMissing, type PostgresServer, startPostgresServer } from '../../helpers/postgres-server.ts';

let postgres: PostgresServer;
let nodes: readonly [IssuerGateway, IssuerGateway];
beforeAll(async () => {
  if (postgresMissing !== undefined) return;
  postgres = await startPostgresServer();
  const file = `storage:\n  driver: postgres\n  url: ${postgres.url}\n  schema: ${freshSchema()}\n`;
  const one = await startIssuer({}, {}, file);
  // As a balancer makes it look: both are one address, and have the same keys.
  const two = await startIssuer({ url: one.url }, { server: { port: 0, publicUrl: one.url } }, file);
  await fetch(`${one.url}/oauth/jwks`);
  mkdirSync(join(two.home, 'keys'), { recursive: true });
  for (const name of ['issuer.json']) copyFileSync(join(one.home, 'keys', name), join(two.home, 'keys', name));
  nodes = [one, two];
});
afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await postgres?.remove();
});
beforeEach((context) => {
  if (postgresMissing !== undefined) context.skip(postgresMissing);
});

const at = ({ url }: IssuerGateway): Pick<IssuerGateway, 'url'> => ({ url });
const placeOf = ({ home }: IssuerGateway): { readonly home: string; readonly cwd: string; readonly env: Record<string, string> } => ({
  home,
  cwd: home,
  env: {},
});

// @requirement A3.e
it('a code of one is exchanged at the other, its token serves at both, and is refused at both within a second', async () => {
  const [one, two] = nodes;
  const { client } = await one.addClient();
  const answer = await authorize(one, client.id);
  const tokens = await exchange({ ...two, callback: one.callback }, client.id, answer);
  expect(tokens.status).toBe(200);
  const token = tokens.body['access_token'];
  const statuses = async (): Promise<readonly number[]> => await Promise.all([one, two].map(async (node) => (await callWith(at(node), token)).status));
  expect(await statuses()).toEqual([200, 200]);
  const again = await refresh(one, client.id, tokens.body['refresh_token']);
  expect(again.status).toBe(200);
  expect((await refresh(two, client.id, tokens.body['refresh_token'])).status, 'used at the other').toBe(400);
  await expect.poll(statuses, { timeout: 1_000, interval: 20 }).toEqual([401, 401]);
  expect((await refresh(one, client.id, again.body['refresh_token'])).status, 'the family has ended').toBe(400);
});

it('one code at both at the same moment serves once, and then not at all', async () => {
  const [one, two] = nodes;
  const { client } = await one.addClient();
  const answer = await authorize(one, client.id);
  const both = await Promise.all([exchange(one, client.id, answer), exchange({ ...two, callback: one.callback }, client.id, answer)]);
  const won = both.filter(({ status }) => status === 200);
  expect(won.length).toBeLessThanOrEqual(1);
  for (const { body } of won) expect((await refresh(two, client.id, body['refresh_token'])).status).toBe(400);
});

it('a consent and a service that are revoked at one are refused at the other', async () => {
  const [one, two] = nodes;
  const { client } = await one.addClient();
  const { body } = await exchange(one, client.id, await authorize(one, client.id));
  const service = await one.addClient({ grants: ['client_credentials'], roles: ['user'] });
  const own = (await post(`${two.url}/oauth/token`, { grant_type: 'client_credentials' }, [service.client.id, String(service.secret)])).body['access_token'];
  const status = async (token: unknown): Promise<number> => (await callWith(at(one), token)).status;
  expect([await status(body['access_token']), await status(own)]).toEqual([200, 200]);
  const grant = (await listGrants(placeOf(two))).find(({ clientId }) => clientId === client.id);
  await revokeGrant(placeOf(two), String(grant?.id));
  await revokeClient(placeOf(two), service.client.id);
  await expect.poll(async () => [await status(body['access_token']), await status(own)], { timeout: 1_000, interval: 20 }).toEqual([401, 401]);
});
