// Invalid names of Kubernetes objects never become part of a URL.
//
// The names come from the pod, its owner references and labels, and from answers of the cluster.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScopes } from '../../lib/admission/read-scopes.ts';
import { ApiClient } from '../../lib/cluster/http/api-client.ts';
import { ClusterConnection, type ConnectedAnswer } from '../../lib/cluster/http/connection.ts';
import type { Request } from '../../lib/cluster/http/transport.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import type { ObjectKey } from '../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { readPod } from '../../lib/kubernetes/pod.ts';
import { ListedTokens } from '../fakes/listed-tokens.ts';

/** A connection to nowhere that records the requested paths and answers with the objects of the test. */
class RecordedPaths extends ClusterConnection {
  readonly paths: string[] = [];
  readonly #answer: (path: string) => object | undefined;

  constructor(answer: (path: string) => object | undefined = () => undefined) {
    super({ url: new URL('https://localhost'), ca: undefined });
    this.#answer = answer;
  }

  override async send({ path }: Request): Promise<ConnectedAnswer> {
    this.paths.push(path);
    const metadata = this.#answer(path);
    const body = metadata
      ? { kind: 'PartialObjectMetadata', metadata }
      : { kind: 'Status', code: 404, details: { name: path.split('/').at(-1) } };
    return {
      status: metadata ? 200 : 404,
      headers: {},
      body: JSON.stringify(body),
      discardConnection: () => undefined,
    };
  }
}

const readerOf = (connection: ClusterConnection) =>
  new KubeReader(new ApiClient(connection, new ListedTokens('token')));

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const PATH = new RegExp(`^/api(s/[a-z]+)?/v1/(namespaces/${LABEL}/[a-z]+|namespaces)/${LABEL}(\\.${LABEL})*$`);

const dnsName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
const anyName = fc.oneof(
  dnsName,
  fc.array(dnsName, { minLength: 2, maxLength: 3 }).map((labels) => labels.join('.')),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .tuple(dnsName, fc.constantFrom('/', '/../', '%2f', '?x=', '#', '\n', ' ', '..', '-', '_', '\\', ':'), dnsName)
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '',
    '.',
    '..',
    '../secrets',
    'web\n',
    'Web',
    'wéb',
    '-web',
    'web-',
    'a'.repeat(63),
    'a'.repeat(64),
    'a'.repeat(253),
    'a'.repeat(254),
    '\uD800',
  ),
);

/** A second implementation of RFC 1123. */
function isDnsName(name: string, longest: number, mostLabels: number): boolean {
  const labels = name.split('.');
  return (
    name.length <= longest &&
    labels.length <= mostLabels &&
    labels.every((label) => /^[a-z0-9-]+$/.test(label) && !label.startsWith('-') && !label.endsWith('-'))
  );
}

test('a read requests exactly the path of a valid name, and nothing for an invalid one', async () => {
  await fc.assert(
    fc.asyncProperty(anyName, anyName, fc.constantFrom(...builtInOwnerKinds), async (namespace, name, kind) => {
      const connection = new RecordedPaths();
      const key: ObjectKey = { kind, namespace, name };
      using deadline = new Deadline(1000);
      const read = readerOf(connection).read(key, { deadline, fresh: false });

      if (isDnsName(name, 253, Number.POSITIVE_INFINITY) && isDnsName(namespace, 63, 1)) {
        await read;
        const group = kind.group === '' ? '/api/v1' : `/apis/${kind.group}/v1`;
        expect(connection.paths).toEqual([`${group}/namespaces/${namespace}/${kind.resource}/${name}`]);
      } else {
        await expect(read).rejects.toThrow();
        expect(connection.paths).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

test('reads for a pod with any names only request paths with valid names', async () => {
  const references = fc.array(
    fc.record({
      apiVersion: fc.constantFrom('apps/v1', 'batch/v1', 'v1'),
      kind: fc.constantFrom('ReplicaSet', 'Deployment', 'Job', 'CronJob', 'StatefulSet', 'ReplicationController'),
      name: anyName,
      uid: fc.constant('one'),
      controller: fc.constant(true),
    }),
    { minLength: 1, maxLength: 1 },
  );
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(
      dnsName,
      anyName,
      references,
      references,
      anyName,
      async (namespace, account, own, owners, hash) => {
        const connection = new RecordedPaths(() => ({ uid: 'one', ownerReferences: owners }));
        const metadata = { name: 'web', labels: { 'pod-template-hash': hash }, ownerReferences: own };
        const pod = readPod({ metadata, spec: { serviceAccountName: account } }, namespace);
        using deadline = new Deadline(1000);
        await readScopes(pod, readerOf(connection), { deadline, fresh: false, ownerKinds: builtInOwnerKinds });

        expect(connection.paths.filter((path) => !PATH.test(path) || path.endsWith('\n'))).toEqual([]);
        asked += connection.paths.length;
      },
    ),
    { numRuns: 500 },
  );
  expect(asked).toBeGreaterThan(500);
});
