/** Subscriptions to resources of upstreams: asked for when somebody watches, once for everybody, and again after a reconnection. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { root } from '../../../tools/paths.ts';
import { type Gateway, startGateway } from '../../helpers/mcp-gateway.ts';
import { legacy, modern, modernBody, modernHeaders, openSession, type OpenStream, stream } from '../../helpers/mcp-http.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../helpers/upstream-gateway.ts';
import { until } from '../../helpers/until.ts';

const A = 'watched://a';
let folder: string;
let gateway: UpstreamGateway;
let far: Gateway;
const streams: OpenStream[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watched-'));
  far = await startGateway({ resources: [{ uri: 'far://one', name: 'one', read: () => [{ uri: 'far://one', text: '1' }] }] });
  gateway = await startUpstreamGateway({
    old: { transport: 'stdio', command: process.execPath, args: [join(root, 'tests/helpers/watched-upstream.mjs'), join(folder, 'notes')] },
    far: { transport: 'http', url: far.url, headers: { Authorization: 'Bearer token-alice' } },
  });
  await until(async () => {
    const { text } = await modern(gateway.url, 'resources/list', {}, { token: gateway.key });
    return text.includes(A) && text.includes('far://one');
  }, 'both are listed');
});
afterEach(async () => {
  for (const open of streams.splice(0)) open.cut();
  await gateway.stop();
  await far.stop();
  rmSync(folder, { recursive: true, force: true });
});

const notes = (): string[] =>
  readFileSync(join(folder, 'notes'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !/^(?:start|level)/.test(line));
const starts = (): number =>
  readFileSync(join(folder, 'notes'), 'utf8')
    .split('\n')
    .filter((line) => line === 'start').length;
const call = (name: string): Promise<unknown> => modern(gateway.url, 'tools/call', { name, arguments: {} }, { token: gateway.key });

async function listen(...resourceSubscriptions: string[]): Promise<OpenStream> {
  const params = { notifications: { resourceSubscriptions } };
  const open = await stream(gateway.url, modernBody('subscriptions/listen', params), {
    token: gateway.key,
    headers: modernHeaders('subscriptions/listen', params),
  });
  streams.push(open);
  await vi.waitFor(() => expect(open.messages()).toHaveLength(1));
  return open;
}
const updates = (open: OpenStream): unknown[] => open.messages().filter(({ method }) => method === 'notifications/resources/updated');

// @requirement G2.f
describe('G2.f a resource of a legacy server', () => {
  it('is subscribed to once for all clients of both eras, and no more when the last one has gone', async () => {
    const [one, two] = [await listen(A), await listen(A)];
    const session = await openSession(gateway.url, { token: gateway.key });
    await legacy(gateway.url, 'resources/subscribe', { uri: A }, { token: gateway.key, session });
    await vi.waitFor(() => expect(notes()).toEqual([`subscribe ${A}`]));
    await call('old__touch');
    await vi.waitFor(() => expect([updates(one), updates(two)]).toMatchObject([[{ params: { uri: A } }], [{ params: { uri: A } }]]));

    one.cut();
    two.cut();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(notes()).toEqual([`subscribe ${A}`]);
    await legacy(gateway.url, 'resources/unsubscribe', { uri: A }, { token: gateway.key, session });
    await vi.waitFor(() => expect(notes()).toEqual([`subscribe ${A}`, `unsubscribe ${A}`]));
  });

  it('ends with the session that watched it', async () => {
    const session = await openSession(gateway.url, { token: gateway.key });
    await legacy(gateway.url, 'resources/subscribe', { uri: A }, { token: gateway.key, session });
    await vi.waitFor(() => expect(notes()).toEqual([`subscribe ${A}`]));
    await legacy(gateway.url, 'ping', {}, { token: gateway.key, session, method: 'DELETE' });
    await vi.waitFor(() => expect(notes()).toEqual([`subscribe ${A}`, `unsubscribe ${A}`]));
  });

  it('is subscribed to again when the server was started anew, without anybody calling it', async () => {
    const open = await listen(A);
    await vi.waitFor(() => expect(notes()).toHaveLength(1));
    await call('old__die');
    await vi.waitFor(() => expect([starts(), notes()]).toEqual([2, [`subscribe ${A}`, `subscribe ${A}`]]), { timeout: 10_000 });
    await call('old__touch');
    await vi.waitFor(() => expect(updates(open).length).toBeGreaterThan(0));
  });

  it('that does not exist is not asked for', async () => {
    await listen('watched://nothing', A);
    await vi.waitFor(() => expect(notes()).toEqual([`subscribe ${A}`]));
  });
});

describe('G2.f a resource of a modern server', () => {
  it('is listened to, and its updates reach every client', async () => {
    const before = await listen('far://one');
    await vi.waitFor(() => expect(far.records.filter(({ target }) => target === 'subscription:far://one')).toHaveLength(1));
    const after = await listen('far://one');
    far.catalog.resourceUpdated('far://one');
    await vi.waitFor(() => expect([updates(before), updates(after)]).toMatchObject([[{ params: { uri: 'far://one' } }], [{ params: { uri: 'far://one' } }]]));
    expect(far.records.filter(({ target }) => target === 'subscription:far://one')).toHaveLength(1);
  });
});
