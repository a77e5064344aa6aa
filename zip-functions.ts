// Writes dist/<function>.zip of each bundle: the same bytes as CDK deploys, the same zip from the same
// sources on any day and machine; and beside them the CloudFormation template that deploys the webhook's.
// `npm run build` runs it; an argument names another folder for the files.

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Zippable, zipSync } from 'fflate';
import { notDeployed } from './infra/function-bundle.ts';
import { bundledFunctions } from './supply-chain/shipped-packages.ts';

/** Zip keeps local time; the first that it knows, in whatever zone this is. */
const mtime = new Date(1980, 0, 1);
/** Readable by all, in the upper half of Unix' attributes: Lambda runs the function as another user. */
const attrs = 0o100644 << 16;

const target = process.argv[2] ?? 'dist';

for (const name of bundledFunctions()) {
  const folder = `dist/${name}`;
  const files: Zippable = {};
  for (const file of readdirSync(folder).sort()) {
    if (!notDeployed.includes(file)) files[file] = [readFileSync(`${folder}/${file}`), { mtime, attrs, os: 3 }];
  }
  writeFileSync(`${target}/${name}.zip`, zipSync(files, { level: 9 }));
}
copyFileSync('examples/cloudformation/template.yaml', `${target}/webhook.template.yaml`);
