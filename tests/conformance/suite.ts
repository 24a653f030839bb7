/** Runs the official suite as its own process, and reads what it found. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { parse } from 'yaml';

/** One scenario and its checks. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly passed: number;
  /** What each failed check said. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/** What a revision requires, and how much of it holds. */
export interface SuiteResult {
  readonly required: readonly ScenarioResult[];
  /** Ran, but does not count: extensions, and scenarios younger than the revision. */
  readonly unscored: readonly ScenarioResult[];
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

const suiteFolder = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'));
const TIME = /-\d{4}-\d{2}-\d{2}T[^/]*$/;
/** The suite starts every client at once: on a loaded machine the last one waits long for its turn. */
const CLIENT_TIMEOUT_MS = 120_000;

/** Runs everything the revision requires of a server at the URL. */
export async function runServerSuite(url: string, revision: string): Promise<SuiteResult> {
  return await judge('server', revision, ['--url', url]);
}

/** Runs everything the revision requires of a client: the command is started with the URL of a server. */
export async function runClientSuite(command: string, revision: string): Promise<SuiteResult> {
  return await judge('client', revision, ['--command', command, '--timeout', String(CLIENT_TIMEOUT_MS)]);
}

async function judge(side: 'server' | 'client', revision: string, args: readonly string[]): Promise<SuiteResult> {
  const output = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    await runSuite([side, ...args, '--requirements', revision, '--output-dir', output], side === 'client' ? 'ignore' : 'inherit');
    const requirements = parse(readFileSync(join(suiteFolder, 'requirements', `${revision}.yaml`), 'utf8')) as Readonly<Record<string, readonly string[]>>;
    const names = requirements[side] ?? [];
    const results = readResults(output);
    const required = names.map(
      (scenario) => results.find((result) => result.scenario === scenario) ?? { scenario, passed: 0, failures: ['did not run'], warnings: [] },
    );
    return { required, unscored: results.filter(({ scenario }) => !names.includes(scenario)) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** @param talk of the suite; about clients it talks for pages, and the results say it all */
async function runSuite(args: readonly string[], talk: 'inherit' | 'ignore'): Promise<void> {
  const child = spawn(process.execPath, [join(suiteFolder, 'dist', 'index.js'), ...args], { stdio: ['ignore', 'pipe', talk] });
  child.stdout.resume();
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}

function readResults(folder: string): ScenarioResult[] {
  // Scenarios with a slash in their names lie in folders of their own.
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(`${sep}checks.json`));
  return files.map((file) => {
    const scenario = dirname(file)
      .replaceAll(sep, '/')
      .replace(TIME, '')
      .replace(/^server-/, '');
    const checks = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly Check[];
    const say = ({ id, errorMessage = '' }: Check): string => `${id}: ${errorMessage}`;
    return {
      scenario,
      passed: checks.filter(({ status }) => status === 'SUCCESS').length,
      failures: checks.filter(({ status }) => status === 'FAILURE').map(say),
      warnings: checks.filter(({ status }) => status === 'WARNING').map(say),
    };
  });
}
