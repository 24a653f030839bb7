/**
 * Attacks by messages, from the case files of the corpus, against the shipped program. What counts is the effect: a file that
 * appears, an upstream that is called, a text that comes back. Each family has controls in which the same effects happen.
 *
 * @requirement F8.c
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../../tools/paths.ts';
import { command, type Gateway, makeHome, projectOf, removeHome, startGateway } from '../../helpers/gateway.ts';
import { until } from '../../helpers/until.ts';

type Caller = 'guest' | 'user' | 'limited' | 'developer' | 'admin';

interface Case {
  readonly id: string;
  readonly as: Caller;
  readonly message?: object;
  readonly rest?: { readonly path: string; readonly body: object };
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `file:` in the workspace, `outside:` beside it, `called:` tool of the upstream, `text:` in the answer, `status:` of it. */
  readonly effect: string;
  /** What the audit trail says of it last: its event and how it ended; null = it never became a call. */
  readonly expect?: Recorded | null;
}

interface Recorded {
  readonly event: string;
  readonly outcome: string;
}

interface Family {
  readonly family: string;
  readonly owasp: string;
  readonly what: string;
  readonly controls: readonly Case[];
  readonly cases: readonly Case[];
}

const corpus = join(root, 'tests/attacks/corpus');
const families = globSync('*/calls-*.json', { cwd: corpus })
  .toSorted()
  .map((file) => JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Family);

let home: string;
let workspace: string;
let outside: string;
let called: string;
let gateway: Gateway;
const keys: Partial<Record<Caller, string>> = {};

const TOOLS = ['read', 'drop'].map((name) => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object' } }));

beforeAll(async () => {
  home = makeHome();
  [workspace, outside, called] = [projectOf(home), join(home, '../outside'), join(home, '../called')];
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.txt'), 'SECRET-OUTSIDE');
  writeFileSync(join(workspace, 'note.txt'), 'NOTE-CONTENT');
  symlinkSync(outside, join(workspace, 'link'));
  const definitions = join(home, '../tools.json');
  writeFileSync(definitions, JSON.stringify({ tools: TOOLS }));
  const args = [join(root, 'tests/helpers/turning-upstream.mjs'), definitions, called];
  const config = {
    workspace: { root: workspace },
    limits: { roles: { guest: 100_000, user: 100_000, developer: 100_000, admin: 100_000 }, classes: { execute: 100_000 } },
    upstreams: {
      canary: { transport: 'stdio', command: process.execPath, args, env: { TOKEN: 'SECRET-IN-CONFIG' } },
      remote: { transport: 'http', url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer SECRET-IN-CONFIG' } },
    },
    profiles: { private: { upstreams: ['canary'], access: { roles: ['admin'] } } },
    sandbox: { commands: [['echo', '*']] },
  };
  writeFileSync(join(home, 'switchyard.json'), JSON.stringify(config), { mode: 0o600 });
  gateway = await startGateway({ home, cwd: workspace, args: ['--config', join(home, 'switchyard.json')], env: { GATEWAY_TOKEN: 'SECRET-OF-THE-GATEWAY' } });
  keys.admin = gateway.key;
  for (const [name, ...options] of [
    ['guest', '--role', 'guest'],
    ['user', '--role', 'user'],
    ['developer', '--role', 'developer'],
    ['limited', '--role', 'developer', '--scope', 'tools:ping'],
  ] as const) {
    const { stdout, stderr, code } = await command(home, 'keys', 'create', name, ...options);
    if (code !== 0) throw new Error(stderr);
    keys[name] = stdout.trim().split('\n').at(-1) ?? '';
  }
  await until(
    async () => (await send({ id: '', as: 'admin', effect: '', message: { method: 'tools/list', params: {} } })).text.includes('canary__drop'),
    'the upstream is listed',
    30_000,
  );
}, 60_000);
afterAll(async () => {
  await gateway?.end('SIGINT');
  removeHome(home);
});
beforeEach(() => {
  for (const file of [join(workspace, 'pwned.txt'), join(outside, 'pwned.txt'), called]) rmSync(file, { force: true });
});

const fill = (value: unknown): string =>
  JSON.stringify(value).replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => ({ home, outside, url: gateway.url })[name as 'home'] ?? name);

async function send({ as, message, rest, path = '/mcp', headers = {} }: Case): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${gateway.url}${rest?.path ?? path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keys[as] ?? ''}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(rest ? {} : { 'mcp-protocol-version': '2025-11-25' }),
      ...headers,
    },
    body: fill(rest ? rest.body : { jsonrpc: '2.0', id: 1, ...message }),
  });
  return { status: response.status, text: (await response.text()).replaceAll('\\"', '"') };
}

/** What the audit trail says of the call: of a call and its children the call ends last. Only the gateway's own part is read. */
function lastRecord(skip: number): Recorded | null {
  const outcomes = gatewayRecords()
    .slice(skip)
    .map((line) => JSON.parse(line) as Recorded & { readonly phase: string })
    .filter(({ phase }) => phase === 'outcome');
  const last = outcomes.at(-1);
  return last ? { event: last.event, outcome: last.outcome } : null;
}

/** Commands have segments of their own: the gateway's is the one that tells of its start. */
function gatewayRecords(): readonly string[] {
  const folder = join(home, 'audit');
  const texts = globSync('*.jsonl', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
  return (texts.find((text) => text.includes('"gateway_started"')) ?? '').split('\n').filter((line) => line !== '');
}

function hasHappened(effect: string, { status, text }: { readonly status: number; readonly text: string }): boolean {
  const [, kind = '', what = ''] = /^(\w+):(.*)$/s.exec(effect) ?? [];
  switch (kind) {
    case 'file':
      return existsSync(join(workspace, what));
    case 'outside':
      return existsSync(join(outside, what));
    case 'called':
      return existsSync(called) && readFileSync(called, 'utf8').split('\n').includes(what);
    case 'status':
      return status === Number(what);
    default:
      return text.includes(fill(what).slice(1, -1).replaceAll('\\"', '"'));
  }
}

it('the corpus of calls has at least 100 cases', () => {
  expect(families.reduce((sum, { cases }) => sum + cases.length, 0)).toBeGreaterThanOrEqual(100);
});

describe.each(families)('$what', ({ owasp, cases, controls }) => {
  it.each(controls)('control: $id', async (one) => {
    const answer = await send(one);
    expect(hasHappened(one.effect, answer), answer.text.slice(0, 600)).toBe(true);
  });

  it.each(cases)(`${owasp}: $id`, async (one) => {
    const before = gatewayRecords().length;
    const answer = await send(one);
    expect(hasHappened(one.effect, answer), answer.text.slice(0, 600)).toBe(false);
    expect(answer.status).toBeLessThan(500);
    expect(lastRecord(before)).toEqual(one.expect);
  });
});
