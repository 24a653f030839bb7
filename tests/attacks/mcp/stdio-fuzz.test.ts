/** Bad messages on the MCP door over byte streams: each gets its answer, and the next good one is served. */
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Bad, badMessages } from './bad-requests.ts';
import { heapAfterCollection, startFuzzed } from './fuzzed.ts';
import { judge } from './judge.ts';

const COUNT = 21_000;
const BATCH = 100;
const BATCHES_PER_CONNECTION = 30;
const SEED = 20_261_122;
const DEADLINE_MS = 10_000;
const MEGABYTE = 1024 * 1024;
const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
const NEWLINE = Buffer.from('\n');

let gateway: Awaited<ReturnType<typeof startFuzzed>>;
beforeAll(async () => {
  gateway = await startFuzzed();
});
afterAll(() => gateway?.stop());

interface Connection {
  write(bytes: Buffer): void;
  /** The next so many lines. @throws Error when they do not come in time */
  lines(count: number): Promise<string[]>;
  /** Ends the input; resolves with lines that nobody asked for. */
  end(): Promise<string[]>;
}

function open(): Connection {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const closed = gateway.app.serveStdio({ input, output });
  let [text, ready] = ['', [] as string[]];
  let wake: () => void = () => undefined;
  output.setEncoding('utf8').on('data', (piece: string) => {
    const parts = (text + piece).split('\n');
    text = parts.pop() ?? '';
    ready.push(...parts);
    wake();
  });
  return {
    write: (bytes) => void input.write(bytes),
    lines: (count) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${ready.length} of ${count} answers in ${DEADLINE_MS} ms`)), DEADLINE_MS);
        wake = () => {
          if (ready.length < count) return;
          clearTimeout(timer);
          wake = () => undefined;
          resolve(ready.slice(0, count));
          ready = ready.slice(count);
        };
        wake();
      }),
    async end() {
      input.end();
      await closed;
      return text === '' ? ready : [...ready, text];
    },
  };
}

const good = (id: string): Buffer =>
  Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'no_arguments', _meta: META } })}\n`);

/** Sends a batch with a good request behind it, and says what was wrong with the answers. */
async function faultsOf(connection: Connection, batch: readonly Bad[], prefix: string): Promise<string[]> {
  const ids = batch.map((_bad, index) => `${prefix}-${index}`);
  connection.write(Buffer.concat(batch.flatMap((bad, index) => [bad.body(ids[index] ?? ''), NEWLINE])));
  connection.write(good(`${prefix}-good`));
  const answers = await connection.lines(batch.length + 1);
  const byId = new Map<unknown, string>();
  const anonymous: string[] = [];
  for (const text of answers) {
    const { id } = JSON.parse(text) as JsonObject;
    if (id === null) anonymous.push(text);
    else byId.set(id, text);
  }
  const faults = batch.flatMap((bad, index) => {
    const id = ids[index] ?? '';
    // Answers without an id come in the order of the lines: nothing is waited for.
    const own = bad.expected.id ?? (bad.expected.hasId ? id : undefined);
    const text = (own === undefined ? anonymous.shift() : byId.get(own)) ?? '';
    return judge(bad, id, { text });
  });
  const last = JSON.parse(byId.get(`${prefix}-good`) ?? '{}') as JsonObject;
  return isObject(last['result']) && last['result']['isError'] === undefined ? faults : [...faults, 'the good request was not served'];
}

describe('bad messages over byte streams', () => {
  it(`K4.h: ${COUNT} of them get the right code and nothing else`, async () => {
    const codes = new Map<number | string, number>();
    const sample = fc.sample(badMessages, { numRuns: COUNT, seed: SEED });
    const before = heapAfterCollection();
    const faults: string[] = [];
    let connection: Connection | undefined;
    for (let start = 0, batchNumber = 0; start < sample.length; start += BATCH, batchNumber += 1) {
      if (batchNumber % BATCHES_PER_CONNECTION === 0) {
        expect((await connection?.end()) ?? []).toEqual([]);
        connection = open();
        // From here on the connection speaks the modern revision.
        connection.write(good('opening'));
        await connection.lines(1);
      }
      const batch = sample.slice(start, start + BATCH);
      for (const {
        expected: { code },
      } of batch)
        codes.set(code, (codes.get(code) ?? 0) + 1);
      if (connection) faults.push(...(await faultsOf(connection, batch, `b${start}`)));
    }
    expect(await connection?.end()).toEqual([]);
    expect(sample).toHaveLength(COUNT);
    expect(faults.slice(0, 10)).toEqual([]);
    for (const code of [-32700, -32600, -32601, -32602, -32021, -32022, 'isError']) expect([code, (codes.get(code) ?? 0) > 50]).toEqual([code, true]);
    expect(heapAfterCollection() - before).toBeLessThan(48 * MEGABYTE);
    expect(gateway.log.filter((line) => line.startsWith('error'))).toEqual([]);
  }, 120_000);

  it('cut into pieces of any size are the same messages', async () => {
    const sample = fc.sample(badMessages, { numRuns: 300, seed: SEED + 1 });
    const sizes = fc.sample(fc.integer({ min: 1, max: 400 }), { numRuns: 50, seed: SEED });
    const connection = open();
    connection.write(good('opening'));
    await connection.lines(1);
    const whole: Connection = {
      ...connection,
      write(bytes) {
        for (let at = 0, step = 0; at < bytes.length; step += 1) {
          const size = sizes[step % sizes.length] ?? 1;
          connection.write(bytes.subarray(at, at + size));
          at += size;
        }
      },
    };
    expect((await faultsOf(whole, sample, 'cut')).slice(0, 10)).toEqual([]);
    expect(await connection.end()).toEqual([]);
  });

  it('are held against the limit of the configuration, and the next line is served', async () => {
    const connection = open();
    connection.write(Buffer.concat([Buffer.alloc(70_000, 0x20), NEWLINE]));
    connection.write(good('next'));
    const answers = (await connection.lines(2)).map((text) => JSON.parse(text) as JsonObject);
    expect(answers).toMatchObject([
      { id: null, error: { code: -32600, data: { code: 'BODY_TOO_LARGE' } } },
      { id: 'next', result: {} },
    ]);
    expect(await connection.end()).toEqual([]);
  });
});
