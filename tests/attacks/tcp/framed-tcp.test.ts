/** The framed TCP door on a real gateway: who gets in, and what becomes of clients that are slow, large, wrong or gone. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.ts';
import { encodeFrame, FrameDecoder } from '../../../src/core/frame-codec.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { memoryLogger } from '../../helpers/edge.ts';
import { freePort } from '../../helpers/free-port.ts';
import { createTestAuthority, type TestAuthority } from '../../helpers/test-ca.ts';

let authority: TestAuthority;
let app: App | undefined;
let folder = '';
let port = 0;
let key = '';
const marks = new Set<string>();

beforeAll(() => {
  authority = createTestAuthority();
});
afterAll(() => authority.remove());
afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(server: JsonObject = {}, more: JsonObject = {}): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'sy-tcp-'));
  port = await freePort();
  marks.clear();
  app = createApp({
    home: join(folder, 'home'),
    cwd: folder,
    env: {},
    doors: ['http'],
    isWatching: false,
    logger: memoryLogger([]),
    tools: [
      {
        name: 'mark',
        description: 'Leaves a mark.',
        input: { type: 'object', properties: { id: { type: 'string' } } },
        scopes: ['tools:read'],
        handler: (input: unknown) => {
          const id = isObject(input) ? String(input['id']) : '';
          marks.add(id.slice(0, 20));
          return id.length;
        },
      },
    ],
    config: { server: { port: 0, tcp: { isEnabled: true, port }, ...server }, limits: { requestTimeoutMs: 400 }, ...more },
  });
  await app.start();
  key = readFileSync(join(folder, 'home/admin.key'), 'utf8').trim();
}

/** A client: what it has received, frame by frame, and whether the connection has ended. */
class Client {
  readonly socket: Socket;
  readonly received: JsonObject[] = [];
  readonly ended: Promise<void>;
  #onFrame: () => void = () => undefined;

  constructor(socket: Socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })) {
    this.socket = socket;
    const decoder = new FrameDecoder({
      onFrame: (frame) => {
        this.received.push(JSON.parse(frame.toString('utf8')) as JsonObject);
        this.#onFrame();
      },
      onBroken: () => undefined,
    });
    socket.on('data', (piece: Buffer) => decoder.push(piece));
    this.ended = new Promise((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.on('end', () => resolve());
    });
  }

  send(message: unknown): this {
    this.socket.write(encodeFrame(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))));
    return this;
  }

  hello(authorization: unknown = `Bearer ${key}`): this {
    return this.send({ jsonrpc: '2.0', id: 0, method: 'authenticate', params: { authorization } });
  }

  call(id: string, rpcId: number = 1): this {
    return this.send({ jsonrpc: '2.0', id: rpcId, method: 'tools/call', params: { name: 'mark', arguments: { id }, _meta: META } });
  }

  /** The answer with this id. */
  async answer(id: number | null): Promise<JsonObject | undefined> {
    const find = (): JsonObject | undefined => this.received.find((message) => message['id'] === id);
    while (!find()) {
      const isOver = await Promise.race([this.ended.then(() => true), new Promise<false>((resolve) => (this.#onFrame = () => resolve(false)))]);
      if (isOver) return find();
    }
    return find();
  }

  async codeOf(id: number | null): Promise<unknown> {
    const answer = await this.answer(id);
    const error = answer?.['error'];
    return isObject(error) && isObject(error['data']) ? error['data']['code'] : 'result' in (answer ?? {}) ? 'ok' : undefined;
  }
}

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

describe('D5.b: a client of the framed TCP door', () => {
  it('says who it is and calls; half of a connection is enough to be answered', async () => {
    await start();
    const client = new Client()
      .hello()
      .call('one', 1)
      .send({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: { _meta: META } });
    client.socket.end();
    expect([await client.codeOf(0), await client.codeOf(1), await client.codeOf(2)]).toEqual(['ok', 'ok', 'ok']);
    await client.ended;
    expect(marks.has('one')).toBe(true);
  });

  it('may send line breaks between the parts of a message, and large messages up to 16 MiB', async () => {
    await start({}, { limits: { requestTimeoutMs: 20_000 } });
    const client = new Client().hello();
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'mark', arguments: { id: 'pretty' }, _meta: META } }, null, 2));
    expect([await client.codeOf(1), marks.has('pretty')]).toEqual(['ok', true]);
    client.call('x'.repeat(12 * 1024 * 1024), 2);
    expect(await client.codeOf(2)).toBe('ok');
    client.socket.destroy();
  });

  it('is on record with the door, and ceases with its key', async () => {
    await start();
    const client = new Client().hello().call('before', 1);
    expect(await client.codeOf(1)).toBe('ok');
    const { createSqliteStore } = await import('../../../src/storage/sqlite/store.ts');
    const { systemClock } = await import('../../../src/core/clock.ts');
    const store = createSqliteStore({ path: join(folder, 'home/state.db'), clock: systemClock, writes: 'direct' });
    await store.apiKeys.revoke(key.slice(6, 18), Date.now());
    await store.close();
    let id = 2;
    await expect
      .poll(async () => {
        id += 1;
        return await client.call('after', id).codeOf(id);
      })
      .toBe('AUTHENTICATION_FAILED');
    client.socket.destroy();
  });
});

