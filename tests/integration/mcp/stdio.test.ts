import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import type { StdioConnection, StdioStreams } from '../../../src/doors/mcp/door.ts';
import { fixturePrompts } from '../../conformance/fixture/prompts.ts';
import { fixtureResources } from '../../conformance/fixture/resources.ts';
import { fixtureTools, plainTool, say } from '../../conformance/fixture/tools.ts';
import type { Principal } from '../../../src/contracts/principal.ts';
import { ALICE, type Gateway, type GatewayOptions, principalOf, startGateway } from '../../helpers/mcp-gateway.ts';
import { modernBody } from '../../helpers/mcp-http.ts';
import { endings, slowTool } from './tools.ts';

const hooks = { toggleTool: () => undefined, togglePrompt: () => undefined };

interface Peer {
  readonly connection: StdioConnection;
  readonly input: PassThrough;
  readonly output: PassThrough;
  /** Every line so far. */
  readonly lines: () => string[];
  readonly messages: () => JsonObject[];
  send(message: unknown): void;
  /** The answer to the id, as soon as it is there. */
  answer(id: unknown): Promise<JsonObject>;
}

let gateway: Gateway;
async function start(door: GatewayOptions['door'] = {}): Promise<Peer> {
  endings.length = 0;
  const echo = plainTool('echo_back', 'Says the same.', ({ words }) => say(String(words)), { type: 'object', properties: { words: { type: 'string' } } });
  const flood = plainTool('flood', 'Reports a lot.', async (_input, context) => {
    for (let step = 1; step <= 2000; step += 1) await context.progress(step, 2000, 'x'.repeat(1000));
    return say('done');
  });
  gateway = await startGateway({ tools: [...fixtureTools(hooks), slowTool(), echo, flood], prompts: fixturePrompts, resources: fixtureResources, door });
  return open();
}
afterEach(() => gateway.stop());

function open(who: Partial<StdioStreams> = {}): Peer {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = '';
  output.setEncoding('utf8');
  output.on('data', (piece: string) => {
    text += piece;
  });
  const lines = (): string[] => text.split('\n').filter((line) => line !== '');
  const messages = (): JsonObject[] => lines().map((line) => JSON.parse(line) as JsonObject);
  return {
    connection: gateway.door.serveStdio({ input, output, ...who }),
    input,
    output,
    lines,
    messages,
    send: (message) => input.write(`${JSON.stringify(message)}\n`),
    answer: (id) =>
      vi.waitFor(
        () => {
          const found = messages().find((message) => message['id'] === id && message['method'] === undefined);
          if (!found) throw new Error(`no answer to ${String(id)}`);
          return found;
        },
        { interval: 5, timeout: 3000 },
      ),
  };
}

const codeOf = ({ error }: JsonObject): unknown => (isObject(error) ? error['code'] : undefined);
const initialize = (version = '2025-11-25', capabilities: JsonObject = {}): JsonObject => ({
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1' } },
});
const ready = { jsonrpc: '2.0', method: 'notifications/initialized' };
const call = (name: string, args: JsonObject, id: string | number, meta: JsonObject = {}): JsonObject =>
  modernBody('tools/call', { name, arguments: args, _meta: meta }, id);

