// AWS's SDK in a patched pod, and the answers of STS.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from './aws-endpoint.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from './federated-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';
import {
  awsAnnotations,
  awsInFrankfurt as inFrankfurt,
  namespace,
  roleArn,
  serviceAccount,
  targetRole,
} from './trust.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("AWS's SDK in a patched pod", { concurrent: true }, () => {
  test.each(['aws token file', 'aws default chain'] as const)('assumes the role with its %s', async (way) => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': 'web-shop' });

    const { results, requests } = await pod.runSdks([way]);

    expect(results[way].credentials).toMatchObject({
      sessionToken: sessionOf(roleArn, 'web-shop'),
      accountId: '123456789012',
    });
    expect(requests.aws).toHaveLength(1);
  });

  test('calls STS in the region of the annotation', async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { requests } = await pod.runSdks(['aws token file']);
    expect(requests.aws.map(({ host }) => host)).toEqual(['sts.eu-central-1.amazonaws.com']);
  });

  test('calls STS in us-east-1 if no region is set', async () => {
    const pod = await cluster.admit(awsAnnotations);
    const { results, requests } = await pod.runSdks(['aws token file']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app without a region')]);
    expect(results['aws token file'].credentials).toHaveProperty('sessionToken');
    expect(requests.aws.map(({ host }) => host)).toEqual(['sts.us-east-1.amazonaws.com']);
  });

  test('calls STS in the region of AWS_DEFAULT_REGION, which it does not read, if the container sets only that', async () => {
    const pod = await cluster.admit(awsAnnotations, ({ spec }) => {
      spec.containers = [{ name: 'app', env: [{ name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' }] }];
    });
    const { requests } = await pod.runSdks(['aws default chain']);

    expect(pod.warnings).toEqual([]);
    expect(requests.aws.map(({ host }) => host)).toEqual(['sts.eu-central-1.amazonaws.com']);
  });

  test('names the session after the pod if the annotation asks for it', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.name)' });
    const { results } = await pod.runSdks(['aws token file']);
    expect(results['aws token file'].credentials).toMatchObject({ sessionToken: sessionOf(roleArn, 'web') });
  });

  test('names the session after the uid of the pod if the annotation asks for it', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.uid)' });
    const { results } = await pod.runSdks(['aws token file']);

    expect(results['aws token file'].credentials).toMatchObject({
      sessionToken: sessionOf(roleArn, pod.stored.metadata.uid),
    });
  });

  test('asks for exactly the role of the annotation, with a dollar sign in its path too', async () => {
    const role = 'arn:aws:iam::123456789012:role/$(AWS_REGION)$$/web';
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-arn': role });
    const { requests } = await pod.runSdks(['aws token file']);

    expect(requests.aws[0]?.form).toMatchObject({ RoleArn: role });
  });

  test('assumes the role that the ServiceAccount asks for', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: serviceAccount } };
    const annotated = { ...account, metadata: { ...account.metadata, annotations: inFrankfurt } };
    const pod = await cluster.admit({}, undefined, [annotated]);
    const { results } = await pod.runSdks(['aws default chain']);

    expect(results['aws default chain'].credentials).toHaveProperty(
      'sessionToken',
      expect.stringContaining(':assumed-role/web/'),
    );
  });
});

describe('a second role in another account', { concurrent: true }, () => {
  const second = { ...inFrankfurt, ...targetRole, 'cwii.dev/aws-role-session-name': 'web-shop' };

  test('is assumed with the session of the first one, through the config file', async () => {
    const pod = await cluster.admit(second);
    const { results, requests } = await pod.runSdks(['aws default chain']);

    expect(results['aws default chain'].credentials).toMatchObject({
      sessionToken: sessionOf(targetRole['cwii.dev/aws-target-role-arn'], 'web-shop'),
    });
    expect(requests.aws.map(({ host, form }) => [host, form['Action'], form['RoleArn']])).toEqual([
      ['sts.eu-central-1.amazonaws.com', 'AssumeRoleWithWebIdentity', roleArn],
      ['sts.eu-central-1.amazonaws.com', 'AssumeRole', targetRole['cwii.dev/aws-target-role-arn']],
    ]);
  });

  test('is refused with another external ID, and the program gets no session of the first role', async () => {
    const pod = await cluster.admit({ ...second, 'cwii.dev/aws-external-id': 'another-cluster' });
    const { results } = await pod.runSdks(['aws default chain']);

    expect(results['aws default chain']).toEqual({
      error: { name: 'AccessDenied', message: expect.stringContaining('is not authorized to perform: sts:AssumeRole') },
    });
  });
});

