// Arbitrary pods with unknown fields, absent, null and empty lists, and often with names of cwii.

import fc from 'fast-check';
import { type Manifest, ManifestReader } from '../../cli/preview/manifest-reader.ts';
import { type AdmissionContext, type Decision, mutate } from '../../lib/admission/mutate.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';

const ROLE = 'arn:aws:iam::123456789012:role/web';
const TARGET = 'arn:aws:iam::210987654321:role/shared-data';
const MOUNT_ROOT = '/var/run/secrets/cwii.dev';
const TOKEN_DIRECTORY = `${MOUNT_ROOT}/aws`;
const ID = '11111111-2222-3333-4444-555555555555';
const AUDIENCE = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c';

const text = fc.string({ maxLength: 12 });
const unknownName = fc.string({ minLength: 1, maxLength: 8 }).map((name) => `future${name}`);
const unknownFields = fc.dictionary(unknownName, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });

/**
 * An object with unknown fields, with `always`, and with `fields`, which may be absent or null.
 */
function loose(fields: Record<string, fc.Arbitrary<unknown>>, always: Record<string, fc.Arbitrary<unknown>> = {}) {
  const maybe = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      fc.oneof({ weight: 5, arbitrary: value }, fc.constantFrom(null, undefined)),
    ]),
  );
  return fc
    .tuple(fc.record({ ...maybe, ...always }), unknownFields)
    .map(([known, unknown]) => ({ ...unknown, ...known }));
}

const list = (items: fc.Arbitrary<unknown>, maxLength = 3) => fc.array(items, { maxLength });

const variable = loose(
  {
    value: fc.oneof(
      text,
      fc.constantFrom(
        `${TOKEN_DIRECTORY}/token`,
        `${MOUNT_ROOT}/vault/token`,
        ROLE,
        `${MOUNT_ROOT}/gcp-config/a`,
        `${MOUNT_ROOT}/aws-config/config`,
      ),
    ),
  },
  {
    name: fc.oneof(
      { weight: 4, arbitrary: text },
      fc.constantFrom(
        'AWS_ROLE_ARN',
        'AWS_WEB_IDENTITY_TOKEN_FILE',
        'AWS_REGION',
        'AWS_CONFIG_FILE',
        'VAULT_TOKEN_FILE',
        'AWS_ACCESS_KEY_ID',
        'AZURE_TENANT_ID',
        'AZURE_AUTHORITY_HOST',
        'GOOGLE_APPLICATION_CREDENTIALS',
        'CLOUDSDK_CONFIG',
        'HOME',
      ),
    ),
  },
);

const mount = loose(
  { readOnly: fc.boolean(), subPath: fc.constantFrom('', 'a') },
  {
    name: fc.oneof(
      { weight: 2, arbitrary: text },
      fc.constantFrom('cwii-aws-token', 'cwii-gcp-creds', 'cwii-gcp-config', 'cwii-aws-config', 'cwii-vault-token'),
    ),
    mountPath: fc.oneof(
      { weight: 4, arbitrary: text },
      fc.constantFrom(
        TOKEN_DIRECTORY,
        `${TOKEN_DIRECTORY}/`,
        `${MOUNT_ROOT}/vault`,
        `${MOUNT_ROOT}/gcp-creds`,
        `${MOUNT_ROOT}/gcp-config`,
        `${MOUNT_ROOT}/aws-config`,
      ),
    ),
  },
);

const securityContext = loose({ runAsUser: fc.constantFrom(0, 1000, 1337), readOnlyRootFilesystem: fc.boolean() });

const container = loose(
  {
    image: text,
    restartPolicy: fc.constantFrom('Always', ''),
    env: list(variable),
    volumeMounts: list(mount, 2),
    securityContext,
  },
  { name: fc.oneof({ weight: 12, arbitrary: text }, fc.constantFrom('cwii-aws-verify', 'cwii-gcp-creds-writer')) },
);

const ourVolume = (audience: string, name = 'cwii-aws-token') => ({
  name,
  projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } }] },
});

