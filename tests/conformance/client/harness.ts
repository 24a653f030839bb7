/**
 * Drives the gateway's own client for the official suite: `harness <server url>`, with the scenario in the environment.
 * The suite judges what arrives at its servers; exit code 1 when something failed, which some scenarios expect.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UpstreamAuthConfig } from '../../../src/contracts/upstreams-config.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { Scope } from '../../../src/core/scope.ts';
import { createConnector } from '../../../src/upstreams/connector.ts';
import { guardedUpstream, NO_AUTH } from '../../helpers/upstream-auth.ts';
import { exercise, type WantedCall } from './exercise.ts';

const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_CONTEXT: given = '{}', MCP_CONFORMANCE_PROTOCOL_VERSION: revision = '' } = process.env;
const url = process.argv.at(-1) ?? '';
const context = JSON.parse(given) as JsonObject;
const text = (name: string): string | null => (typeof context[name] === 'string' ? context[name] : null);

/** What an operator would write for the scenario. */
function authFor(): UpstreamAuthConfig {
  const client = { ...NO_AUTH, clientId: text('client_id'), clientSecret: text('client_secret') };
  switch (scenario) {
    case 'auth/client-credentials-jwt':
      return { ...client, grant: 'client_credentials', clientKey: text('private_key_pem') };
    case 'auth/client-credentials-basic':
      return { ...client, grant: 'client_credentials' };
    case 'auth/wif-jwt-bearer':
      return { ...client, grant: 'jwt_bearer', assertion: text('valid_jwt') };
    case 'auth/enterprise-managed-authorization':
      return { ...client, grant: 'enterprise', assertion: text('idp_id_token'), idpTokenUrl: text('idp_token_endpoint'), idpClientId: text('idp_client_id') };
    default:
      return { ...client, clientMetadataUrl: 'https://conformance-test.local/client-metadata.json' };
  }
}

/** The person's browser: goes where it is sent, as far as the answer leads. */
function browse(address: string): void {
  void fetch(address, { redirect: 'manual' }).then(async (page) => {
    const next = page.headers.get('location');
    if (next !== null) await fetch(next);
  });
}

/** Servers that only list. */
const LISTED_ONLY = new Set(['json-schema-ref-no-deref']);

async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'conformance-client-'));
  const { config, ports } = guardedUpstream({ home, url, auth: authFor(), show: browse });
  // As a gateway knows a server from the last time.
  const connector = createConnector('suite', config, ports, revision < '2026' ? 'legacy' : 'modern');
  using scope = new Scope({ timeoutMs: 60_000 });
  try {
    const connection = await connector.connect(scope, () => undefined);
    const wanted = context['toolCalls'];
    const calls = LISTED_ONLY.has(scenario) ? [] : Array.isArray(wanted) ? wanted.filter((call): call is WantedCall & JsonObject => isObject(call)) : undefined;
    await exercise(connection, calls, scope);
    await connection.close();
  } finally {
    await connector.close();
    rmSync(home, { recursive: true, force: true });
  }
}

// What waits for a server must not be the end of a process that does nothing else.
setInterval(() => undefined, 1000);
await main().then(
  () => process.exit(0),
  (failure: unknown) => {
    console.error(failure);
    process.exit(1);
  },
);