describe('STS refuses', { concurrent: true }, () => {
  test('a token with an audience that the provider does not list', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-audience': 'sts.example.com' });
    const { results } = await pod.runSdks(['aws token file', 'aws default chain']);
    const error = { name: 'InvalidIdentityTokenException', message: 'Incorrect token audience' };

    expect(results).toEqual({ 'aws token file': { error }, 'aws default chain': { error } });
  });

  test('a ServiceAccount that the trust policy does not name', async () => {
    const pod = await cluster.admit(inFrankfurt, ({ spec }) => {
      spec.serviceAccountName = 'stranger';
    });
    const { results } = await pod.runSdks(['aws token file', 'aws default chain']);
    const error = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };

    expect(results).toEqual({ 'aws token file': { error }, 'aws default chain': { error } });
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { results } = await pod.runSdks(['aws token file', 'aws default chain'], { tokenAge: 7200 });
    const error = { name: 'ExpiredTokenException', message: expect.stringMatching(/^Token expired: /) };

    expect(results).toEqual({ 'aws token file': { error }, 'aws default chain': { error } });
  });

  test('a session named after a pod with a long name, and the webhook warned about it', async () => {
    const afterPod = { ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.name)' };
    const pod = await cluster.admit(afterPod, ({ metadata }) => {
      metadata.name = 'w'.repeat(65);
    });
    const { results } = await pod.runSdks(['aws token file']);

    expect(pod.warnings).toEqual([expect.stringContaining('can exceed the 64 characters of a session name')]);
    expect(results['aws token file'].error).toMatchObject({ message: expect.stringContaining("at 'roleSessionName'") });
  });

  test('a token of this issuer that another cluster signed', async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { results } = await pod.runSdks(['aws token file'], { signer: await createTokenIssuer(issuerUrl) });
    expect(results['aws token file'].error).toMatchObject({ message: expect.stringContaining('verification key') });
  });
});

describe('a container of the patched pod', { concurrent: true }, () => {
  const staticKeys = [
    { name: 'AWS_ACCESS_KEY_ID', value: 'AKIAIOSFODNN7EXAMPLE' },
    { name: 'AWS_SECRET_ACCESS_KEY', value: 'secret-of-the-keys' },
  ];

  test('with static keys uses those, and the webhook warned about it', async () => {
    const pod = await cluster.admit(inFrankfurt, ({ spec }) => {
      spec.containers = [{ name: 'app', image: 'web:1', env: staticKeys }];
    });

    const { results, requests } = await pod.runSdks(['aws default chain']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets static keys, which the SDKs prefer')]);
    expect(results['aws default chain'].credentials).toMatchObject({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' });
    expect(requests.aws).toEqual([]);
  });

  test('with its own identity keeps that, and the webhook warned about it', async () => {
    const source = { serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } };
    const elsewhere = { ...inFrankfurt, 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/elsewhere' };
    const pod = await cluster.admit(elsewhere, ({ spec }, root) => {
      const env = [
        { name: 'AWS_ROLE_ARN', value: roleArn },
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${root}/own/token` },
        { name: 'AWS_ROLE_SESSION_NAME', value: 'own' },
      ];
      spec.volumes = [{ name: 'own', projected: { sources: [source] } }];
      spec.containers = [{ name: 'app', env, volumeMounts: [{ name: 'own', mountPath: `${root}/own` }] }];
    });

    const { results } = await pod.runSdks(['aws default chain']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets it, so it keeps its own identity')]);
    expect(pod.stored.spec.containers[0]?.env?.slice(3)).toEqual([{ name: 'AWS_REGION', value: 'eu-central-1' }]);
    expect(pod.stored.spec.volumes).toMatchObject([{ name: 'own' }]);
    expect(results['aws default chain'].credentials).toMatchObject({ sessionToken: sessionOf(roleArn, 'own') });
  });
});
