// The CDK app of cwii.yaml: a stack for each cluster.

import { App } from 'aws-cdk-lib';
import { readClusterFile } from '../cluster-file/cluster-file.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { ClusterStack } from './cluster-stack.ts';

const app = new App();
/** `-c file=PATH` or CWII_FILE; from the directory in which `cdk` is called. */
const file: string = app.node.tryGetContext('file') ?? process.env['CWII_FILE'] ?? 'cwii.yaml';

try {
  for (const cluster of readClusterFile(file).clusters) new ClusterStack(app, cluster);
} catch (error) {
  // A CwiiError is a sentence for the user; anything else is a defect, and its trace is what a report needs.
  if (!(error instanceof CwiiError)) throw error;
  process.stderr.write(`cwii: ${error.message}\n`);
  process.exit(1);
}
