// Snapshot tests of the stacks of examples/cwii.yaml. After an intended change run `npx vitest run -u`.

import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import { packageVersion } from '../../lib/common/package-root.ts';

const app = new App();
for (const cluster of readClusterFile('examples/cwii.yaml').clusters) new ClusterStack(app, cluster);
const { stacks } = app.synth();

describe('the example', () => {
  it.each(stacks.map(({ stackName, template }) => [stackName, template]))('deploys %s', async (name, template) => {
    // The hashes of the bundles, and with them the names of versions, change with every build, and cwii's own
    // version with every release.
    const text = JSON.stringify(template, undefined, 1)
      .replaceAll(/\b[0-9a-f]{64}\.zip/g, 'BUNDLE.zip')
      .replaceAll(`"${packageVersion()}"`, '"VERSION"')
      .replaceAll(/CurrentVersion[0-9A-F]{8}[0-9a-f]{32}/g, 'CurrentVersion');
    await expect(`${text}\n`).toMatchFileSnapshot(`snapshots/${name}.template.snap`);
  });
});
