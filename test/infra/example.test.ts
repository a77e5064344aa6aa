// The whole app of examples/cwii.yaml, so that no change of what is deployed goes unseen: `npx vitest run -u` after a wanted one.

import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';

const app = new App();
for (const cluster of readClusterFile('examples/cwii.yaml').clusters) new ClusterStack(app, cluster);
const { stacks } = app.synth();

describe('the example', () => {
  it.each(stacks.map(({ stackName, template }) => [stackName, template]))('deploys %s', async (name, template) => {
    // What changes with every build: the bundles' hashes, and with them the names of versions.
    const text = JSON.stringify(template, undefined, 1)
      .replaceAll(/\b[0-9a-f]{64}\.zip/g, 'BUNDLE.zip')
      .replaceAll(/CurrentVersion[0-9A-F]{8}[0-9a-f]{32}/g, 'CurrentVersion');
    await expect(`${text}\n`).toMatchFileSnapshot(`snapshots/${name}.template.snap`);
  });
});
