// The CDK app of cwii.yaml: one stack for each cluster, and one for the dashboard over all of them.

import { App } from 'aws-cdk-lib';
import { readFleet } from '../cluster-file/cluster-file.ts';
import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { describeError } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { addFleet } from './fleet.ts';

const app = new App();
/** From `-c file=PATH` or CWII_FILE, relative to the directory in which `cdk` is called. */
const file: string = app.node.tryGetContext('file') ?? process.env['CWII_FILE'] ?? 'cwii.yaml';

function report(text: string): void {
  process.stderr.write(escapeControlsInLines(`cwii: ${text}\n`));
}

try {
  const failed = addFleet(app, readFleet(file));
  for (const { name, error } of failed) report(`the cluster ${name} is left out:\n${describeError(error)}`);
  // With -c strict=true a pipeline notices; otherwise the other clusters can be deployed.
  const isStrict = String(app.node.tryGetContext('strict')) === 'true';
  if (failed.length > 0 && (isStrict || app.node.children.length === 0)) process.exit(1);
} catch (error) {
  // A CwiiError has a message for the user. Any other error is a defect, and a report needs its stack trace.
  if (!(error instanceof CwiiError)) throw error;
  report(describeError(error));
  process.exit(1);
}
