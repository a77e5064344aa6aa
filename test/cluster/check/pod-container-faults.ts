// Faults of containers: credentials that SDKs prefer, and identities of their own.

import { serviceAnnotations } from '../../sdk/trust.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from '../manifests.ts';
import type { Fault } from './fault-matrix.ts';
import { apply, namespaceFor, nextSecond } from './pod-faults.ts';

export const containerFaults: readonly Fault[] = [
  {
    fault: 'a container has static keys',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'static-keys');
      const env = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => ({ name, value: 'x' }));
      const containers = [{ name: 'app', image: 'app', env: [...env, { name: 'AWS_REGION', value: 'eu-central-1' }] }];
      await apply(healthy, pod('static-keys', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'static-keys/web'],
    problems: [/^warning pod-findings: .*AWS_ACCESS_KEY_ID/],
  },
  {
    fault: 'a container has an identity of its own',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'own');
      const env = [
        { name: 'AWS_ROLE_ARN', value: roleArn('other') },
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/token' },
        { name: 'AWS_REGION', value: 'eu-central-1' },
      ];
      const containers = [{ name: 'app', image: 'app', env }];
      await apply(healthy, pod('own', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'own/web'],
    problems: [/^warning pod-findings: .*container "?app"?.*AWS_ROLE_ARN|^warning pod-findings: .*AWS_ROLE_ARN.*app/],
  },
  {
    fault: 'a ConfigMap sets static keys with envFrom',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'env-from');
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'env-from', name: 'legacy' },
        data: { ACCESS_KEY_ID: 'a-value-that-is-not-shown', SECRET_ACCESS_KEY: 'x' },
      };
      const containers = [
        {
          name: 'app',
          image: 'app',
          env: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
          envFrom: [{ prefix: 'AWS_', configMapRef: { name: 'legacy' } }],
        },
      ];
      await apply(healthy, configMap, pod('env-from', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'env-from/web'],
    problems: [/^failed pod-env-from: .*AWS_ACCESS_KEY_ID.* \(from ConfigMap env-from\/legacy\)$/],
  },
  {
    fault: 'a Secret sets static keys with envFrom',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'env-secret');
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: 'env-secret', name: 'legacy' },
        stringData: { AWS_ACCESS_KEY_ID: 'a-value-that-is-not-shown', AWS_SECRET_ACCESS_KEY: 'x' },
      };
      const containers = [
        {
          name: 'app',
          image: 'app',
          env: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
          envFrom: [{ secretRef: { name: 'legacy' } }],
        },
      ];
      await apply(healthy, secret, pod('env-secret', 'web', { annotations: roleAnnotation('web'), containers }));
      return undo;
    },
    args: ['pod', 'env-secret/web', '--secrets'],
    problems: [/^failed pod-env-from: .*AWS_ACCESS_KEY_ID.* \(from Secret env-secret\/legacy\)$/],
  },
  {
    fault: 'two at once: static keys, and older than the annotation',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'both');
      const env = [
        { name: 'AWS_ACCESS_KEY_ID', value: 'x' },
        { name: 'AWS_REGION', value: 'eu-central-1' },
      ];
      const containers = [{ name: 'app', image: 'app', env }];
      const web = pod('both', 'web', { containers, serviceAccountName: 'checkout' });
      await apply(healthy, serviceAccount('both', 'checkout'), web);
      await nextSecond();
      await apply(healthy, serviceAccount('both', 'checkout', roleAnnotation('both')));
      return undo;
    },
    args: ['pod', 'both/web'],
    problems: [/^failed pod-identity: .*older than the annotation/, /^warning pod-findings: .*AWS_ACCESS_KEY_ID/],
  },
  {
    fault: 'a container has a key that the SDK of a service prefers',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'service-key');
      const containers = [{ name: 'app', image: 'app', env: [{ name: 'ANTHROPIC_API_KEY', value: 'x' }] }];
      await apply(healthy, pod('service-key', 'web', { annotations: serviceAnnotations.anthropic, containers }));
      return undo;
    },
    args: ['pod', 'service-key/web'],
    problems: [/^warning pod-findings: ANTHROPIC_API_KEY on Pod service-key\/web: container app sets credentials/],
  },
  {
    fault: 'a ConfigMap sets the key of a service with envFrom',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'service-env');
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'service-env', name: 'legacy' },
        data: { HCP_CLIENT_ID: 'a-value-that-is-not-shown' },
      };
      const containers = [{ name: 'app', image: 'app', envFrom: [{ configMapRef: { name: 'legacy' } }] }];
      const web = pod('service-env', 'web', { annotations: serviceAnnotations.hcp, containers });
      await apply(healthy, configMap, web);
      return undo;
    },
    args: ['pod', 'service-env/web'],
    problems: [/^failed pod-env-from: HCP_CLIENT_ID.* \(from ConfigMap service-env\/legacy\)$/],
  },
  {
    fault: 'a container stops at the first of two roles',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'bypass');
      const annotations = {
        ...roleAnnotation('web'),
        'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/shared-data',
        'cwii.dev/aws-region': 'eu-central-1',
      };
      const containers = [{ name: 'app', image: 'app', env: [{ name: 'AWS_ROLE_ARN', value: roleArn('web') }] }];
      await apply(healthy, pod('bypass', 'web', { annotations, containers }));
      return undo;
    },
    args: ['pod', 'bypass/web'],
    problems: [/^warning pod-findings: AWS_ROLE_ARN on Pod bypass\/web: container app sets it, so it has this role/],
  },
  {
    fault: 'a volume of the pod is in the way of the token',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'mount');
      const mountPath = '/var/run/secrets/cwii.dev/aws';
      const env = [{ name: 'AWS_REGION', value: 'eu-central-1' }];
      const containers = [{ name: 'app', image: 'app', env, volumeMounts: [{ name: 'data', mountPath }] }];
      const spec = { serviceAccountName: 'checkout', containers, volumes: [{ name: 'data', emptyDir: {} }] };
      await apply(healthy, serviceAccount('mount', 'checkout'), pod('mount', 'web', spec));
      await apply(healthy, serviceAccount('mount', 'checkout', roleAnnotation('mount')));
      return undo;
    },
    args: ['pod', 'mount/web'],
    problems: [/^failed pod-findings: .*\/var\/run\/secrets\/cwii\.dev\/aws/],
  },
  {
    fault: 'the pod is a copy without the annotations',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'copy');
      const path = '/api/v1/namespaces/copy/pods';
      await apply(healthy, pod('copy', 'web', { annotations: roleAnnotation('copy') }));
      const { spec } = await healthy.cluster.api<{ spec: object }>('GET', `${path}/web`);
      // As kubectl debug --copy-to makes it.
      await healthy.cluster.api('POST', path, { metadata: { name: 'web-copy' }, spec });
      return undo;
    },
    args: ['pod', 'copy/web-copy'],
    problems: [/^warning pod-identity: the pod has an identity that nothing requests any more$/],
  },
];
