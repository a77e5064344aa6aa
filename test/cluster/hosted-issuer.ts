// A cluster with a hosted issuer: a real API server, the built issuer function, a local S3 and an HTTPS host.

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { decodeProtectedHeader } from 'jose';
import { authenticationConfiguration } from '../../cli/manifests/authentication-configuration.ts';
import type { Answer } from '../../functions/issuer/answer.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { startLocalS3 } from '../../testing/local-s3.ts';
import { startSts } from '../fakes/aws/sts.ts';
import { WebIdentityIssuer } from '../fakes/aws/web-identity-issuer.ts';
import { type Invocation, invokeFunction } from './invoke-function.ts';
import { type IssuerHost, startIssuerHost } from './issuer-host.ts';

export const host = 'oidc.example.com';
export const issuer = `https://${host}/my-cluster`;
/** The issuer function's user in the cluster. */
export const user = 'cwii:issuer';
/** The issuer and audience that a cloud expects in a token. */
export const expected = { issuer, audience: 'sts.amazonaws.com' };

const bucket = 'cwii-issuer';
const region = 'eu-central-1';
const functionAudience = 'cwii:test';
const issuerFunction = {
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-issuer',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cwii-test-issuer',
};
const credentials = { accessKeyId: 'ASIAISSUER', secretAccessKey: 'of the role', sessionToken: 'of the function' };

/** Lets the function read the issuer's documents; tests replace its subject. */
export const discoveryBinding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cwii-issuer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:service-account-issuer-discovery' }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: '${user}' }]
`;

export interface HostedIssuer {
  readonly cluster: ControlPlane;
  /** The issuer's host, as clouds see it. */
  readonly served: IssuerHost;
  /** Runs the function once; `env` overrides its environment. */
  invoke(event?: unknown, env?: Readonly<Record<string, string>>): Promise<Invocation<Answer>>;
  /** A ServiceAccount token for a cloud. */
  token(): Promise<string>;
  /** The keys of the bucket's objects. */
  objects(): Promise<(string | undefined)[]>;
  /** Writes a ServiceAccount token for the API server to a file. @returns its path. */
  tokenFile(): Promise<string>;
  stop(): Promise<void>;
}

export async function startHostedIssuer(): Promise<HostedIssuer> {
  const guardian = createGuardian();
  const authority = await createTestAuthority();
  const functionIssuer = await WebIdentityIssuer.start(await authority.issue());
  const { url } = functionIssuer;
  const { account: _, ...trusted } = issuerFunction;
  const trust = authenticationConfiguration({
    issuer: url,
    audience: functionAudience,
    apiVersion: 'v1beta1',
    functions: [{ username: user, ...trusted }],
  });
  const trustPath = await writePrivateFile(guardian.directory, 'authentication.yaml', JSON.stringify(trust));
  const [sts, s3, cluster] = await Promise.all([
    startSts({ issuer: url, region, functions: [{ ...issuerFunction, credentials }] }),
    startLocalS3(),
    startControlPlane({
      issuer,
      trustedCaPem: authority.certPem,
      apiServerFlags: [`--authentication-config=${trustPath}`],
    }),
  ]);
  await s3.createBucket(bucket);
  const served = await startIssuerHost(s3.client, bucket, host, authority);

  return {
    cluster,
    served,
    invoke: (event = {}, env = {}) =>
      invokeFunction<Answer>('issuer', event, {
        ...s3.env,
        AWS_ENDPOINT_URL_STS: sts.endpoint.url,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        CWII_CLUSTER_NAME: 'test',
        CWII_KUBE_API_URL: cluster.url,
        CWII_KUBE_CA: cluster.caPem,
        CWII_KUBE_CREDENTIAL: `web-identity:${functionAudience}`,
        CWII_ISSUER_URL: issuer,
        CWII_ISSUER_BUCKET: bucket,
        ...env,
      }),
    token: () => cluster.serviceAccountToken('default', 'default', { audiences: [expected.audience] }),
    objects: async () => {
      const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key }) => Key);
    },
    tokenFile: async () => {
      const token = await cluster.serviceAccountToken('default', 'default');
      return writePrivateFile(guardian.directory, 'token', token);
    },
    stop: async () => {
      await served.stop();
      await s3.stop();
      await cluster.stop();
      await sts.endpoint[Symbol.asyncDispose]();
      await functionIssuer[Symbol.asyncDispose]();
      await guardian.release();
    },
  };
}

export function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? '';
}
