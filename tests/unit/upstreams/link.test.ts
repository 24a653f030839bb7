/** The connection to one upstream, with a server that a test scripts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PinGate } from '../../../src/contracts/pins.ts';
import type { UpstreamConnection, UpstreamConnector, UpstreamEvent } from '../../../src/contracts/upstream.ts';
import type { UpstreamConfig } from '../../../src/contracts/upstreams-config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { Scope } from '../../../src/core/scope.ts';
import type { CallContext } from '../../../src/contracts/call.ts';
import { Upstream } from '../../../src/upstreams/upstream.ts';
import { Link } from '../../../src/upstreams/link.ts';
import type { UpstreamPorts } from '../../../src/upstreams/ports.ts';
import { memoryLogger } from '../../helpers/edge.ts';

type Hear = (event: UpstreamEvent) => void;

let connect: (hear: Hear) => Promise<UpstreamConnection>;
const connector = (): UpstreamConnector => ({ stderr: '', connect: (_scope, hear) => connect(hear), close: () => Promise.resolve() });
vi.mock('../../../src/upstreams/connector.ts', () => ({ createConnector: () => connector() }));

const folder = mkdtempSync(join(tmpdir(), 'sy-link-'));
const gates = new Set<PinGate>();
const log: string[] = [];
let judge: () => Promise<void> = () => Promise.resolve();
let catalogues = 0;
let roundsNeeded = 0;
let link: Link;
let made: { readonly ports: UpstreamPorts; readonly config: UpstreamConfig };
const codeOf = (failure: unknown): unknown => AppError.is(failure) && failure.code;

function openGate(): PinGate {
  let rounds = 0;
  const gate = {
    get needsRound() {
      return rounds < roundsNeeded;
    },
    verdict: undefined,
    begin: () => ({
      judge: async () => {
        await judge();
        rounds += 1;
      },
    }),
    suspend: () => undefined,
    permit: () => {
      if (rounds < roundsNeeded) throw new AppError('UPSTREAM_UNVERIFIED');
    },
    close: () => gates.delete(gate as unknown as PinGate),
  };
  gates.add(gate as unknown as PinGate);
  return gate as unknown as PinGate;
}

function connection(tools: unknown, hear: Hear): UpstreamConnection {
  return {
    facts: { era: 'legacy', protocolVersion: '2025-11-25', serverInfo: { name: 'one', version: '1' }, capabilities: { tools: {} }, instructions: null },
    request: async () => await Promise.resolve({ tools } as never),
    watch: () => undefined,
    close: async () => await Promise.resolve(hear({ type: 'closed', reason: 'closed' })),
  } as unknown as UpstreamConnection;
}

beforeEach(() => {
  vi.useFakeTimers();
  [log.length, catalogues, roundsNeeded] = [0, 0, 0];
  judge = () => Promise.resolve();
  const ports = {
    clock: { ...systemClock, monotonic: () => Date.now() },
    logger: memoryLogger(log),
    folder,
    isRemembering: false,
    pins: { openGate, approvedOf: () => [] },
  } as unknown as UpstreamPorts;
  const config = {
    transport: 'http',
    url: 'http://127.0.0.1/mcp',
    headers: {},
    timeoutMs: 10_000,
    pins: 'trust-first-use',
    connect: 'lazy',
    concurrency: 4,
    auth: { subject: 'configured' },
  };
  made = { ports, config: config as unknown as UpstreamConfig };
  link = new Link('one', made.config, ports, { onCatalogue: () => (catalogues += 1), onResourceUpdated: () => undefined });
});
afterEach(async () => {
  await link.close();
  vi.useRealTimers();
  gates.clear();
  rmSync(folder, { recursive: true, force: true });
});

it('a gate whose opening failed is closed; the control: one that is in use stays open to the end', async () => {
  connect = async (hear) => await Promise.resolve(connection('no list', hear));
  await link.seek();
  expect(link.lastFailure?.code).toBe('UPSTREAM_INVALID');
  expect(gates.size).toBe(0);
  connect = async (hear) => await Promise.resolve(connection([{ name: 'a' }], hear));
  await link.connect(link.life);
  expect(gates.size).toBe(1);
  await link.close();
  expect(gates.size).toBe(0);
});

it('a server of which nothing is known is sought until it is there, less and less often, and complained of once', async () => {
  let tries = 0;
  connect = (hear) => {
    tries += 1;
    return tries < 6
      ? Promise.reject(new AppError('UPSTREAM_UNREACHABLE', { message: 'Nobody listens.' }))
      : Promise.resolve(connection([{ name: 'a' }], hear));
  };
  await link.seek();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(6);
  expect(log.filter((line) => line.includes('cannot be reached') && line.includes('warn'))).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([tries, catalogues]).toEqual([6, 1]);
  // Known by now: it is connected to by whoever calls.
  await link.live?.connection.close();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tries).toBe(6);
});

it('is not sought any more when it is closed', async () => {
  let tries = 0;
  connect = () => {
    tries += 1;
    return Promise.reject(new AppError('UPSTREAM_UNREACHABLE'));
  };
  await link.seek();
  await link.close();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tries).toBe(1);
});

it('a connection that goes while its lists are judged is not taken; what it listed is shown, and the next call finds another', async () => {
  const hears: Hear[] = [];
  connect = async (hear) => {
    hears.push(hear);
    return await Promise.resolve(connection([{ name: 'a' }], hear));
  };
  judge = async () => await Promise.resolve(hears[0]?.({ type: 'closed', reason: 'The server ended with code 0.' }));
  await expect(link.connect(link.life)).rejects.toMatchObject({ code: 'UPSTREAM_GONE', data: { isUnsent: true } });
  expect([link.live, catalogues, gates.size]).toEqual([undefined, 1, 0]);
  judge = () => Promise.resolve();
  const live = await link.connect(link.life);
  // What the old connection says late ends nothing.
  hears[0]?.({ type: 'closed', reason: 'late' });
  expect(link.live).toBe(live);
  hears[1]?.({ type: 'closed', reason: 'now' });
  expect(link.live).toBeUndefined();
});

it('a change that is told while the lists are being read is read, too', async () => {
  let hear: Hear = () => undefined;
  let asked = 0;
  let isSlow = false;
  connect = async (given) => {
    hear = given;
    const request = async (): Promise<never> => {
      asked += 1;
      const tools = [{ name: `version-${asked}` }];
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, 3000));
      return { tools } as never;
    };
    return await Promise.resolve({ ...connection([], given), request });
  };
  await link.connect(link.life);
  isSlow = true;
  hear({ type: 'tools_changed' });
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toBe(2);
  hear({ type: 'tools_changed' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(3);
  // The control: nothing more is asked without a change.
  await vi.advanceTimersByTimeAsync(20_000);
  expect([asked, catalogues]).toEqual([3, 3]);
});

it('a call waits for the comparison after the last change, not for one that had begun before', async () => {
  const { ports, config } = made;
  connect = async (hear) => await Promise.resolve(connection([{ name: 'a' }], hear));
  const upstream = new Upstream('one', config, ports, { onCatalogue: () => undefined, onResourceUpdated: () => undefined });
  const context = { scope: new Scope(), principal: {}, admission: {}, emit: () => undefined } as unknown as CallContext;
  const call = async (): Promise<unknown> => await upstream.call('tools/call', { name: 'a' }, context, { kind: 'tool', name: 'a' }).catch(codeOf);
  roundsNeeded = 3;
  expect(await call()).toMatchObject({ tools: [{ name: 'a' }] });
  // A server that changes without end does not hold its callers without end.
  roundsNeeded = Infinity;
  expect(await call()).toBe('UPSTREAM_UNVERIFIED');
  await upstream.close();
});

it('a call that comes to an upstream which the configuration has changed meanwhile is told that, not that the gateway stops', async () => {
  connect = async (hear) => await Promise.resolve(connection([{ name: 'a' }], hear));
  const upstream = new Upstream('one', made.config, made.ports, { onCatalogue: () => undefined, onResourceUpdated: () => undefined });
  await upstream.start();
  await upstream.retire();
  const context = { scope: new Scope(), principal: {}, admission: {}, emit: () => undefined } as unknown as CallContext;
  await expect(upstream.call('tools/call', { name: 'a' }, context)).rejects.toMatchObject({
    code: 'SHUTTING_DOWN',
    message: 'The configuration of the upstream one was changed, or it was removed, while the call waited.',
    fix: expect.stringContaining('Call again'),
  });
});