describe('lines', () => {
  it('may come in pieces, with carriage returns, and several at once', async () => {
    const peer = await start();
    const line = JSON.stringify(modernBody('server/discover', {}, 'a'));
    for (const character of `${line}\r\n`) peer.input.write(character);
    peer.input.write(`\n\r\n${JSON.stringify(modernBody('server/discover', {}, 'b'))}\n${JSON.stringify(modernBody('server/discover', {}, 'c'))}\n`);
    for (const id of ['a', 'b', 'c']) expect(await peer.answer(id)).toHaveProperty('result.supportedVersions');
  });

  it('may hold five megabytes', async () => {
    const peer = await start();
    const words = 'ä'.repeat(2_500_000);
    peer.send(call('echo_back', { words }, 'big'));
    const answer = await peer.answer('big');
    expect(JSON.stringify(answer)).toContain(words.slice(0, 100));
    expect(peer.lines()).toHaveLength(1);
  });

  it('above the limit are refused once, and the next one is read', async () => {
    const peer = await start({ maxLineBytes: 10_000 });
    for (let piece = 0; piece < 100; piece += 1) peer.input.write('x'.repeat(1000));
    peer.input.write('\n');
    peer.send(modernBody('server/discover', {}, 'next'));
    await peer.answer('next');
    expect(peer.messages().map(codeOf)).toEqual([-32600, undefined]);
  });

  it('of garbage are refused one by one, and the next one is read', async () => {
    const peer = await start();
    peer.input.write(Buffer.from([0, 1, 2, 0xff, 0xfe, 10, 0x7b, 10]));
    peer.input.write('not json\n[]\n"text"\n{"jsonrpc":"2.0","id":1}\n');
    peer.send(modernBody('server/discover', {}, 'next'));
    await peer.answer('next');
    expect(peer.messages().map(codeOf)).toEqual([-32700, -32700, -32700, -32600, -32600, -32600, undefined]);
  });

  it('come out one message each, whatever they say', async () => {
    const peer = await start();
    peer.send(call('echo_back', { words: 'one\ntwo\r\nthree\u2028four' }, 1));
    await peer.answer(1);
    expect(peer.lines()).toHaveLength(1);
  });
});

describe('the opening', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('D2.c by a handshake settles on %s', async (version) => {
    const peer = await start();
    peer.send(initialize(version));
    expect(await peer.answer('init')).toMatchObject({ result: { protocolVersion: version } });
    peer.send(ready);
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'test_simple_text' } });
    expect((await peer.answer(1))['result']).toEqual({ content: [{ type: 'text', text: 'This is a simple text response for testing.' }] });
    peer.send({ jsonrpc: '2.0', id: 2, method: 'server/discover' });
    expect(codeOf(await peer.answer(2))).toBe(-32601);
  });

  it('by a complete request settles on the modern era', async () => {
    const peer = await start();
    peer.send(modernBody('tools/list', {}, 1));
    expect(await peer.answer(1)).toHaveProperty('result.resultType', 'complete');
    peer.send(initialize());
    expect(codeOf(await peer.answer('init'))).toBe(-32601);
    peer.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    expect(codeOf(await peer.answer(2))).toBe(-32602);
    peer.send({ jsonrpc: '2.0', id: 3, method: 'ping' });
    expect(codeOf(await peer.answer(3))).toBe(-32602);
  });

  it('by a probe settles nothing', async () => {
    const peer = await start();
    peer.send(modernBody('server/discover', { _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } }, 1));
    expect(codeOf(await peer.answer(1))).toBe(-32022);
    peer.send(modernBody('server/discover', {}, 2));
    await peer.answer(2);
    peer.send(initialize());
    expect(await peer.answer('init')).toHaveProperty('result.protocolVersion', '2025-11-25');
  });

  it('without either is served as the legacy era', async () => {
    const peer = await start();
    peer.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(await peer.answer(1)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    peer.send({ jsonrpc: '2.0', id: 2, method: 'server/discover' });
    expect(codeOf(await peer.answer(2))).toBe(-32601);
  });

  it('allows one handshake', async () => {
    const peer = await start();
    peer.send(initialize());
    await peer.answer('init');
    peer.send({ ...initialize(), id: 'again' });
    expect(codeOf(await peer.answer('again'))).toBe(-32600);
  });
});

