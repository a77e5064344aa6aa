// Tests the verify container: when it is added, its image, the effect of a failure, and its restrictions.

import { describe, expect, it } from 'vitest';
import { aws } from '../../../lib/providers/aws.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { type EvaluationOptions, outcomeOf, planBy } from '../../fakes/evaluation.ts';
import { requesting } from '../../fakes/requests.ts';

const base = requesting.aws;
const verifying = { ...base, 'cwii.dev/aws-verify': 'true' };
const verifierOf = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  planBy(aws, annotations, options).ownContainers[0]?.container;

describe.each(providers)('The verify container of $cloud', (provider) => {
  const { id, cloud } = provider;
  const annotations = { ...requesting[id], [`cwii.dev/${id}-verify`]: 'true' };
  const own = (more: Record<string, string> = {}) => planBy(provider, { ...annotations, ...more }).ownContainers;

  it('is an init container with the mounts and variables of the identity', () => {
    const { mounts, identity } = planBy(provider, annotations);

    expect(own()).toMatchObject([
      { role: 'verifier', container: { name: `cwii-${id}-verify`, command: ['sh', '-c', expect.any(String)] } },
    ]);
    expect(own()[0]?.container.volumeMounts).toEqual(expect.arrayContaining([...mounts]));
    expect(own()[0]?.container.env).toEqual(expect.arrayContaining([...identity]));
  });

  it('only logs a failure, unless verification is enforced', () => {
    const logs = own()[0]?.container.command[2];
    const enforces = own({ [`cwii.dev/${id}-verify-enforce`]: 'true' })[0]?.container.command[2];

    expect(logs).toBe(
      `${enforces} || echo "cwii: the ${cloud} identity could not be verified; the pod starts anyway" >&2`,
    );
    expect(enforces).not.toContain('echo');
  });

  it('complies with the Pod Security Standard "restricted"', () => {
    expect(own()[0]?.container).toMatchObject({
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
  });

  it('gets no API token, and has its own writable home directory', () => {
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

  it('is not added without the identity', () => {
    const outcome = outcomeOf(provider, {
      [`cwii.dev/${id}-verify`]: 'true',
      [`cwii.dev/${id}-verify-enforce`]: 'true',
    });

    expect(outcome).toEqual({ kind: 'not-requested', findings: [] });
  });
});

describe('The annotation aws-verify', () => {
  it.each(['false', ''])('adds nothing if it is %j', (verify) => {
    expect(planBy(aws, { ...base, 'cwii.dev/aws-verify': verify }).ownContainers).toEqual([]);
  });

  it.each([
    { verify: {}, codes: ['verify-enforce-without-verify'] },
    { verify: { 'cwii.dev/aws-verify': 'false' }, codes: [] },
  ])('gives the warnings $codes if verification is enforced and $verify is set', ({ verify, codes }) => {
    const annotations = { ...base, ...verify, 'cwii.dev/aws-verify-enforce': 'true' };

    expect(planBy(aws, annotations).ownContainers).toEqual([]);
    expect(outcomeOf(aws, annotations).findings.map(({ code }) => code)).toEqual(codes);
  });

  it('adds nothing to a Windows pod, with a warning', () => {
    const options = { pod: { windows: true } };

    expect(planBy(aws, verifying, options).ownContainers).toEqual([]);
    expect(outcomeOf(aws, verifying, options).findings).toMatchObject([
      { code: 'verify-on-windows', severity: 'warn', key: 'cwii.dev/aws-verify' },
    ]);
  });

  it.each([
    { sharedUid: 1000, uid: 1000 },
    { sharedUid: 0, uid: 65532 },
    { sharedUid: undefined, uid: 65532 },
  ])('adds a container that runs as $uid if the shared uid of the pod is $sharedUid', ({ sharedUid, uid }) => {
    expect(verifierOf(verifying, { pod: { sharedUid } })).toMatchObject({ securityContext: { runAsUser: uid } });
  });
});

describe('The annotation aws-verify-image', () => {
  const imaged = (image: string) => ({ ...verifying, 'cwii.dev/aws-verify-image': image });

  it.each([
    'cli',
    'registry.example.com:5000/a/b-c__d:1.2_x',
    `cli@sha256:${'a'.repeat(64)}`,
    `a/b:1@sha256:${'0'.repeat(64)}`,
  ])('accepts %s', (image) => {
    expect(verifierOf(imaged(image))?.image).toBe(image);
    expect(outcomeOf(aws, imaged(image)).findings).toEqual([]);
  });

  it.each(['CLI', 'a..b', 'cli:', 'https://registry.example.com/cli', 'a b', 'cli@sha256:1', '-cli'])(
    'falls back to the default image with a warning for the invalid value %s',
    (image) => {
      const env = { CWII_AWS_VERIFY_IMAGE: 'default:1' };

      expect(verifierOf(imaged(image), { env })?.image).toBe('default:1');
      expect(outcomeOf(aws, imaged(image), { env }).findings).toMatchObject([{ code: 'verify-image-invalid' }]);
    },
  );

  it('denies an image that is not allowed', () => {
    const env = { CWII_ALLOWED_VERIFY_IMAGES: 'amazon/aws-cli:*' };

    expect(outcomeOf(aws, imaged('evil:1'), { env }).findings).toMatchObject([
      { code: 'not-allowed', severity: 'deny', message: expect.stringContaining('CWII_ALLOWED_VERIFY_IMAGES') },
    ]);
    expect(outcomeOf(aws, imaged('amazon/aws-cli:2'), { env }).findings).toEqual([]);
  });

  it('does not need to allow the default image', () => {
    expect(outcomeOf(aws, verifying, { env: { CWII_ALLOWED_VERIFY_IMAGES: 'x' } }).findings).toEqual([]);
  });
});
