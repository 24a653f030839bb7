/** A gateway in this process with tools whose calls rules hold for a person; every effect is written down. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app/app.ts';
import type { KeptCall } from '../../src/contracts/approvals.ts';
import type { ToolDefinition } from '../../src/contracts/tool.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createKey } from '../../src/identity/api-key.ts';
import { createSqliteStore } from '../../src/storage/sqlite/store.ts';
import { recordsOf } from './audit-files.ts';
import { memoryLogger } from './edge.ts';
import { bin, cleanEnv } from './gateway.ts';
import { runToEnd } from './run-to-end.ts';

export interface ApprovalGateway {
  readonly app: App;
  readonly home: string;
  readonly folder: string;
  /** Base of every route. */
  readonly base: string;
  readonly mcp: string;
  readonly keys: { readonly admin: string; readonly alice: string; readonly bob: string; readonly boss: string };
  /** Arguments of every call that ran. */
  readonly effects: unknown[];
  readonly log: readonly string[];
  waiting(): Promise<readonly KeptCall[]>;
  decide(key: string, body: JsonObject): Promise<Response>;
  cli(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  records(event?: string): JsonObject[];
  stop(): Promise<void>;
}

/** What may be different. */
export interface ApprovalGatewayOptions {
  readonly rules?: readonly JsonObject[];
  readonly approvals?: JsonObject;
  readonly limits?: JsonObject;
}

/** Holds every call of `pay`; those of `wire` only for an operator; `free` for nobody. */
export const RULES: readonly JsonObject[] = [
  { id: 'pay', effect: 'ask', targets: ['tool:pay'], reason: 'Money leaves the house.' },
  { id: 'wire', effect: 'ask', targets: ['tool:wire'], reason: 'A lot of money.', approval: { by: 'operator', uses: 2, validSeconds: 60 } },
];

function payTool(name: string, effects: unknown[]): ToolDefinition {
  return {
    name,
    description: 'Pays.',
    isEnveloped: false,
    scopes: ['tools:execute'],
    input: { type: 'object', properties: { to: { type: 'string' }, amount: {}, pin: { type: 'string' }, currency: { type: 'string', default: 'EUR' } } },
    redact: ['/pin'],
    handler: (input) => {
      effects.push(input);
      return { content: [{ type: 'text', text: 'paid' }] };
    },
  };
}

export async function startApprovalGateway({ rules = RULES, approvals = {}, limits = {} }: ApprovalGatewayOptions = {}): Promise<ApprovalGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sy-held-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  // Before the start: a running gateway notices keys of others a moment later.
  const store = createSqliteStore({ path: join(home, 'state.db'), clock: systemClock });
  const make = async (name: string, role: string): Promise<string> => (await createKey(store, systemClock, { name, kind: 'user', roles: [role] })).key;
  const made = { alice: await make('alice', 'developer'), bob: await make('bob', 'developer'), boss: await make('boss', 'admin') };
  await store.close();
  const log: string[] = [];
  const effects: unknown[] = [];
  const config: JsonObject = {
    server: { port: 0 },
    policy: { rules },
    approvals,
    limits: { roles: { admin: 100_000, developer: 100_000 }, ...limits },
  };
  const app = createApp({
    home,
    cwd: folder,
    env: {},
    doors: ['http'],
    isWatching: false,
    logger: memoryLogger(log),
    config,
    tools: [payTool('pay', effects), payTool('wire', effects), payTool('free', effects)],
  });
  await app.start();
  const { url, adminKeyFile } = app.endpoints();
  const keys = { admin: readFileSync(adminKeyFile, 'utf8').trim(), ...made };
  const send = async (key: string, init: RequestInit = {}): Promise<Response> =>
    await fetch(`${url}/admin/approvals`, { ...init, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
  return {
    app,
    home,
    folder,
    base: url,
    mcp: `${url}/mcp`,
    keys,
    effects,
    log,
    waiting: async () => ((await (await send(keys.admin)).json()) as { readonly calls: readonly KeptCall[] }).calls.filter(({ state }) => state === 'waiting'),
    decide: async (key, body) => await send(key, { method: 'POST', body: JSON.stringify(body) }),
    cli: (...args) => runToEnd([bin, ...args], { cwd: folder, env: cleanEnv({ SWITCHYARD_HOME: home, HOME: folder }) }),
    records: (event) => recordsOf(home).filter((record) => event === undefined || record['event'] === event),
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