const CONFIG_VOLUME = {
  name: 'cwii-aws-config',
  downwardAPI: {
    items: [
      { path: 'config', fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['cwii.dev/aws-config']" } },
    ],
  },
};

const volume = fc.oneof(
  { weight: 12, arbitrary: loose({ emptyDir: fc.constant({}) }, { name: text }) },
  fc.constantFrom(
    ourVolume('sts.amazonaws.com'),
    ourVolume('elsewhere'),
    ourVolume('vault.example.com', 'cwii-vault-token'),
    CONFIG_VOLUME,
  ),
);

const annotations = fc
  .tuple(
    fc.dictionary(text, text, { maxKeys: 3 }),
    fc.record(
      {
        'cwii.dev/injected': fc.constantFrom('', 'aws', 'gcp', 'aws,vault'),
        'cwii.dev/token-vault': fc.constantFrom('vault.example.com', 'other.example.com'),
        'cwii.dev/token-vault-env': fc.constantFrom('VAULT_TOKEN_FILE', 'AWS_ROLE_ARN', 'no name'),
        'cwii.dev/token-vault-inject': fc.constantFrom('true', 'false'),
        'cwii.dev/token-broker': fc.constant('broker.example.com'),
        'cwii.dev/aws-inject': fc.constantFrom('true', 'TRUE', 'no'),
        'cwii.dev/aws-target-role-arn': fc.constant(TARGET),
        'cwii.dev/aws-external-id': fc.constant('id-1'),
        'cwii.dev/aws-config': fc.constantFrom('', '[default]'),
        'cwii.dev/aws-region': fc.constantFrom('us-east-1', 'nowhere'),
        'cwii.dev/aws-verify': fc.constantFrom('true', 'false'),
        'cwii.dev/aws-verify-enforce': fc.constantFrom('true', 'false'),
        'cwii.dev/aws-role-session-name': fc.constantFrom(
          '$(pod.name)',
          '$(pod.uid)',
          '$(pod.namespace)-$(pod.name)',
          'x',
        ),
        'cwii.dev/az-client-id': fc.constant(ID),
        'cwii.dev/az-tenant-id': fc.constant(ID),
        'cwii.dev/az-verify': fc.constantFrom('true', 'false'),
        'cwii.dev/gcp-credentials': fc.constantFrom('', '{}'),
        'cwii.dev/gcp-inject': fc.constantFrom('true', 'false'),
        'cwii.dev/gcp-audience': fc.constantFrom(AUDIENCE, `https:${AUDIENCE}`),
        'cwii.dev/gcp-delivery': fc.constantFrom('init-container', 'config-map'),
        'cwii.dev/gcp-verify': fc.constantFrom('true', 'false'),
        'cwii.dev/skip-containers': fc.constantFrom('a', 'cwii-aws-verify'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([others, ours]) => ({ ...others, ...ours }));

/** Pods as in JSON: undefined fields are absent. */
export const pods: fc.Arbitrary<Manifest> = loose(
  {
    metadata: loose({ name: text, generateName: text, annotations, labels: fc.dictionary(text, text, { maxKeys: 2 }) }),
    status: fc.constant({}),
  },
  {
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Pod'),
    spec: loose(
      {
        containers: list(container),
        initContainers: list(container),
        volumes: list(volume),
        securityContext,
        nodeSelector: fc.dictionary(text, text, { maxKeys: 1 }),
        os: fc.constantFrom({ name: 'linux' }, { name: 'linux' }, { name: 'windows' }),
      },
      { serviceAccountName: fc.constant('my-app') },
    ),
  },
).map((pod) => JSON.parse(JSON.stringify(pod)));

const cluster = new ManifestReader([
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'my-app', namespace: 'default', annotations: { 'cwii.dev/aws-role-arn': ROLE } },
  },
]);

/** The verdict on a pod of the namespace `default` whose ServiceAccount has a role. */
export async function admit(
  pod: unknown,
  settings: AdmissionContext['settings'] = parseMutateSettings({}),
): Promise<Decision> {
  using deadline = new Deadline(5000);
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = { uid: 'one', operation: 'CREATE', namespace: 'default', resource, object: pod };
  return await mutate(request, { settings, reader: cluster, deadline });
}
