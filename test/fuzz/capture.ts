// `node test/fuzz/capture.ts` (needs Go): saves AdmissionReviews of a real API server to reviews/.

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { listen } from '../../testing/ports.ts';
import { type Manifest, pod, roleAnnotation, serviceAccount, workload } from '../cluster/manifests.ts';
import { calledByLabel, startTestCluster } from '../cluster/test-cluster.ts';

const FOLDER = join(import.meta.dirname, 'reviews');
const namespace = 'shop';

const cluster = await startTestCluster();
const seen = new Map<string, string>();
const { certPem: cert, keyPem: key } = cluster.certificate;
const server = createServer({ cert, key }, (request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { uid, operation, kind, subResource, name, object } = JSON.parse(body).request;
    const owner = object?.metadata?.ownerReferences?.[0]?.kind;
    const of = [operation, kind.kind, subResource, owner && `of ${owner}`, name].filter(Boolean).join(' ');
    // The first of its kind is enough: controllers repeat their requests.
    const file = of
      .replace(/-[a-z0-9]{5,10}(-[a-z0-9]{5})?$/, '')
      .replaceAll(' ', '-')
      .toLowerCase();
    if (!seen.has(file)) seen.set(file, body);
    response.writeHead(200, { 'content-type': 'application/json' });
    const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } };
    response.end(JSON.stringify(answer));
  });
});
const port = await listen(server);

try {
  await cluster.addNamespace(namespace, { annotations: roleAnnotation('namespace'), calledBy: ['capture'] });
  await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: { name: 'capture' },
    webhooks: [
      {
        name: 'capture.cwii.test',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig: { url: `https://127.0.0.1:${port}/mutate` },
        namespaceSelector: { matchExpressions: [{ key: calledByLabel('capture'), operator: 'Exists' }] },
        rules: [{ apiGroups: ['', 'apps', 'batch'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
      },
    ],
  });
  await cluster.waitFor('the registration to take effect', async () => {
    await cluster.create(serviceAccount(namespace, `probe-${Date.now()}`));
    return seen.size > 0;
  });
  seen.clear();
  for (const manifest of manifests()) await cluster.create(manifest);
  await cluster.waitFor('the pods of the controllers', () =>
    ['ReplicaSet', 'StatefulSet', 'Job'].every((kind) =>
      [...seen.keys()].some((name) => name.startsWith(`create-pod-of-${kind.toLowerCase()}`)),
    ),
  );
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
  await cluster.api('PATCH', deployments, { metadata: { annotations: roleAnnotation('changed') } });
  await cluster.api('PATCH', deployments, { spec: { replicas: 2 } });
  await cluster.api('PATCH', `/api/v1/namespaces/${namespace}/pods/alone`, { metadata: { labels: { a: 'b' } } });
  await cluster.api('DELETE', `/api/v1/namespaces/${namespace}/pods/alone?gracePeriodSeconds=0`);
  await cluster.waitFor('the deletion', () => [...seen.keys()].some((name) => name.startsWith('delete-pod')));
  await mkdir(FOLDER, { recursive: true });
  for (const [name, body] of seen) {
    if (!/(serviceaccount|event|endpoint|controllerrevision|lease)/.test(name))
      await writeFile(join(FOLDER, `${name}.json`), `${body}\n`);
  }
  process.stdout.write(`${[...seen.keys()].sort().join('\n')}\n`);
} finally {
  server.close();
  server.closeAllConnections();
  await cluster.stop();
}

function manifests(): Manifest[] {
  const container = {
    name: 'app',
    image: 'registry.example/app:1',
    command: ['app'],
    args: ['--port=8080'],
    env: [
      { name: 'PASSWORD', value: 'x' },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
    envFrom: [{ configMapRef: { name: 'app' } }],
    ports: [{ containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/', port: 8080 } },
    volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
    securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
  };
  const full = {
    labels: { team: 'shop' },
    annotations: { ...roleAnnotation('pod'), 'cwii.dev/aws-verify': 'true', note: 'a "quoted" note\nof two lines' },
    containers: [container, { name: 'second', image: 'registry.example/second' }],
    initContainers: [
      { name: 'mesh', image: 'registry.example/mesh', restartPolicy: 'Always' },
      { name: 'migrate', image: 'registry.example/migrate' },
    ],
    volumes: [
      { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'config', configMap: { name: 'app', items: [{ key: 'a', path: 'b' }] } },
    ],
    securityContext: { fsGroup: 2000 },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
  };
  const annotations = roleAnnotation('owner');
  return [
    pod(namespace, 'alone'),
    pod(namespace, 'full', full),
    workload('Deployment', namespace, 'web', { annotations, pod: { ...full, annotations: {} } }),
    workload('StatefulSet', namespace, 'db', { annotations }),
    workload('DaemonSet', namespace, 'agent', { annotations }),
    workload('Job', namespace, 'migrate', { annotations }),
    workload('CronJob', namespace, 'nightly', { annotations, jobAnnotations: roleAnnotation('job') }),
    workload('ReplicaSet', namespace, 'bare', { annotations, pod: full }),
  ];
}
