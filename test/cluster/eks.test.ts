// The real aws-iam-authenticator accepts presigned tokens only for its own cluster and mapped role.
//
// STS is a fake under its real host name, which the authenticator reaches through a proxy.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapRoles } from '../../cli/manifests/map-roles.ts';
import { WEBHOOK_USER } from '../../cli/manifests/names.ts';
import { authenticatorBinary } from '../../testing/binary.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { reservePort, retryIfPortTaken } from '../../testing/ports.ts';
import { type Server, startServer } from '../../testing/program.ts';
import { type AssumedRole, CallerIdentity } from '../fakes/aws/caller-identity.ts';
import { applyAccess } from './access.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from './manifests.ts';
import { roleOf } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const region = 'eu-central-1';
const clusterId = 'test.k8s.example.com';
const roleNamed = (role: string): AssumedRole => ({
  account: '123456789012',
  role,
  credentials: {
    accessKeyId: `ASIA${role.length}`,
    secretAccessKey: `secret of ${role}`,
    sessionToken: `session/of+${role}==`,
  },
});
const [webhookRole, otherRole] = [roleNamed('cwii-test-webhook'), roleNamed('another')];

describe('a presigned GetCallerIdentity', () => {
  let guardian: Guardian;
  let sts: CallerIdentity;
  let authenticator: Server<true>;
  let cluster: TestCluster;
  beforeAll(async () => {
    const binary = await authenticatorBinary();
    guardian = createGuardian();
    const authority = await createTestAuthority();
    sts = await CallerIdentity.start(region, await authority.issue([`sts.${region}.amazonaws.com`]), [
      webhookRole,
      otherRole,
    ]);
    const kubeconfig = join(guardian.directory, 'authenticator.kubeconfig');
    const configuration = {
      clusterID: clusterId,
      server: mapRoles([{ username: WEBHOOK_USER, roleArn: `arn:aws:iam::123456789012:role/cwii/${webhookRole.role}` }])
        .object,
    };
    const flags = [
      `--config=${await writePrivateFile(guardian.directory, 'authenticator.yaml', JSON.stringify(configuration))}`,
      `--state-dir=${guardian.directory}`,
      `--generate-kubeconfig=${kubeconfig}`,
    ];
    const env = {
      HTTPS_PROXY: sts.proxy,
      SSL_CERT_FILE: await writePrivateFile(guardian.directory, 'sts-authority.crt', authority.certPem),
      SSL_CERT_DIR: join(guardian.directory, 'no-further-roots'),
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    authenticator = await retryIfPortTaken(async () => {
      const { port, release } = await reservePort();
      await release();
      return startServer({
        name: 'aws-iam-authenticator',
        guardian,
        command: [binary, 'server', ...flags, `--port=${port}`],
        env,
        until: 'aws-iam-authenticator to listen',
        probe: ({ stderr }) => stderr().includes('listening on'),
        graceMs: 1_000,
      });
    });
    cluster = await startTestCluster(['cwii', 'elsewhere', 'unmapped'], {
      apiServerFlags: [`--authentication-token-webhook-config-file=${kubeconfig}`],
    });
    await applyAccess(cluster, 'users');
  });
  afterAll(async () => {
    await cluster?.stop();
    await authenticator?.stop();
    await sts?.[Symbol.asyncDispose]();
    await guardian?.release();
  });

  it('of the mapped role is accepted, and the pod gets the identity of its ServiceAccount', async () => {
    const created = await createPodCalling('cwii', webhookRole);

    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(roleOf(created.stored())).toBe(roleArn('cwii'));
    expect(sts.answered).toContain(200);
    const users = (await cluster.auditEvents()).filter(({ objectRef }) => objectRef?.namespace === 'cwii');
    expect(users.map(({ user }) => user.username)).toContain(WEBHOOK_USER);
  });

  it('for another cluster is rejected', async () => {
    const { code, stderr } = await createPodCalling('elsewhere', webhookRole, 'another.k8s.example.com');

    expect(code).toBe(1);
    expect(stderr).toContain("the API server rejected the function's token (HTTP 401)");
    // It was signed for another x-k8s-aws-id than the authenticator sends.
    expect(sts.answered.at(-1)).toBe(403);
  });

  it('of a role that is not mapped is rejected', async () => {
    const { code, stderr } = await createPodCalling('unmapped', otherRole);

    expect(code).toBe(1);
    expect(stderr).toContain("the API server rejected the function's token (HTTP 401)");
    expect(sts.answered.at(-1)).toBe(200);
  });

  async function createPodCalling(name: string, { credentials }: AssumedRole, id = clusterId) {
    await cluster.addNamespace(name, { calledBy: [name] });
    await cluster.create(serviceAccount(name, 'my-app', roleAnnotation(name)));
    await cluster.addWebhook(name, {
      CWII_KUBE_CREDENTIAL: `eks:${id}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    });
    return cluster.kubectlCreate(pod(name, 'app', { serviceAccountName: 'my-app' }));
  }
});