describe('D5.c: nobody else gets in', () => {
  it.each([
    [
      'without a word about who it is',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'mark', arguments: { id: 'no' }, _meta: META } },
      'AUTHENTICATION_REQUIRED',
    ],
    ['with an empty introduction', { jsonrpc: '2.0', id: 1, method: 'authenticate', params: {} }, 'AUTHENTICATION_REQUIRED'],
    [
      'with a wrong key',
      { jsonrpc: '2.0', id: 1, method: 'authenticate', params: { authorization: `Bearer sk-sy-${'0'.repeat(12)}-${'0'.repeat(48)}` } },
      'AUTHENTICATION_FAILED',
    ],
    ['with another scheme', { jsonrpc: '2.0', id: 1, method: 'authenticate', params: { authorization: 'Basic eDp5' } }, 'AUTHENTICATION_FAILED'],
    ['with a list as credential', { jsonrpc: '2.0', id: 1, method: 'authenticate', params: { authorization: ['Bearer x'] } }, 'AUTHENTICATION_FAILED'],
  ])('%s', async (_what, first, code) => {
    await start();
    const client = new Client().send(first).call('after', 2);
    expect(await client.codeOf(1)).toBe(code);
    await client.ended;
    expect([client.received.length, marks.size]).toEqual([1, 0]);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'BODY_TOO_LARGE'],
    ['a length of zero', Buffer.alloc(4), 'INVALID_REQUEST'],
    ['a length of 4 GiB', Buffer.from([255, 255, 255, 255]), 'BODY_TOO_LARGE'],
    ['an introduction of 64 KiB and one', Buffer.from([0, 1, 0, 1]), 'BODY_TOO_LARGE'],
    ['no JSON', encodeFrame(Buffer.from('hello')), 'PARSE_ERROR'],
    ['no UTF-8', encodeFrame(Buffer.from([0xff, 0xfe])), 'PARSE_ERROR'],
    ['deep JSON', encodeFrame(Buffer.from('['.repeat(5000))), 'PARSE_ERROR'],
  ])('that sends %s: one error, and the end', async (_what, bytes, code) => {
    await start();
    const client = new Client();
    client.socket.write(bytes);
    expect(await client.codeOf(null)).toBe(code);
    await client.ended;
    // Control: the door is open for others.
    const other = new Client().hello().call('control');
    expect(await other.codeOf(1)).toBe('ok');
    other.socket.destroy();
  });
});

describe('D5.d: clients that are slow or gone', () => {
  it('a message that does not arrive in time ends the connection, byte by byte or not at all', async () => {
    await start();
    const client = new Client().hello();
    await client.codeOf(0);
    client.socket.write(Buffer.from([0, 0, 1]));
    const drip = setInterval(() => client.socket.write(Buffer.from([0])), 50);
    expect(await client.codeOf(null)).toBe('REQUEST_TIMEOUT');
    await client.ended;
    clearInterval(drip);
  });

  it('16 MiB that are not known to be a client’s are not held', async () => {
    await start();
    const client = new Client();
    client.socket.write(Buffer.from([1, 0, 0, 0]));
    expect(await client.codeOf(null)).toBe('BODY_TOO_LARGE');
  });

  it('one that is gone in the middle of a call leaves nothing behind, and garbage after a good start ends it', async () => {
    await start();
    const gone = new Client().hello().call('gone');
    gone.socket.destroy();
    const client = new Client().hello();
    await client.codeOf(0);
    client.send('{"jsonrpc":').send({ jsonrpc: '2.0', id: 5, method: 'nothing', params: { _meta: META } });
    expect([await client.codeOf(null), await client.codeOf(5)]).toEqual(['PARSE_ERROR', 'METHOD_NOT_FOUND']);
    client.socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await client.ended;
    expect(JSON.stringify(client.received.at(-1))).toContain('BODY_TOO_LARGE');
  });
});

describe('D5.e: beyond loopback', () => {
  const tls = (clientCertificates: string): JsonObject => {
    const server = authority.issue('localhost', ['DNS:localhost']);
    return { certFile: server.certFile, keyFile: server.keyFile, ...(clientCertificates === 'off' ? {} : { caFile: authority.certFile, clientCertificates }) };
  };

  it.each(['none', 'off', 'optional'])('it does not open with client certificates %s', async (mode) => {
    await expect(start({ tcp: { isEnabled: true, host: '0.0.0.0', port: 0 }, ...(mode === 'none' ? {} : { tls: tls(mode) }) })).rejects.toMatchObject({
      code: 'ADDRESS_UNSAFE',
    });
  });

  it('the certificate says who calls, over TLS 1.3; without one, and in the clear, nobody does', async () => {
    const tcp = await freePort();
    await start(
      { tcp: { isEnabled: true, host: '0.0.0.0', port: tcp }, tls: tls('required') },
      { identity: { certificates: [{ match: 'spiffe://example.org/agent', roles: ['user'] }] } },
    );
    const agent = authority.issue('agent', ['URI:spiffe://example.org/agent']);
    const secure = connectTls({ host: '127.0.0.1', port: tcp, ca: authority.cert, servername: 'localhost', cert: agent.cert, key: agent.key });
    const client = new Client(secure).call('by certificate');
    expect([await client.codeOf(1), secure.getProtocol(), marks.has('by certificate')]).toEqual(['ok', 'TLSv1.3', true]);
    secure.destroy();
    const bare = new Client(connectTls({ host: '127.0.0.1', port: tcp, ca: authority.cert, servername: 'localhost' })).hello().call('bare');
    await bare.ended;
    const plain = new Client(connect({ host: '127.0.0.1', port: tcp })).hello().call('plain');
    await plain.ended;
    expect([bare.received, plain.received, [...marks]]).toEqual([[], [], ['by certificate']]);
  });
});
