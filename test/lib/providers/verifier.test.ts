// Knows where an identity is verified, by which image, what a failure does, and how safe a guest the container is.

import { describe, expect, it } from 'vitest';
import { aws } from '../../../lib/providers/aws.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { roleArn } from '../../fakes/events.ts';
import { outcomeOf, type Planning, planBy } from '../../fakes/planning.ts';

const asking: Record<string, Record<string, string>> = {
  aws: { 'cwii.dev/aws-role-arn': roleArn },
  az: {
    'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555',
    'cwii.dev/az-tenant-id': '11111111-2222-3333-4444-555555555555',
  },
  gcp: {
    'cwii.dev/gcp-inject': 'true',
    'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
  },
};
const base: Record<string, string> = asking['aws'] ?? {};
const verifying = { ...base, 'cwii.dev/aws-verify': 'true' };
const verifierOf = (annotations: Record<string, string>, planning?: Planning) =>
  planBy(aws, annotations, planning).ownContainers[0]?.container;

describe.each(providers)('the verification of $cloud', (provider) => {
  const { id, cloud } = provider;
  const annotations = { ...asking[id], [`cwii.dev/${id}-verify`]: 'true' };
  const own = (more: Record<string, string> = {}) => planBy(provider, { ...annotations, ...more }).ownContainers;

  it('is an init container of the default image that mounts what the identity needs', () => {
    const { mounts, identity } = planBy(provider, annotations);

    expect(own()).toMatchObject([
      { role: 'verifier', container: { name: `cwii-${id}-verify`, command: ['sh', '-c', expect.any(String)] } },
    ]);
    expect(own()[0]?.container.volumeMounts).toEqual(expect.arrayContaining([...mounts]));
    expect(own()[0]?.container.env).toEqual(expect.arrayContaining([...identity]));
  });

  it('only logs a failure, unless it is enforced', () => {
    const logs = own()[0]?.container.command[2];
    const enforces = own({ [`cwii.dev/${id}-verify-enforce`]: 'true' })[0]?.container.command[2];

    expect(logs).toBe(
      `${enforces} || echo "cwii: the ${cloud} identity could not be verified; the pod starts all the same" >&2`,
    );
    expect(enforces).not.toContain('echo');
  });

  it('is a guest that Pod Security "restricted" admits', () => {
    expect(own()[0]?.container).toMatchObject({
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      resources: { requests: { cpu: '10m' }, limits: { cpu: '1' } },
    });
  });

  it('is handed no API token, and has a home of its own that can be written', () => {
    const { container, volumes } = own()[0] ?? {};

    expect(container?.volumeMounts).toContainEqual({
      name: 'cwii-no-api-token',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    });
    expect(container?.volumeMounts.at(-1)).toEqual({ name: `cwii-${id}-verify-scratch`, mountPath: '/tmp' });
    expect(container?.env.at(-1)).toEqual({ name: 'HOME', value: '/tmp' });
    expect(volumes?.map(({ name }) => name)).toEqual(['cwii-no-api-token', `cwii-${id}-verify-scratch`]);
  });

  it('without the identity is not there', () => {
    const outcome = outcomeOf(provider, {
      [`cwii.dev/${id}-verify`]: 'true',
      [`cwii.dev/${id}-verify-enforce`]: 'true',
    });

    expect(outcome).toEqual({ kind: 'not-asked', findings: [] });
  });
});

describe('a verification', () => {
  it.each(['false', ''])('that is %j adds nothing', (verify) => {
    expect(planBy(aws, { ...base, 'cwii.dev/aws-verify': verify }).ownContainers).toEqual([]);
  });

  it.each([{}, { 'cwii.dev/aws-verify': 'false' }])(
    'that is enforced without being asked for is told: %j',
    (verify) => {
      const outcome = outcomeOf(aws, { ...base, ...verify, 'cwii.dev/aws-verify-enforce': 'true' });

      expect(outcome).toMatchObject({
        kind: 'inject',
        plan: { ownContainers: [] },
        findings: [{ code: 'verify-enforce-without-verify', key: 'cwii.dev/aws-verify-enforce' }],
      });
    },
  );

  it('is left out of a Windows pod, and the pod is told', () => {
    expect(outcomeOf(aws, verifying, { pod: { windows: true } })).toMatchObject({
      plan: { ownContainers: [] },
      findings: [{ code: 'verify-on-windows', severity: 'warn', key: 'cwii.dev/aws-verify' }],
    });
  });

  it.each([
    { sharedUid: 1000, uid: 1000 },
    { sharedUid: 0, uid: 65532 },
    { sharedUid: undefined, uid: 65532 },
  ])('runs as $uid in a pod whose shared uid is $sharedUid', ({ sharedUid, uid }) => {
    expect(verifierOf(verifying, { pod: { sharedUid } })).toMatchObject({ securityContext: { runAsUser: uid } });
  });
});

describe('the image of a verification', () => {
  const imaged = (image: string) => ({ ...verifying, 'cwii.dev/aws-verify-image': image });

  it.each([
    'cli',
    'registry.example.com:5000/a/b-c__d:1.2_x',
    `cli@sha256:${'a'.repeat(64)}`,
    `a/b:1@sha256:${'0'.repeat(64)}`,
  ])('is %s as it is written', (image) => {
    expect(verifierOf(imaged(image))?.image).toBe(image);
    expect(outcomeOf(aws, imaged(image)).findings).toEqual([]);
  });

  it.each(['CLI', 'cli:', 'https://registry.example.com/cli', 'a b', 'cli@sha256:1', '-cli'])(
    'that is none, %s, is the default one, with a warning',
    (image) => {
      const env = { CWII_AWS_VERIFY_IMAGE: 'default:1' };

      expect(verifierOf(imaged(image), { env })?.image).toBe('default:1');
      expect(outcomeOf(aws, imaged(image), { env }).findings).toMatchObject([{ code: 'verify-image-invalid' }]);
    },
  );

  it('that is not allowed refuses the pod', () => {
    const env = { CWII_ALLOWED_VERIFY_IMAGES: 'amazon/aws-cli:*' };

    expect(outcomeOf(aws, imaged('evil:1'), { env }).findings).toMatchObject([
      { code: 'not-allowed', severity: 'deny', message: expect.stringContaining('CWII_ALLOWED_VERIFY_IMAGES') },
    ]);
    expect(outcomeOf(aws, imaged('amazon/aws-cli:2'), { env }).findings).toEqual([]);
  });

  it('that is the default needs no permission', () => {
    expect(outcomeOf(aws, verifying, { env: { CWII_ALLOWED_VERIFY_IMAGES: 'x' } }).findings).toEqual([]);
  });
});