describe('requests', () => {
  it('are answered as they finish', async () => {
    const peer = await start();
    peer.send(call('slow', { ms: 200 }, 'slow'));
    peer.send(call('test_simple_text', {}, 'quick'));
    await peer.answer('slow');
    expect(peer.messages().map(({ id }) => id)).toEqual(['quick', 'slow']);
  });

  it('are cancelled by a notification, and then have no answer', async () => {
    const peer = await start();
    peer.send(call('slow', { ms: 20_000 }, 'c'));
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    peer.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } });
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']));
    peer.send(call('test_simple_text', {}, 'next'));
    await peer.answer('next');
    expect(peer.messages().map(({ id }) => id)).toEqual(['next']);
  });

  it('may not reuse an id that is under way', async () => {
    const peer = await start();
    peer.send(call('slow', { ms: 300 }, 5));
    peer.send(call('test_simple_text', {}, 5));
    expect(codeOf(await peer.answer(5))).toBe(-32600);
  });

  it('wait for a client that does not read', async () => {
    const peer = await start();
    peer.output.pause();
    peer.output.removeAllListeners('data');
    peer.send(call('flood', {}, 'f', { progressToken: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(peer.output.writableLength + peer.output.readableLength).toBeLessThan(200_000);
    expect(gateway.pipeline.activeCalls).toBe(1);
    let received = 0;
    peer.output.on('data', (piece: string) => {
      received += piece.length;
    });
    peer.output.resume();
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(0), { timeout: 5000 });
    expect(received).toBeGreaterThan(2_000_000);
  });

  it('in batches are answered in 2025-03-26 alone', async () => {
    const peer = await start();
    peer.send(initialize('2025-03-26'));
    await peer.answer('init');
    peer.send([
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'test_simple_text' } },
    ]);
    await vi.waitFor(() => expect(peer.lines()).toHaveLength(2));
    expect(JSON.parse(peer.lines()[1] ?? '')).toMatchObject([{ id: 1 }, { id: 2 }]);
  });

  it('of a legacy server reach the client and are answered', async () => {
    const peer = await start();
    peer.send(initialize('2025-11-25', { sampling: {} }));
    await peer.answer('init');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'test_sampling', arguments: { prompt: 'Hi' } } });
    const question = await vi.waitFor(() => {
      const found = peer.messages().find(({ method }) => method === 'sampling/createMessage');
      if (!found) throw new Error('no question');
      return found;
    });
    peer.send({ jsonrpc: '2.0', id: question['id'], result: { role: 'assistant', content: { type: 'text', text: 'Hello' }, model: 'm' } });
    expect(await peer.answer(1)).toMatchObject({ result: { content: [{ text: 'LLM response: Hello' }] } });
  });
});

describe('subscriptions', () => {
  it('share the channel, each by its id, until they are cancelled', async () => {
    const peer = await start();
    peer.send(modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 's1'));
    peer.send(modernBody('subscriptions/listen', { notifications: { promptsListChanged: true } }, 's2'));
    await vi.waitFor(() => expect(peer.messages()).toHaveLength(2));
    gateway.catalog.unregisterTool('test_simple_text');
    await vi.waitFor(() => expect(peer.messages()).toHaveLength(3));
    expect(peer.messages()[2]).toMatchObject({
      method: 'notifications/tools/list_changed',
      params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 's1' } },
    });
    peer.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 's1' } });
    peer.send(modernBody('server/discover', {}, 'd'));
    await peer.answer('d');
    gateway.catalog.unregisterTool('test_image_content');
    gateway.catalog.unregisterPrompt('test_simple_prompt');
    await vi.waitFor(() => expect(peer.messages().at(-1)).toMatchObject({ method: 'notifications/prompts/list_changed' }));
    expect(peer.messages()).toHaveLength(5);
  });

  it('end with a result when the door closes', async () => {
    const peer = await start();
    peer.send(modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 's1'));
    await vi.waitFor(() => expect(peer.messages()).toHaveLength(1));
    await gateway.door.close();
    await peer.connection.closed;
    expect(peer.messages().at(-1)).toMatchObject({ id: 's1', result: { resultType: 'complete' } });
  });
});

