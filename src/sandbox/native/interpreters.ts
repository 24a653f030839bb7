/** @module sandbox/native/interpreters: which programs run code, and what of the machine they need to see. */
import { accessSync, constants, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SandboxLanguage } from '../../contracts/sandbox.ts';
import type { InterpretersConfig } from '../../contracts/sandbox-config.ts';

/** A program that runs code. */
export interface Interpreter {
  /** As it is called inside. */
  readonly path: string;
  /** Files and folders outside of /usr that must be visible: source and place inside. */
  readonly needs: readonly (readonly [source: string, place: string])[];
}

/** No look-up in PATH: what stands first there is often a wrapper in somebody's home folder. */
const USUAL: Readonly<Record<SandboxLanguage, readonly string[]>> = {
  python: ['/usr/bin/python3', '/usr/local/bin/python3'],
  // The gateway's own Node is known to be there; it is bound as one file.
  node: [],
  bash: ['/usr/bin/bash', '/bin/bash', '/usr/local/bin/bash'],
};
const OWN_NODE = '/opt/node/bin/node';

/** Those that are there. One that is configured and missing is not there: no other takes its place. */
export function findInterpreters(configured: InterpretersConfig): Readonly<Partial<Record<SandboxLanguage, Interpreter>>> {
  const found: Partial<Record<SandboxLanguage, Interpreter>> = {};
  for (const language of ['python', 'node', 'bash'] as const) {
    const own = configured[language];
    const interpreter = own === null ? usual(language) : isProgram(own) ? { path: own, needs: homesOf(own) } : undefined;
    if (interpreter) found[language] = interpreter;
  }
  return found;
}

function usual(language: SandboxLanguage): Interpreter | undefined {
  if (language === 'node') return { path: OWN_NODE, needs: [[realpathSync(process.execPath), OWN_NODE]] };
  const path = USUAL[language].find(isProgram);
  return path === undefined ? undefined : { path, needs: [] };
}

/** The folders `…` of `…/bin/python3`, as written and as links lead on. */
function homesOf(program: string): Interpreter['needs'] {
  const homes = [program, realpathSync(program)].map((path) => dirname(dirname(path))).filter((folder) => !/^\/usr(?:\/|$)/.test(folder));
  return [...new Set(homes)].map((folder) => [folder, folder] as const);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
