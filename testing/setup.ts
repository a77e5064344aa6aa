// `npm run test:setup`: builds and installs what the tests need. It keeps what is installed already.
// `--kubernetes 1.34` builds the control plane of that version instead of the pinned one.

import { parseArgs } from 'node:util';
import { authenticator, buildGoProgram, jwtLogin, languages } from './binary.ts';
import { installCdkFloor } from './cdk-floor.ts';
import { installPackage } from './installed-package.ts';
import { buildLanguagesJava } from './java.ts';
import { controlPlane, KUBERNETES_VARIABLE } from './kubernetes.ts';
import {
  cfnLintPackages,
  emulatedAwsPackages,
  installPython,
  languagesPackages,
  localS3Packages,
  ministackPackages,
} from './python.ts';
import { installTypedoc } from './typedoc.ts';

/** By the name with which a test asks for it. */
const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  'control-plane': () => buildGoProgram(controlPlane()),
  'aws-iam-authenticator': () => buildGoProgram(authenticator),
  'jwt-login': () => buildGoProgram(jwtLogin),
  'local-s3': () => installPython(localS3Packages),
  'emulated-aws': () => installPython(emulatedAwsPackages),
  ministack: () => installPython(ministackPackages),
  'cfn-lint': () => installPython(cfnLintPackages),
  'installed-package': installPackage,
  'languages-python': () => installPython(languagesPackages),
  'languages-go': () => buildGoProgram(languages),
  'languages-java': buildLanguagesJava,
  'cdk-floor': installCdkFloor,
  typedoc: installTypedoc,
};

/** The programs with the SDKs of other languages. */
const programs = ['languages-python', 'languages-go', 'languages-java'];

/** By the name of the script: `npm run test:cluster` needs `cluster`. */
const suites: Readonly<Record<string, readonly string[]>> = {
  cluster: [
    'control-plane',
    'aws-iam-authenticator',
    'jwt-login',
    'local-s3',
    'emulated-aws',
    'ministack',
    ...programs,
  ],
  package: ['installed-package', 'cdk-floor', 'emulated-aws', 'typedoc'],
  deploy: ['control-plane', 'ministack', 'cfn-lint'],
  templates: ['cfn-lint'],
  // MiniStack comes with the AWS CLI.
  languages: [...programs, 'ministack'],
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { kubernetes: { type: 'string' } } });
if (values.kubernetes !== undefined) process.env[KUBERNETES_VARIABLE] = values.kubernetes;
const chosen = positionals.flatMap((name) => suites[name] ?? name);
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0) {
  const known = [...Object.keys(suites), ...Object.keys(parts)].join(', ');
  console.error(`unknown part ${unknown.join(', ')}; choose among ${known}`);
  process.exit(2);
}

for (const [name, make] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const startedAt = performance.now();
  try {
    await make();
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
  console.error(`test setup: ${name} is ready (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
