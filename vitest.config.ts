import { defineConfig } from 'vitest/config';

/**
 * Most of these wait for real time or another process: two files at a time, whichever project they are of. The
 * timeouts find what hangs, on a machine of a quarter of the speed; how fast something has to be, its test says.
 */
const sideBySide = {
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  testTimeout: 240_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Only a busy machine takes as long.
          testTimeout: 30_000,
          include: ['src/**/*.test.ts', 'test/architecture/**/*.test.ts', 'bench/support/*.test.ts'],
          exclude: ['src/web/**', 'src/store/postgres*.test.ts'],
        },
      },
      {
        extends: './vite.config.ts',
        test: { name: 'web', include: ['src/web/**/*.test.{ts,tsx}'], environment: 'happy-dom' },
      },
      {
        test: {
          name: 'postgres',
          include: ['src/store/postgres*.test.ts', 'test/postgres/**/*.test.ts'],
          globalSetup: ['test/support/postgres.setup.ts'],
          ...sideBySide,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/clusters.setup.ts'],
          ...sideBySide,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/clusters.setup.ts'],
          ...sideBySide,
        },
      },
    ],
  },
});
