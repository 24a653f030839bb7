/** Servers that people use, from the npm registry, and what a test asks of each. A table. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath } from './chromium.ts';

/** A call with the text that its answer must hold. */
interface Asked {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly holds: string;
}

/** What the surroundings of the servers are. */
export interface Surroundings {
  /** An empty folder of the run, by its real path. */
  readonly folder: string;
  readonly redisUrl: string | undefined;
  readonly postgresUrl: string | undefined;
}

/** One published server. */
export interface PublishedServer {
  /** Name of the upstream. */
  readonly name: string;
  readonly package: string;
  /** Its program, below the package. */
  readonly program: string;
  /** Why it cannot run in these surroundings. */
  readonly missing?: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Something that works. */
  readonly call: Asked;
  /** Something that it refuses: the answer is a result with isError, or a protocol error. */
  readonly error: Omit<Asked, 'holds'>;
  /** A call that takes much longer than it takes to cancel it; absent where the server has none. */
  readonly slow?: Omit<Asked, 'holds'>;
}

/** A repository with one commit, for the server that reads them. */
function makeRepository(folder: string): string {
  const repository = join(folder, 'repository');
  mkdirSync(repository, { recursive: true });
  writeFileSync(join(repository, 'note.md'), 'noted\n');
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  for (const parameters of [
    ['init', '-q'],
    ['add', '.'],
    [...identity, 'commit', '-q', '-m', 'The first note'],
  ])
    spawnSync('git', parameters, { cwd: repository });
  return repository;
}

/** Their names, for a test each. */
export const PUBLISHED_NAMES: readonly string[] = [
  'everything',
  'files',
  'memory',
  'thinking',
  'browser',
  'redis',
  'postgres',
  'devtools',
  'time',
  'planner',
  'bank',
  'git',
  'commands',
];

