// Knows what AWS's own SDK makes of a patched pod, and what STS says to it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from './aws-endpoint.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from './federated-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';
import { asksAws, namespace, roleArn, serviceAccount } from './trust.ts';

const inFrankfurt = { ...asksAws, 'cwii.dev/aws-region': 'eu-central-1' };

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("AWS's SDK in a patched pod", { concurrent: true, timeout: 30_000 }, () => {
  test.each(['aws token file', 'aws default chain'] as const)('assumes the role by its %s', async (way) => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': 'web-shop' });

    const { said, asked } = await pod.ask([way]);

    expect(said[way].gave).toMatchObject({ sessionToken: sessionOf(roleArn, 'web-shop'), accountId: '123456789012' });
    expect(asked.aws).toHaveLength(1);
  });

  test('asks STS in the region of the annotation', async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { asked } = await pod.ask(['aws token file']);
    expect(asked.aws.map(({ host }) => host)).toEqual(['sts.eu-central-1.amazonaws.com']);
  });

  test('asks STS in us-east-1 where nobody sets a region', async () => {
    const pod = await cluster.admit(asksAws);
    const { said, asked } = await pod.ask(['aws token file']);
    expect(said['aws token file'].gave).toHaveProperty('sessionToken');
    expect(asked.aws.map(({ host }) => host)).toEqual(['sts.us-east-1.amazonaws.com']);
  });

  test('names the session after the pod, where the annotation asks for that', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.name)' });
    const { said } = await pod.ask(['aws token file']);
    expect(said['aws token file'].gave).toMatchObject({ sessionToken: sessionOf(roleArn, 'web') });
  });

  test('names the session after the uid of the pod, where the annotation asks for that', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.uid)' });
    const { said } = await pod.ask(['aws token file']);
    expect(said['aws token file'].gave).toMatchObject({ sessionToken: sessionOf(roleArn, pod.stored.metadata.uid) });
  });

  test('asks for a role with a dollar sign in its path as the annotation has it', async () => {
    const role = 'arn:aws:iam::123456789012:role/$(AWS_REGION)$$/web';
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-role-arn': role });
    const { asked } = await pod.ask(['aws token file']);
    expect(asked.aws[0]?.form).toMatchObject({ RoleArn: role });
  });

  test('assumes the role that the ServiceAccount asks for', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: serviceAccount } };
    const annotated = { ...account, metadata: { ...account.metadata, annotations: inFrankfurt } };
    const pod = await cluster.admit({}, undefined, [annotated]);
    const { said } = await pod.ask(['aws default chain']);
    expect(said['aws default chain'].gave).toHaveProperty(
      'sessionToken',
      expect.stringContaining(':assumed-role/web/'),
    );
  });
});

describe('STS refuses', { concurrent: true, timeout: 30_000 }, () => {
  test("a token of an audience that is not among the provider's", async () => {
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-audience': 'sts.example.com' });
    const { said } = await pod.ask(['aws token file', 'aws default chain']);
    const failed = { name: 'InvalidIdentityTokenException', message: 'Incorrect token audience' };
    expect(said).toEqual({ 'aws token file': { failed }, 'aws default chain': { failed } });
  });

  test('a ServiceAccount that the trust policy does not name', async () => {
    const pod = await cluster.admit(inFrankfurt, ({ spec }) => {
      spec.serviceAccountName = 'stranger';
    });
    const { said } = await pod.ask(['aws token file', 'aws default chain']);
    const failed = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
    expect(said).toEqual({ 'aws token file': { failed }, 'aws default chain': { failed } });
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { said } = await pod.ask(['aws token file', 'aws default chain'], { tokenAge: 7200 });
    const failed = { name: 'ExpiredTokenException', message: expect.stringMatching(/^Token expired: /) };
    expect(said).toEqual({ 'aws token file': { failed }, 'aws default chain': { failed } });
  });

  test('a session that is named after a pod with too long a name, and the answer warned of it', async () => {
    const afterPod = { ...inFrankfurt, 'cwii.dev/aws-role-session-name': '$(pod.name)' };
    const pod = await cluster.admit(afterPod, ({ metadata }) => {
      metadata.name = 'w'.repeat(65);
    });
    const { said } = await pod.ask(['aws token file']);
    expect(pod.warnings).toEqual([expect.stringContaining('can exceed the 64 characters of a session name')]);
    expect(said['aws token file'].failed).toMatchObject({ message: expect.stringContaining("at 'roleSessionName'") });
  });

  test("a token that another cluster has signed with this one's issuer in it", async () => {
    const pod = await cluster.admit(inFrankfurt);
    const { said } = await pod.ask(['aws token file'], { signer: await createTokenIssuer(issuerUrl) });
    expect(said['aws token file'].failed).toMatchObject({ message: expect.stringContaining('verification key') });
  });
});

describe('a container of the patched pod', { concurrent: true, timeout: 30_000 }, () => {
  const staticKeys = [
    { name: 'AWS_ACCESS_KEY_ID', value: 'AKIAIOSFODNN7EXAMPLE' },
    { name: 'AWS_SECRET_ACCESS_KEY', value: 'secret-of-the-keys' },
  ];

  test('with static keys really uses them, and the answer warned of it', async () => {
    const pod = await cluster.admit(inFrankfurt, ({ spec }) => {
      spec.containers = [{ name: 'app', image: 'web:1', env: staticKeys }];
    });

    const { said, asked } = await pod.ask(['aws default chain']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets static keys, which the SDKs prefer')]);
    expect(said['aws default chain'].gave).toMatchObject({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' });
    expect(asked.aws).toEqual([]);
  });

  test('that has an identity of its own keeps it, and the answer warned of it', async () => {
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

    const { said } = await pod.ask(['aws default chain']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets it, so it keeps its own identity')]);
    expect(pod.stored.spec.containers[0]?.env).toHaveLength(3);
    expect(pod.stored.spec.volumes).toMatchObject([{ name: 'own' }]);
    expect(said['aws default chain'].gave).toMatchObject({ sessionToken: sessionOf(roleArn, 'own') });
  });
});
