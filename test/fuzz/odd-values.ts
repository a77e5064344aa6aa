// Odd texts, numbers, keys and values that are known to break programs.

import type { Chance } from './chance.ts';

/** The prefix of secrets and of parts of the spec, so that a leak is found. */
export const canary = 'canary-of-the-spec';

const uuid = '11111111-2222-3333-4444-555555555555';

export const keys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '0',
  '-',
  '~',
  '~1',
  'a/b',
  '\u0000',
  '\ud800',
  'ключ',
  'name',
  'uid',
  'metadata',
  'annotations',
  `${canary}-key`,
];

const words = [
  '',
  ' ',
  '\t\n',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '\u202eright-to-left',
  '\ufeff',
  '\u2028',
  '👩‍👩‍👧‍👦'.repeat(20),
  'é',
  'a/b',
  '../../etc/passwd',
  '%2e%2e%2f',
  'a\r\nset-cookie: a=b',
  '$(POD_NAME)',
  '$(pod.name)',
  '$(pod.uid)',
  '$$(A)',
  '$(',
  'true',
  ' TRUE ',
  'False',
  'yes',
  '0',
  '-1',
  '1e9',
  '599',
  '86401',
  '3600s',
  '9'.repeat(400),
  'null',
  '{}',
  '[',
  '*',
  '-',
  '/',
  '~0~1',
  'AWS_ROLE_ARN',
  'cwii-aws-token',
  'cwii-gcp-creds',
  'cwii-gcp-config',
  'cwii-aws-config',
  'cwii-aws-verify',
  'cwii-gcp-creds-writer',
  '/var/run/secrets/cwii.dev/aws',
  '/var/run/secrets/cwii.dev/aws/',
  '/var/run/secrets/kubernetes.io/serviceaccount',
  'Always',
  'default',
  'kube-system',
  'windows',
  'CREATE',
  'DELETE',
  uuid,
  'arn:aws:iam::123456789012:role/web',
  'arn:aws-cn:iam::123456789012:role/a/b/$(x)',
  'arn:aws:iam::12:role/web',
];

const numbers = [0, 1, -1, 0.5, -0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 + 2, 1e21, 1e308, -1e308, 5e-324];

/** JSON numbers that JSON.stringify does not write; `unmark` puts them into the text. */
const literals = ['1e400', '-1e400', '-0', '1E+2', '123456789012345678901234567890', '0.1e-400'];

const marker = (kind: string, what: string | number) => `@@${kind}:${what}@@`;

/** Replaces the markers in a JSON text. */
export function unmark(text: string): string {
  if (!text.includes('"@@')) return text;
  return text
    .replace(/"@@literal:([^@]+)@@"/g, (_, literal: string) => literal)
    .replace(/"@@arrays:(\d+)@@"/g, (_, depth: string) => '['.repeat(Number(depth)) + ']'.repeat(Number(depth)))
    .replace(
      /"@@objects:(\d+)@@"/g,
      (_, depth: string) => `${'{"a":'.repeat(Number(depth))}1${'}'.repeat(Number(depth))}`,
    );
}

export function oddText(chance: Chance): string {
  if (chance.onceIn(200)) return 'x'.repeat(chance.pick([255, 300, 4096, 70_000, 300_000]));
  if (chance.onceIn(12)) return randomText(chance);
  return chance.pick(words);
}

function randomText(chance: Chance): string {
  const length = chance.few(40);
  const unit = () =>
    String.fromCharCode(chance.pick([0x20, 0x41, 0x61, 0x80, 0x3040, 0xd800, 0xdc00]) + chance.below(64));
  return Array.from({ length }, unit).join('');
}

function oddNumber(chance: Chance): unknown {
  return chance.onceIn(3) ? marker('literal', chance.pick(literals)) : chance.pick(numbers);
}

/** A value of any type. */
export function oddValue(chance: Chance): unknown {
  switch (chance.below(14)) {
    case 0:
      return null;
    case 1:
      return chance.onceIn(2);
    case 2:
    case 3:
      return oddNumber(chance);
    case 4:
      return [];
    case 5:
      return {};
    case 6:
      return [oddText(chance), null, {}];
    case 7:
      // For example an object whose `toString` is not a function, so that it cannot be converted to a string.
      return { [chance.onceIn(4) ? chance.pick(keys) : oddText(chance)]: oddText(chance) };
    case 8:
      return [[[]], [{}]];
    case 9:
      return deep(chance);
    default:
      return oddText(chance);
  }
}

