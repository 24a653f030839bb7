/**
 * Addresses that an attacker names: in the metadata of an upstream, in the identifier of a client. What counts is whether
 * anything is connected to. Cases and their controls are those of the corpus. @requirement F8.b G6.d
 */
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/core/scope.ts';
import { createEgress } from '../../../src/egress/dialer.ts';
import type { ResolveName } from '../../../src/egress/guarded-lookup.ts';
import { createPublicDialer } from '../../../src/egress/public-dialer.ts';

interface Family<Case> {
  readonly owasp: string;
  readonly cases: readonly Case[];
}

const read = <Case>(file: string): Family<Case> => JSON.parse(readFileSync(join(import.meta.dirname, '../corpus/MCP01', file), 'utf8')) as Family<Case>;
const names = read<{ readonly id: string; readonly addresses: readonly string[] }>('ssrf-names.json');
const spellings = read<{ readonly id: string; readonly url: string }>('ssrf-spellings.json');

/** Listens on every address of this machine. */
let canary: Server;
let port: number;
let connections = 0;
beforeAll(async () => {
  canary = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  canary.listen(0);
  await once(canary, 'listening');
  ({ port } = canary.address() as AddressInfo);
});
afterAll(() => {
  canary.close();
});

const leadsTo =
  (addresses: readonly string[]): ResolveName =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

type Dial = (url: string, resolve?: ResolveName, allowed?: readonly string[]) => Promise<unknown>;
const DIALERS: Readonly<Record<string, Dial>> = {
  'a document of a client': (url, resolve, allowed = []) => createPublicDialer({ allowed, ...(resolve ? { resolve } : {}) })(url, 1000, 1000),
  'metadata of an upstream': async (url, resolve, allowed) => {
    // The control: an operator who wrote an address of this machine may be sent to this machine.
    const ledBy = allowed ? `https://127.0.0.1:${port}/mcp` : 'https://upstream.example/mcp';
    const egress = createEgress(['https://upstream.example/mcp'], { resolve, ledBy });
    using scope = new Scope({ timeoutMs: 1000 });
    try {
      return await egress.send({ method: 'GET', url, headers: {}, scope, firstByteMs: 1000, idleMs: 1000, maxBytes: 1000 });
    } finally {
      egress.close();
    }
  },
};
const codeOf = async (dialled: Promise<unknown>): Promise<string> =>
  await dialled.then(
    () => 'fetched',
    ({ code }: { readonly code: string }) => code,
  );

describe.each(Object.entries(DIALERS))('%s', (_name, dial) => {
  it.each(names.cases)(`${names.owasp}: a name that leads to $id is not connected to`, async ({ addresses }) => {
    expect(await codeOf(dial(`https://attacker.example:${port}/`, leadsTo(addresses)))).toBe('EGRESS_REFUSED');
    expect(connections).toBe(0);
  });

  it.each(spellings.cases)(`${spellings.owasp}: $id is not connected to`, async ({ url }) => {
    const code = await codeOf(dial(url.replaceAll('{{port}}', String(port))));
    expect(['EGRESS_REFUSED', 'PROVIDER_UNREACHABLE']).toContain(code);
    expect(connections).toBe(0);
  });
});

it.each(Object.entries(DIALERS))('control: %s is connected to where this machine is allowed', async (_name, dial) => {
  const before = connections;
  const url = `https://127.0.0.1:${port}/`;
  expect(await codeOf(dial(url, undefined, ['127.0.0.0/8']))).toBe('PROVIDER_UNREACHABLE');
  expect(connections).toBe(before + 1);
  connections = before;
});
