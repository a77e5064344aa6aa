// Measures what more identities cost: a pod with seven of them, and the same pod with one.

import type { BenchCluster } from './cluster.ts';
import { admissionEvent, grownTo } from './event.ts';
import { admit, type Handler, loadHandler, quietly } from './function.ts';
import { byTurns, type Row, ratio, row } from './row.ts';

const UNTIL_COMPILED = 15_000;

const one = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/shop-checkout' };

/** Three clouds, two services of the catalogue, a service of one's own, and a bare token. */
const seven = {
  ...one,
  'cwii.dev/az-client-id': '11111111-2222-4333-8444-555555555555',
  'cwii.dev/az-tenant-id': '11111111-2222-4333-8444-666666666666',
  'cwii.dev/gcp-service-account': 'shop-checkout@my-project.iam.gserviceaccount.com',
  'cwii.dev/gcp-audience':
    '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/on-prem/providers/my-cluster',
  'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/shop-checkout',
  'cwii.dev/alibaba-oidc-provider-arn': 'acs:ram::1234567890123456:oidc-provider/my-cluster',
  'cwii.dev/databricks-host': 'https://dbc-1a2b3c4d.cloud.databricks.com',
  'cwii.dev/databricks-audience': 'https://accounts.cloud.databricks.com/oidc/accounts/1a2b3c4d',
  'cwii.dev/databricks-client-id': '11111111-2222-4333-8444-777777777777',
  'cwii.dev/openbao-role': 'shop-checkout',
  'cwii.dev/token-broker': 'broker.example.com',
  'cwii.dev/token-broker-env': 'BROKER_TOKEN_FILE',
};

const openbao = {
  name: 'openbao',
  title: 'OpenBao',
  trigger: 'role',
  keys: { role: { meaning: 'The role of the login.', pattern: '[a-z0-9-]{1,64}', example: 'shop-checkout' } },
  audience: 'openbao.example.com',
  identity: { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
};

export async function measureIdentities({ pod, near }: BenchCluster, rounds: number): Promise<Row[]> {
  const env = { ...near.env, CWII_CUSTOM_SERVICES: JSON.stringify([openbao]) };
  const usual = grownTo(pod, 3000);
  const reading = await loadHandler({ ...env, CWII_CACHE_SECONDS: '0' });
  const cached = await loadHandler({ ...env, CWII_CACHE_SECONDS: '60' });
  await checkCount(reading, withAnnotations(usual, seven), 7);
  const read = await quietly(() =>
    byTurns(5, Math.ceil(rounds / 10), {
      one: admit(reading, withAnnotations(usual, one)),
      seven: admit(reading, withAnnotations(usual, seven)),
    }),
  );
  const inProcess = await quietly(() =>
    byTurns(
      5,
      rounds,
      { one: admit(cached, withAnnotations(usual, one)), seven: admit(cached, withAnnotations(usual, seven)) },
      UNTIL_COMPILED,
    ),
  );
  return [
    row('identities: one, API server on the same machine', read.one),
    row('identities: seven', read.seven, [ratio('one identity', read.seven.p50, read.one.p50, 2)]),
    row('identities: one, scopes cached, in process', inProcess.one),
    row('identities: seven, scopes cached, in process', inProcess.seven, [
      ratio('one identity', inProcess.seven.p50, inProcess.one.p50, 2),
    ]),
  ];
}

/** @throws if the pod does not get all identities: a missing key would make the comparison look better. */
async function checkCount(handler: Handler, pod: object, count: number): Promise<void> {
  const { body } = await quietly(() => handler(admissionEvent(pod), {}));
  const patch = Buffer.from(JSON.parse(body).response.patch ?? '', 'base64').toString('utf8');
  const tokens = patch.split('"serviceAccountToken"').length - 1;
  if (tokens !== count) throw new Error(`the pod gets ${tokens} tokens instead of ${count}: ${patch}`);
}

function withAnnotations(pod: object, annotations: Readonly<Record<string, string>>): object {
  const { metadata } = pod as { metadata: { annotations?: object } };
  return { ...pod, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}