/** Mostly shallow, because deep values also slow the fuzzer down. */
function deep(chance: Chance): string {
  const depth = chance.onceIn(40) ? chance.pick([5_000, 50_000, 400_000]) : chance.pick([2, 10, 100]);
  return marker(chance.pick(['arrays', 'objects']), depth);
}

const booleans = ['true', 'false', ' TRUE', 'no', ''];
const seconds = ['3600', '600', '60', '86400', '1e3', '-5', '03600', 'long', '99999999999999999999'];
const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c';

/** Known annotations, with values that are valid or nearly valid. */
const annotations: Readonly<Record<string, readonly string[]>> = {
  'cwii.dev/aws-role-arn': ['arn:aws:iam::123456789012:role/web', 'arn:aws:iam::1:role/web', `arn:${'a'.repeat(5000)}`],
  'cwii.dev/aws-target-role-arn': ['arn:aws:iam::210987654321:role/shared', 'arn:aws-cn:iam::210987654321:role/x', 'x'],
  'cwii.dev/aws-external-id': ['id', 'a\nrole_arn = x', 'x'.repeat(2000)],
  'cwii.dev/aws-config': ['', '[default]\n', 'forged'],
  'cwii.dev/aws-inject': booleans,
  'cwii.dev/aws-audience': ['sts.amazonaws.com', 'https://kubernetes.default.svc', 'a b', 'x'.repeat(2000)],
  'cwii.dev/aws-token-expiration': seconds,
  'cwii.dev/aws-region': ['eu-central-1', 'nowhere', 'EU-CENTRAL-1 ', '$(x)'],
  'cwii.dev/aws-role-session-name': ['$(pod.name)', '$(pod.namespace)-$(pod.uid)', '$(x', 'x', 'ü', 'a'.repeat(90)],
  'cwii.dev/aws-sts-regional-endpoints': booleans,
  'cwii.dev/aws-verify': booleans,
  'cwii.dev/aws-verify-enforce': booleans,
  'cwii.dev/aws-verify-image': ['amazon/aws-cli:2', 'evil.example/x', ' ', 'x'.repeat(900)],
  'cwii.dev/az-client-id': [uuid, uuid.toUpperCase(), 'none', '{}'],
  'cwii.dev/az-tenant-id': [uuid, 'tenant'],
  'cwii.dev/az-inject': booleans,
  'cwii.dev/az-authority-host': ['https://login.microsoftonline.com/', 'http://x', 'https://[::1', 'javascript:1'],
  'cwii.dev/az-verify': booleans,
  'cwii.dev/az-verify-enforce': booleans,
  'cwii.dev/gcp-service-account': ['web@my-project.iam.gserviceaccount.com', 'web', '@', 'a@b'],
  'cwii.dev/gcp-inject': booleans,
  'cwii.dev/gcp-audience': [pool, `https:${pool}`, 'https://kubernetes.default.svc', '//'],
  'cwii.dev/gcp-token-audience': ['x', 'https://kubernetes.default.svc.cluster.local'],
  'cwii.dev/gcp-token-expiration': seconds,
  'cwii.dev/gcp-delivery': ['init-container', 'config-map', 'downward-api', ''],
  'cwii.dev/gcp-verify': booleans,
  'cwii.dev/gcp-credentials': ['', '{}', 'forged'],
  'cwii.dev/injected': ['', 'aws', 'aws,gcp'],
  'cwii.dev/skip-containers': ['app', 'app,,', 'cwii-aws-verify', ','.repeat(2000)],
  'cwii.dev/include-containers': ['app', 'none', ' app , web '],
  'cwii.dev/aws-role-am': ['arn:aws:iam::123456789012:role/web'],
  'cwii.dev/': ['true'],
  'eks.amazonaws.com/role-arn': ['arn:aws:iam::123456789012:role/native', 'x'],
  'eks.amazonaws.com/token-expiration': seconds,
  'azure.workload.identity/client-id': [uuid, 'x'],
  'azure.workload.identity/service-account-token-expiration': seconds,
  'cloud.google.com/workload-identity-provider': [pool.slice(23), 'x'],
  'cloud.google.com/service-account-email': ['web@my-project.iam.gserviceaccount.com'],
  'iam.gke.io/gcp-service-account': ['web@my-project.iam.gserviceaccount.com', 'x'],
  'kubernetes.io/config.mirror': ['hash'],
};

const annotationNames = Object.keys(annotations);

/** A known annotation with a value that may be valid. */
export function annotation(chance: Chance): readonly [string, string] {
  const name = chance.pick(annotationNames);
  return [name, chance.onceIn(5) ? oddText(chance) : chance.pick(annotations[name] ?? [''])];
}
