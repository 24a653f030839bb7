/** Runs the official suite as its own process, and reads what it found. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
const RESULT_FOLDER = /^server-(.+)-\d{4}-\d{2}-\d{2}T.*$/;

/** Runs everything the revision requires of a server at the URL. */
export async function runServerSuite(url: string, revision: string): Promise<SuiteResult> {
  const output = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    await runSuite(['server', '--url', url, '--requirements', revision, '--output-dir', output]);
    const { server } = parse(readFileSync(join(suiteFolder, 'requirements', `${revision}.yaml`), 'utf8')) as { readonly server: readonly string[] };
    const results = readResults(output);
    const required = server.map(
      (scenario) => results.find((result) => result.scenario === scenario) ?? { scenario, passed: 0, failures: ['did not run'], warnings: [] },
    );
    return { required, unscored: results.filter(({ scenario }) => !server.includes(scenario)) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

async function runSuite(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(suiteFolder, 'dist', 'index.js'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}

function readResults(folder: string): ScenarioResult[] {
  return readdirSync(folder).flatMap((name) => {
    const scenario = RESULT_FOLDER.exec(name)?.[1];
    if (scenario === undefined) return [];
    const checks = JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as readonly Check[];
    const say = ({ id, errorMessage = '' }: Check): string => `${id}: ${errorMessage}`;
    return [
      {
        scenario,
        passed: checks.filter(({ status }) => status === 'SUCCESS').length,
        failures: checks.filter(({ status }) => status === 'FAILURE').map(say),
        warnings: checks.filter(({ status }) => status === 'WARNING').map(say),
      },
    ];
  });
}