/** All of them. */
export function publishedServers({ folder, redisUrl, postgresUrl }: Surroundings): readonly PublishedServer[] {
  writeFileSync(join(folder, 'note.txt'), 'from the folder');
  writeFileSync(join(folder, 'memory.json'), JSON.stringify({ type: 'entity', name: 'Ada', entityType: 'person', observations: ['likes engines'] }));
  const repository = makeRepository(folder);
  return [
    {
      name: 'everything',
      package: '@modelcontextprotocol/server-everything',
      program: 'dist/index.js',
      args: ['stdio'],
      call: { tool: 'echo', input: { message: 'hello' }, holds: 'hello' },
      error: { tool: 'get-sum', input: { a: 'one', b: 2 } },
      slow: { tool: 'trigger-long-running-operation', input: { duration: 60, steps: 60 } },
    },
    {
      name: 'files',
      package: '@modelcontextprotocol/server-filesystem',
      program: 'dist/index.js',
      args: [folder],
      call: { tool: 'read_text_file', input: { path: join(folder, 'note.txt') }, holds: 'from the folder' },
      error: { tool: 'read_text_file', input: { path: '/etc/hostname' } },
    },
    {
      name: 'memory',
      package: '@modelcontextprotocol/server-memory',
      program: 'dist/index.js',
      env: { MEMORY_FILE_PATH: join(folder, 'memory.json') },
      call: { tool: 'search_nodes', input: { query: 'Ada' }, holds: 'likes engines' },
      error: { tool: 'add_observations', input: { observations: [{ entityName: 'Nobody', contents: ['was here'] }] } },
    },
    {
      name: 'thinking',
      package: '@modelcontextprotocol/server-sequential-thinking',
      program: 'dist/index.js',
      call: { tool: 'sequentialthinking', input: { thought: 'First.', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }, holds: 'thoughtNumber' },
      error: { tool: 'sequentialthinking', input: { thought: 'First.', nextThoughtNeeded: false, thoughtNumber: 'first', totalThoughts: 1 } },
    },
    {
      name: 'browser',
      package: '@playwright/mcp',
      program: 'cli.js',
      missing: chromiumPath === undefined ? 'needs chromium' : undefined,
      args: ['--headless', '--isolated', '--no-sandbox', '--executable-path', chromiumPath ?? '', '--output-dir', join(folder, 'browser')],
      call: { tool: 'browser_navigate', input: { url: 'data:text/html,<title>A page</title>' }, holds: 'A page' },
      error: { tool: 'browser_navigate', input: { url: 'nonsense://nowhere' } },
      slow: { tool: 'browser_wait_for', input: { time: 30 } },
    },
    {
      name: 'redis',
      package: '@modelcontextprotocol/server-redis',
      program: 'dist/index.js',
      missing: redisUrl === undefined ? 'needs redis-server' : undefined,
      args: [redisUrl ?? ''],
      call: { tool: 'set', input: { key: 'colour', value: 'green' }, holds: 'colour' },
      error: { tool: 'set', input: { key: 'colour', value: 7 } },
    },
    {
      name: 'postgres',
      package: '@modelcontextprotocol/server-postgres',
      program: 'dist/index.js',
      missing: postgresUrl === undefined ? 'needs PostgreSQL' : undefined,
      args: [postgresUrl ?? ''],
      call: { tool: 'query', input: { sql: 'select 6 * 7 as answer' }, holds: '42' },
      error: { tool: 'query', input: { sql: 'create table t (a int)' } },
      slow: { tool: 'query', input: { sql: 'select pg_sleep(60)' } },
    },
    {
      name: 'devtools',
      package: 'chrome-devtools-mcp',
      program: 'build/src/bin/chrome-devtools-mcp.js',
      missing: chromiumPath === undefined ? 'needs chromium' : undefined,
      args: [
        '--headless',
        '--isolated',
        '--executablePath',
        chromiumPath ?? '',
        '--chromeArg=--no-sandbox',
        '--chromeArg=--disable-background-networking',
        '--no-usage-statistics',
      ],
      call: { tool: 'new_page', input: { url: 'data:text/html,<title>Another page</title>' }, holds: 'Another' },
      error: { tool: 'select_page', input: { pageId: 99 } },
    },
    {
      name: 'time',
      package: 'time-mcp',
      program: 'dist/index.js',
      call: { tool: 'days_in_month', input: { date: '2024-02-01' }, holds: '29' },
      error: { tool: 'convert_time', input: { sourceTimezone: 'Nowhere/None', targetTimezone: 'UTC', time: '2024-02-01 10:00:00' } },
    },
    {
      name: 'planner',
      package: '@kazuph/mcp-taskmanager',
      program: 'dist/index.js',
      env: { TASK_MANAGER_FILE_PATH: join(folder, 'plan.json') },
      call: { tool: 'request_planning', input: { originalRequest: 'Build it', tasks: [{ title: 'First', description: 'Begin' }] }, holds: 'planned' },
      error: { tool: 'request_planning', input: { originalRequest: 7 } },
    },
    {
      name: 'bank',
      package: '@allpepper/memory-bank-mcp',
      program: 'dist/main/index.js',
      env: { MEMORY_BANK_ROOT: join(folder, 'bank') },
      call: { tool: 'memory_bank_write', input: { projectName: 'one', fileName: 'a.md', content: '# A' }, holds: 'a.md' },
      error: { tool: 'memory_bank_read', input: { projectName: '../..', fileName: 'passwd' } },
    },
    {
      name: 'git',
      package: '@cyanheads/git-mcp-server',
      program: 'dist/index.js',
      env: { MCP_TRANSPORT_TYPE: 'stdio', LOGS_DIR: join(folder, 'git-logs') },
      call: { tool: 'git_log', input: { path: repository }, holds: 'The first note' },
      error: { tool: 'git_log', input: { path: join(folder, 'no-repository') } },
    },
    {
      name: 'commands',
      package: 'mcp-server-commands',
      program: 'build/index.js',
      call: { tool: 'run_command', input: { command: 'echo hi there' }, holds: 'hi there' },
      error: { tool: 'run_command', input: { command: 'false' } },
      slow: { tool: 'run_command', input: { command: 'sleep 60' } },
    },
  ];
}
