import { expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { runToEnd, stdoutOf } from '../helpers/run-to-end.ts';

/** The last line of its output. */
async function figuresOf(...args: readonly string[]): Promise<Record<string, number | null>> {
  const stdout = stdoutOf(await runToEnd(args, { cwd: root, timeoutMs: 110_000 }));
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, number | null>;
}

// The figures themselves are no test: they depend on the machine. That they can be taken, over the shipped program with every record on disk, is one.
it('F1.a, F2.a, F3.a: the benchmark runs through and ends with its figures as one JSON object', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /proc of Linux');
  const figures = await figuresOf('bench/mcp.ts', '--smoke');
  const measured = ['stdioStartCpuOverBareNode', 'stdioRssMb', 'serveReadyCpuOverBareNode', 'serveRssMb', 'httpCallCpuOverFloor', 'stdioCallP50OverFloor'];
  expect(Object.keys(figures).sort()).toEqual([...measured, 'httpCallRpsOverSdkV2', 'httpCallRpsOverFastmcp'].sort());
  for (const name of measured) expect(figures[name], name).toBeGreaterThan(0);
  expect(figures['httpCallRpsOverSdkV2'], 'no peers in a smoke run').toBeNull();
}, 120_000);

it('F4.a: the benchmark of models runs through, with every call and every attempt on disk', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /proc of Linux');
  const { plainCpuOverFloorProxy, streamAddedTtftMs, ...overPeers } = await figuresOf('bench/models/models.ts', '--smoke');
  for (const value of [plainCpuOverFloorProxy, streamAddedTtftMs]) expect(value).toBeGreaterThan(0);
  const [plain, stream] = ['plainRpsOver', 'streamRpsOver'].map((name) => [`${name}Portkey`, `${name}Litellm`]);
  const names = [plain, stream, 'plainAddedP50OverPortkey', 'plainAddedP50OverLitellm', 'plainCpuOverPortkey', 'streamCpuOverPortkey'].flat();
  expect(overPeers, 'no peers in a smoke run').toEqual(Object.fromEntries(names.map((name) => [name, null])));
}, 120_000);

it('F5.a: the benchmark of upstreams runs through, with every call on disk', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /proc of Linux');
  const { rpsOverPeer, ...figures } = await figuresOf('bench/gateway/gateway.ts', '--smoke');
  expect(rpsOverPeer, 'no peers in a smoke run').toBeNull();
  const [added, crowd] = [
    ['stdioUpstreamAddedP50Ms', 'httpUpstreamAddedP50Ms', 'httpUpstreamCpuOverDirect'],
    ['listWith400ToolsMs', 'startWith20UpstreamsMs', 'startWith20OverNone', 'rss20UpstreamsMb'],
  ];
  expect(Object.keys(figures).sort()).toEqual([...added, ...crowd].sort());
  for (const [name, value] of Object.entries(figures)) expect(value, name).toBeGreaterThan(0);
}, 120_000);

it('F6.a: the benchmark of the sandbox runs through on the levels that are there', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs Linux');
  const figures = await figuresOf('bench/sandbox.ts', '--smoke');
  expect(Object.keys(figures).sort()).toEqual(['nativeOverBarePythonMs', 'nativeParallel20Ms', 'wasmColdMs', 'wasmWarmMs']);
  for (const [name, value] of Object.entries(figures)) if (value !== null) expect(value, name).toBeGreaterThan(0);
}, 120_000);

it('T13.d, T13.e: the benchmark of the tool search runs through, with its figures as one JSON object', async () => {
  const figures = await figuresOf('bench/tools/tools.ts');
  expect(figures).toMatchObject({ tools: 400, heldOutTasks: 106 });
  expect(figures['listTokensAfter']).toBeLessThan((figures['listTokensBefore'] ?? 0) / 20);
  expect(figures['top5HeldOut']).toBeGreaterThan((figures['top5HeldOutPlain'] ?? 1) * 1.5);
});
