// The test projects: `unit` needs only Node, `package` the registries of npm and PyPI, `cluster` a real Kubernetes control plane.

import { defineConfig } from 'vitest/config';

// A shell in which cwii was tried has its settings exported; tests say themselves what holds in them.
for (const name of Object.keys(process.env)) if (name.startsWith('CWII_')) delete process.env[name];

const enough = { statements: 95, branches: 95 };

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      // Not cli: its tests run it as processes of their own, which Vitest cannot look into.
      include: ['lib/**', 'functions/**', 'infra/**', 'cluster-file/**'],
      // Generated code has branches that no value reaches. Properties compare it with the schemas instead.
      exclude: ['lib/kubernetes/validators.generated.ts'],
      thresholds: { ...enough, 'infra/**': enough },
      reporter: ['text', 'html'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cluster/**', 'test/package/**', 'test/chaos/**', 'test/fuzz/**', 'test/soak/**'],
          pool: 'threads',
          // Modules hold no state between requests, so the files of a worker can share them; it takes a fifth of the time off.
          isolate: false,
          // Vitest would leave one core to itself; but many tests wait, for a process or a server that they started.
          maxWorkers: '100%',
          // A process takes its time to start where many do at once.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          globalSetup: 'test/cluster/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          globalSetup: 'test/cluster/global-setup.ts',
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: 'test/cluster/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Two cores: control planes beside each other only slow each other down.
          fileParallelism: false,
        },
      },
    ],
  },
});