describe('the end of the input', () => {
  it('lets running calls finish, and ends without waiting for subscriptions', async () => {
    const peer = await start();
    peer.send(modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 's1'));
    peer.send(call('slow', { ms: 150 }, 'last'));
    peer.input.end();
    await peer.connection.closed;
    expect(endings).toEqual(['done']);
    expect(peer.messages().at(-1)).toMatchObject({ id: 'last', result: {} });
  });

  it('cancels what takes too long', async () => {
    const peer = await start({ drainMs: 100 });
    peer.send(call('slow', { ms: 20_000 }, 'never'));
    peer.input.end();
    const since = performance.now();
    await peer.connection.closed;
    expect(performance.now() - since).toBeLessThan(1000);
    await vi.waitFor(() => expect(endings).toEqual(['cancelled']));
  });

  it('does not lose a request whose sender is being identified meanwhile', async () => {
    await start();
    const known = Promise.withResolvers<Principal>();
    await gateway.stop();
    gateway = await startGateway({ tools: fixtureTools(hooks), ports: { identity: { identify: () => known.promise, isCurrent: () => true } } });
    const peer = open();
    peer.send(call('test_simple_text', {}, 'late'));
    peer.send(modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub'));
    peer.input.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    known.resolve(principalOf('local', 'local'));
    await peer.connection.closed;
    expect(await peer.answer('late')).toHaveProperty('result');
    // A subscription would have nobody to end it.
    expect(await peer.answer('sub')).toMatchObject({ error: { data: { code: 'CANCELLED' } } });
  });

  it('does not run a request whose sender is known only after the time to answer', async () => {
    await start();
    await gateway.stop();
    const known = Promise.withResolvers<Principal>();
    gateway = await startGateway({
      tools: [slowTool()],
      door: { drainMs: 20 },
      ports: { identity: { identify: () => known.promise, isCurrent: () => true } },
    });
    const peer = open();
    peer.send(call('slow', { ms: 1 }, 'late'));
    peer.input.end();
    await peer.connection.closed;
    known.resolve(principalOf('local', 'local'));
    expect(await peer.answer('late')).toMatchObject({ error: { data: { code: 'CANCELLED' } } });
    expect([gateway.records.filter(({ event }) => event === 'tool_executed'), endings]).toEqual([[], []]);
  });

  it.each([
    ['is taken back', true],
    ['is still good (control)', false],
  ])('what a client over a socket listens to lives as long as its credential, which %s', async (_name, isRevoked) => {
    await start();
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'], shouldAdvanceTime: true });
    try {
      const peer = open({ credential: { kind: 'bearer', token: ALICE }, source: '192.0.2.7' });
      peer.send(modernBody('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub'));
      await vi.waitFor(() => expect(peer.lines()).toHaveLength(1));
      if (isRevoked) gateway.tokens.delete(ALICE);
      await vi.advanceTimersByTimeAsync(32_000);
      gateway.catalog.registerTool({ ...slowTool(), name: 'later' });
      await vi.advanceTimersByTimeAsync(100);
      const isEnded = await Promise.race([peer.connection.closed.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 300))]);
      const isTold = peer.messages().some(({ method }) => method === 'notifications/tools/list_changed');
      expect([isEnded, isTold]).toEqual([isRevoked, !isRevoked]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes half a line for a line', async () => {
    const peer = await start();
    peer.input.end(JSON.stringify(modernBody('server/discover', {}, 'half')));
    await peer.connection.closed;
    expect(await peer.answer('half')).toHaveProperty('result');
  });

  it('does not wait for ever for a client that does not read', async () => {
    const peer = await start({ drainMs: 100 });
    peer.output.pause();
    peer.send(call('flood', {}, 'f', { progressToken: 1 }));
    await vi.waitFor(() => expect(peer.output.writableLength).toBeGreaterThan(0));
    peer.input.end();
    await peer.connection.closed;
    expect(gateway.pipeline.activeCalls).toBe(0);
  });

  it('is no reason to wait when the output is gone as well', async () => {
    const peer = await start();
    peer.send(call('slow', { ms: 20_000 }, 'x'));
    await vi.waitFor(() => expect(gateway.pipeline.activeCalls).toBe(1));
    peer.output.destroy(new Error('EPIPE'));
    await peer.connection.closed;
    expect(endings).toEqual(['cancelled']);
  });
});
