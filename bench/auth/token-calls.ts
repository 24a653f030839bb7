/**
 * One tool call by an access token that was verified before, against the same call by an API key, to the same process, round
 * by round. With SWITCHYARD_BENCH_BEFORE=<main.js of another build> also the call by API key against that build, each in a process
 * of its own without issuers: a process that serves several lanes is warmer.
 */
import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuthBenchSize } from '../auth.ts';
import { type BenchHome, createHome } from '../home.ts';
import { cpuMicros, median, ratios, rounded, spread } from '../measure.ts';
import { httpCall } from '../mcp-client.ts';
import { createLoadGenerator, type RunningServer } from '../servers.ts';
import { startServe } from '../serve.ts';

const CONNECTIONS = 16;
const MESSAGE = 'hello from the benchmark';

interface Lane {
  readonly name: string;
  readonly server: RunningServer;
  readonly request: string;
  readonly cpuUs: number[];
}

interface Signer {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

/** CPU of the call by token over the call by key; the larger of RS256 and ES256. */
export async function measureTokenCalls(
  { rounds, durationMs }: AuthBenchSize,
  print: (text: string) => void,
): Promise<Readonly<Record<string, number | null>>> {
  const signers = [signerOf('RS256'), signerOf('ES256')];
  const issuer = await startIssuer(signers);
  const home = createHome({ isRaised: true });
  const issuers = JSON.stringify([{ issuer: issuer.url, audience: ['bench'], defaultRoles: ['admin'] }]);
  const server = await startServe({ ...home.env, SWITCHYARD_IDENTITY__ISSUERS: issuers });
  const before = await startBefore();
  const lanes: Lane[] = [
    lane('API key', server, keyOf(home)),
    ...signers.map((signer) => lane(`token ${signer.alg}`, server, tokenOf(signer, issuer.url))),
    ...(before ? [lane('API key, alone', before.now, keyOf(before.nowHome)), lane('API key, build before', before.server, keyOf(before.home))] : []),
  ];
  try {
    await runRounds(lanes, rounds, durationMs);
    return report(lanes, print);
  } finally {
    await server.stop();
    await before?.stop();
    home.remove();
    await issuer.stop();
  }
}

const lane = (name: string, server: RunningServer, credential: string): Lane => ({
  name,
  server,
  request: httpCall('modern', server.port, credential),
  cpuUs: [],
});
const keyOf = ({ folder }: BenchHome): string => readFileSync(join(folder, 'admin.key'), 'utf8').trim();

async function runRounds(lanes: readonly Lane[], rounds: number, durationMs: number): Promise<void> {
  const generator = createLoadGenerator();
  try {
    for (let round = -1; round < rounds; round += 1) {
      // Turned round by round: whoever comes first after a pause has it easier.
      for (const one of lanes.map((_lane, index) => lanes[(index + Math.max(0, round)) % lanes.length] ?? lanes[0])) {
        if (!one) continue;
        const start = cpuMicros(one.server.pid);
        const load = { port: one.server.port, request: one.request, connections: CONNECTIONS, durationMs, expected: MESSAGE };
        const { requests, errors, firstError } = await generator.run(load);
        const cpuUs = (cpuMicros(one.server.pid) - start) / requests;
        if (errors > 0) throw new Error(`${one.name}: ${errors} of ${requests} answers are wrong; the first: ${firstError}`);
        if (round >= 0) one.cpuUs.push(cpuUs);
      }
    }
  } finally {
    await generator.stop();
  }
}

function report(lanes: readonly Lane[], print: (text: string) => void): Readonly<Record<string, number | null>> {
  const [key, ...others] = lanes;
  const base = key?.cpuUs ?? [];
  print(`\nHTTP tools/call echo by API key and by verified token, ${CONNECTIONS} connections, median (lowest–highest) of ${base.length} rounds`);
  for (const { name, cpuUs } of lanes) print(`  ${name.padEnd(22)} CPU µs ${spread(cpuUs, 1).padEnd(24)} over the key ${spread(ratios(cpuUs, base))}`);
  const tokens = others.filter(({ name }) => name.startsWith('token'));
  const before = others.find(({ name }) => name.endsWith('before'));
  const alone = others.find(({ name }) => name.endsWith('alone'));
  return {
    jwtCallCpuOverApiKey: rounded(Math.max(...tokens.map(({ cpuUs }) => median(ratios(cpuUs, base))))),
    ...(before && alone ? { apiKeyCallCpuOverBefore: rounded(median(ratios(alone.cpuUs, before.cpuUs))) } : {}),
  };
}

interface Before {
  readonly server: RunningServer;
  readonly home: BenchHome;
  /** This build, without issuers. */
  readonly now: RunningServer;
  readonly nowHome: BenchHome;
  stop(): Promise<void>;
}

async function startBefore(): Promise<Before | undefined> {
  const program = process.env['SWITCHYARD_BENCH_BEFORE'];
  if (program === undefined) return undefined;
  const [home, nowHome] = [createHome({ isRaised: true }), createHome({ isRaised: true })];
  const [server, now] = [await startServe(home.env, { program }), await startServe(nowHome.env)];
  return {
    server,
    home,
    now,
    nowHome,
    async stop() {
      await server.stop();
      await now.stop();
      home.remove();
      nowHome.remove();
    },
  };
}

function signerOf(alg: Signer['alg']): Signer {
  const { privateKey, publicKey } = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: alg, alg, privateKey, jwk: publicKey.export({ format: 'jwk' }) };
}

/** A token of the size that providers issue: about 800 characters with RS256. */
function tokenOf({ kid, alg, privateKey }: Signer, issuer: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    aud: 'bench',
    sub: '6f1a4b0e-7c1d-4d5f-9a57-1a2b3c4d5e6f',
    client_id: 'bench-client',
    iat: now,
    exp: now + 7200,
    jti: createHash('sha256').update(kid).digest('hex'),
    scope: 'openid profile email tools:ping tools:read tools:write tools:execute models:use',
    email: 'somebody@example.org',
    name: 'Somebody Somewhere',
  };
  const input = [{ alg, kid, typ: 'at+jwt' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), alg === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

async function startIssuer(signers: readonly Signer[]): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: signers.map(({ jwk, kid, alg }) => ({ ...jwk, kid, alg, use: 'sig' })) }));
    else response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
