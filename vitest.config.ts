// The test projects. `unit` needs only Node.js; `npm run test:setup` installs what the others need.

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { floorPackage } from './testing/cdk-floor.ts';

// Settings that the developer's shell exports would change what tests see.
for (const name of Object.keys(process.env)) if (name.startsWith('CWII_')) delete process.env[name];

const thresholds = { statements: 95, branches: 95 };

// Long enough for a machine with six times as much work as it has cores. A limit only ends a test that hangs:
// no test depends on how fast the machine is.
const limits = { testTimeout: 120_000, hookTimeout: 120_000 };
const clusterLimits = { testTimeout: 300_000, hookTimeout: 600_000 };

// Control planes beside each other only slow each other down.
const oneAfterTheOther = { fileParallelism: false, globalSetup: 'test/cluster/global-setup.ts' };

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      // Without cli: what it does at a terminal and as a server is tested with processes, where coverage is
      // not measured.
      include: ['lib/**', 'functions/**', 'infra/**', 'cluster-file/**'],
      // Generated from the schemas, with branches for every way in which a value can be invalid.
      exclude: ['**/*.generated.ts'],
      thresholds: { ...thresholds, 'infra/**': thresholds },
      reporter: ['text', 'html'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          globalSetup: 'test/temporary-folder.ts',
          exclude: [
            'test/cluster/**',
            'test/package/**',
            'test/chaos/**',
            'test/fuzz/**',
            'test/soak/**',
            'test/site/**',
            'test/deploy/**',
            'test/languages/**',
          ],
          // Processes, because `cwii` is tested in a working directory of its own, which a thread cannot
          // have.
          pool: 'forks',
          // Files of a worker share loaded modules, which takes a fifth of the time off: modules hold no
          // state of requests.
          isolate: false,
          // Two more than there are cores: many tests wait for a server, a timer or a program.
          maxWorkers: availableParallelism() + 2,
          // CDK validates each template that it synthesizes, which takes seconds. `npm run lint:templates`
          // does that once.
          env: { CDK_VALIDATION: 'false' },
          ...limits,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/temporary-folder.ts',
          ...limits,
        },
      },
      // SDKs for Python, Go and Java, and the AWS CLI.
      {
        test: {
          name: 'languages',
          include: ['test/languages/**/*.test.ts'],
          globalSetup: 'test/temporary-folder.ts',
          ...clusterLimits,
        },
      },
      // The tests of infra/ again, with the oldest aws-cdk-lib that package.json accepts.
      {
        resolve: {
          alias: { 'aws-cdk-lib': floorPackage('aws-cdk-lib'), constructs: floorPackage('constructs') },
        },
        test: {
          name: 'cdk-floor',
          include: ['test/infra/**/*.test.ts'],
          // cdk-nag needs a newer version, and the app of app.test.ts is a process with the version of the
          // checkout.
          exclude: ['test/infra/cdk-nag.test.ts', 'test/infra/app.test.ts'],
          globalSetup: ['test/temporary-folder.ts', 'test/infra/floor-setup.ts'],
          pool: 'forks',
          isolate: false,
          env: { CDK_VALIDATION: 'false' },
          ...limits,
        },
      },
      // Needs Chromium, and the site that `npm run docs:build` makes.
      { test: { name: 'site', include: ['test/site/**/*.test.ts'], ...limits } },
      // One control plane for each file. They mostly wait for CloudFormation and for the API server.
      {
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          globalSetup: 'test/cluster/global-setup.ts',
          maxWorkers: 2,
          // A test has up to three deployments. CDK refuses one beside a deployment that a limit interrupted.
          testTimeout: 900_000,
          hookTimeout: 600_000,
        },
      },
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], ...clusterLimits } },
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...oneAfterTheOther, ...clusterLimits } },
      { test: { name: 'soak', include: ['test/soak/**/*.test.ts'], ...oneAfterTheOther, ...clusterLimits } },
      { test: { name: 'cluster', include: ['test/cluster/**/*.test.ts'], ...oneAfterTheOther, ...clusterLimits } },
    ],
  },
});
