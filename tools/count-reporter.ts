/** Counts of a test run, with the reason of every skip, written where the environment says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What one run came to. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Skips and why; a null reason is undeclared, which fails the run. */
  readonly skips: readonly { readonly name: string; readonly reason: string | null }[];
  readonly failures: readonly string[];
}

/** A reason stands in `context.skip('reason')`, or in the name of the test or its suite as `(needs …)`. */
function reasonOf(test: TestCase): string | null {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  return /\((needs [^)]+)\)/.exec(test.fullName)?.[1] ?? null;
}

/** Counts of the modules of one run. A file that cannot be loaded, or an error outside of any test, is a failure. */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  let passed = 0;
  const failures: string[] = [];
  const skips: { name: string; reason: string | null }[] = [];
  for (const module of modules) {
    if (module.errors().length > 0) failures.push(`${module.relativeModuleId}: the file itself`);
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failures.push(`${module.relativeModuleId} > ${suite.fullName}: a hook`);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      if (state === 'passed') passed += 1;
      else if (state === 'skipped') skips.push({ name, reason: reasonOf(test) });
      else failures.push(name);
    }
  }
  for (let index = 0; index < unhandledErrors; index += 1) failures.push('an error outside of any test');
  return { passed, failed: failures.length, skipped: skips.length, skips, failures };
}

/** Writes the counts as JSON to `file` when the run ends. */
export class CountReporter implements Reporter {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(countTests(modules, unhandledErrors.length), null, 2));
  }
}
