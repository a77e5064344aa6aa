// Tests the stacks of cwii.yaml with the rules of cdk-nag.

import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import type { Json } from './synth.ts';

const app = new App();
for (const cluster of readClusterFile('test/infra/clusters.yaml').clusters) new ClusterStack(app, cluster);
app.synth();

describe('every stack', () => {
  it('passes the AwsSolutions pack of cdk-nag, apart from acknowledged rules', () => {
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const found = violations.map(({ ruleName, violatingResources }: Json) => [
      ruleName,
      violatingResources.map(({ constructPath }: Json) => constructPath),
    ]);
    expect(found).toEqual([]);
  });

  it('is really checked: the pack reports a careless stack', () => {
    const careless = new Stack(new App(), 'Careless');
    new Bucket(careless, 'Bucket');
    expect(new AwsSolutionsChecks(careless).validateScope(careless).success).toBe(false);
  });
});
