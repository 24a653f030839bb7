/** One person with one gateway that serves both: the tools, and the models of the client that calls them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditRecord } from '../../src/contracts/audit.ts';
import { makeUser, type User } from '../integration/cli/run.ts';
import { auditOf, type Gateway, startGateway } from './gateway.ts';
import { runInstalled, type InstalledClient } from './installed-client.ts';
import { startThinkingVendor, VENDOR_KEY } from './vendors/mind/vendor.ts';
import type { Vendor } from './vendors/vendor.ts';
import type { Ended } from './run-to-end.ts';

export interface UserGateway {
  readonly user: User;
  readonly gateway: Gateway;
  /** Behind `coder` (OpenAI), `coder-gemini`, `coder-anthropic` and `coder-compatible`, each in its own dialect. */
  readonly vendor: Vendor;
  /** Runs the client in the project of the user, with the key of the gateway in SWITCHYARD_KEY and MODEL_KEY. */
  client(client: InstalledClient, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** `--json` of a command that must succeed. */
  json(...args: readonly string[]): Promise<unknown>;
  executed(): Promise<AuditRecord[]>;
  stop(): Promise<void>;
}

/** A file of the user, below the home folder. */
export function putFile(user: User, name: string, text: string): void {
  const path = join(user.folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

/** @param env variables of the gateway */
export async function startUserGateway(env: Readonly<Record<string, string>> = {}): Promise<UserGateway> {
  const user = makeUser();
  const vendor = await startThinkingVendor();
  mkdirSync(user.home, { mode: 0o700 });
  const lines = [
    'models:',
    '  wellKnownProviders: false',
    '  providers:',
    `    op: { kind: openai, baseUrl: "${vendor.url}/v1", apiKey: ${VENDOR_KEY} }`,
    `    ge: { kind: gemini, baseUrl: "${vendor.url}", apiKey: ${VENDOR_KEY} }`,
    `    an: { kind: anthropic, baseUrl: "${vendor.url}", apiKey: ${VENDOR_KEY} }`,
    `    oc: { kind: openai-compatible, baseUrl: "${vendor.url}/v1", apiKey: ${VENDOR_KEY} }`,
    '  aliases:',
    '    coder: [op/gpt-5.5]',
    '    coder-gemini: [ge/gemini-2.5-flash]',
    '    coder-anthropic: [an/claude-sonnet-4-5]',
    '    coder-compatible: [oc/gpt-4o]',
  ];
  writeFileSync(join(user.home, 'switchyard.yaml'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const gateway = await startGateway({ home: user.home, cwd: user.project, env });
  return {
    user,
    gateway,
    vendor,
    client: (client, args, own = {}) =>
      runInstalled(client, args, { home: user.folder, cwd: user.project, env: { SWITCHYARD_KEY: gateway.key, MODEL_KEY: gateway.key, ...own } }),
    async json(...args) {
      const { code, value } = await user.json(...args);
      if (code !== 0) throw new Error(JSON.stringify(value));
      return value;
    },
    executed: () => auditOf(user.home, '--event', 'tool_executed'),
    async stop() {
      await gateway.stop();
      await vendor.stop();
      user.remove();
    },
  };
}
