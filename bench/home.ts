/** A state folder for one benchmark, and what the gateway wrote into it. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/paths.ts';

/** The shipped program. */
export const gateway: string = join(root, 'dist/cli/main.js');

/** A fresh state folder with a workspace, and the environment that uses it. */
export interface BenchHome {
  readonly folder: string;
  readonly workspace: string;
  readonly env: NodeJS.ProcessEnv;
  /** Outcome records of calls of the tool, counted in the audit trail on disk. */
  countOutcomes(tool: string): number;
  remove(): void;
}

/** Only the rates of the key's role and of the local person's is raised, as far as configuration lets it; nothing is switched off. */
const RAISED_RATES = { SWITCHYARD_LIMITS__ROLES: '{"admin":10000000,"developer":10000000}' };

/** Makes one. `isRaised`: calls per minute without the usual bound. */
export function createHome({ isRaised = false } = {}): BenchHome {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  const workspace = join(folder, 'project');
  const home = join(folder, 'home');
  mkdirSync(workspace);
  return {
    folder: home,
    workspace,
    env: { ...process.env, SWITCHYARD_HOME: home, ...(isRaised ? RAISED_RATES : {}) },
    countOutcomes: (tool) => globSync(join(home, 'audit/**/*.jsonl')).reduce((sum, file) => sum + countIn(readFileSync(file, 'utf8'), tool), 0),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function countIn(text: string, tool: string): number {
  return text.split('\n').filter((line) => line.includes('"phase":"outcome"') && line.includes(`"target":"tool:${tool}"`)).length;
}
