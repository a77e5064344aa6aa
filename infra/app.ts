// The CDK app of cwii.yaml: one stack for each cluster.

import { App } from 'aws-cdk-lib';
import { readClusterFile } from '../cluster-file/cluster-file.ts';
import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { describeError } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { ClusterStack } from './cluster-stack.ts';

const app = new App();
/** From `-c file=PATH` or CWII_FILE, relative to the directory in which `cdk` is called. */
const file: string = app.node.tryGetContext('file') ?? process.env['CWII_FILE'] ?? 'cwii.yaml';

try {
  for (const cluster of readClusterFile(file).clusters) new ClusterStack(app, cluster);
} catch (error) {
  // A CwiiError has a message for the user. Any other error is a defect, and a report needs its stack trace.
  if (!(error instanceof CwiiError)) throw error;
  process.stderr.write(escapeControlsInLines(`cwii: ${describeError(error)}\n`));
  process.exit(1);
}
