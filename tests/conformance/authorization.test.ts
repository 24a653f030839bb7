/** The official suite's scenarios for authorization servers, against the embedded one; a browser of few words is its person. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { type IssuerGateway, PlainBrowser, startIssuer } from '../helpers/issuer.ts';

const program = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')), 'dist', 'index.js');

let gateway: IssuerGateway;
beforeAll(async () => {
  gateway = await startIssuer();
});
afterAll(async () => {
  await gateway.stop();
});

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** Runs the suite; signs in and allows where it asks for it. */
async function runScenarios(client: readonly string[]): Promise<ReadonlyMap<string, readonly Check[]>> {
  const output = mkdtempSync(join(tmpdir(), 'conformance-'));
  const port = await freePort();
  try {
    const args = ['authorization', '--url', gateway.url, ...client, '--resource', `${gateway.url}/mcp`, '--port', String(port), '--output-dir', output];
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let hasSignedIn = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /^(http\S+\/oauth\/authorize\?\S+)$/m.exec(text)?.[1];
      if (url === undefined || hasSignedIn) return;
      hasSignedIn = true;
      void signIn(url);
    });
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => resolve());
    });
    expect(hasSignedIn, text).toBe(true);
    return new Map(readdirSync(output).map((name) => [name, JSON.parse(readFileSync(join(output, name, 'checks.json'), 'utf8')) as readonly Check[]]));
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

async function signIn(url: string): Promise<void> {
  const browser = new PlainBrowser(gateway.url);
  const page = await browser.open(url);
  const consent = await browser.submit(page, { credential: gateway.adminKey, do: 'sign-in' });
  const { location } = await browser.submit(consent, { do: 'allow' });
  await fetch(String(location));
}

// With a client that has a secret the suite proves itself with none, since the server knows public clients too.
it('K1.f passes both scenarios of the suite for authorization servers', async () => {
  const { client } = await gateway.addClient();
  const results = await runScenarios(['--client-id', client.id]);
  const names = [...results.keys()].map((name) => name.replace(/-\d{4}-.*/, '')).sort();
  expect(names).toEqual(['authorization-server-authorization-code-grant', 'authorization-server-authorization-server-metadata-endpoint']);
  const checks = [...results.values()].flat();
  expect(checks.length).toBeGreaterThanOrEqual(2);
  expect(checks.filter(({ status }) => status !== 'SUCCESS')).toEqual([]);
});
