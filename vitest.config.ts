import { defineConfig } from 'vitest/config';
import { CountReporter } from './tools/count-reporter.ts';

/** Folders of tests/ that share one way of running. Slow kinds start processes and listen on ports. */
const FAST = ['unit', 'compliance', 'architecture'];
const SLOW = ['integration', 'conformance', 'attacks', 'e2e', 'types', 'packaging'];

const report = process.env['SWITCHYARD_TEST_REPORT'];

export default defineConfig({
  test: {
    passWithNoTests: true,
    // The base machine has two cores; a third process only adds to the clock of the other two.
    maxWorkers: 2,
    restoreMocks: true,
    ...(report === undefined ? {} : { reporters: ['default', new CountReporter(report)] }),
    projects: [
      ...FAST.map((name) => ({
        extends: true as const,
        test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: 10_000, pool: 'threads' as const },
      })),
      ...SLOW.map((name) => ({
        extends: true as const,
        test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' as const },
      })),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/contracts/**', 'src/**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
});
