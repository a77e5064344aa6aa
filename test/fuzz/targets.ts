// The functions that the fuzzer sends events to: the built bundle, and the handler with a fake cluster.

import { existsSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { createHandler } from '../../functions/webhook/handler.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { callerToken, digestOf, pathKey } from '../fakes/secrets.ts';
import { GeneratedCluster } from './generated-cluster.ts';

type Handler = (event: LambdaFunctionURLEvent, context: object) => Promise<unknown>;

export interface Target {
  readonly name: string;
  readonly handler: Handler;
  readonly cluster?: GeneratedCluster;
  /** Whether it has annotations in its settings instead of a cluster. */
  readonly readsSettings?: boolean;
  /** Whether it accepts the path key instead of the token. */
  readonly takesPathKey: boolean;
}

/** The result of one event. */
export interface Outcome {
  readonly result: unknown;
  readonly thrown?: unknown;
  readonly log: readonly string[];
  readonly milliseconds: number;
}

const token = { CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex'), CWII_CLUSTER_NAME: 'fuzz' };
const key = { CWII_PATH_KEY_SHA256: digestOf(pathKey).toString('hex') };

/** Nearly all settings that affect pods. */
const guarded = {
  CWII_NATIVE_ANNOTATIONS: 'true',
  CWII_AWS_DEFAULT_REGION: 'eu-central-1',
  CWII_AWS_SET_DEFAULT_REGION: 'true',
  CWII_AZ_DEFAULT_TENANT_ID: '66666666-7777-8888-9999-000000000000',
  CWII_GCP_DEFAULT_AUDIENCE: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
  CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout,v1/pods=Pod',
  CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/*,arn:aws:iam::*:role/${namespace}/*',
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: '*@my-project.iam.gserviceaccount.com',
  CWII_ALLOWED_AUDIENCES: 'sts.amazonaws.com,//iam.googleapis.com/*',
  CWII_ALLOWED_VERIFY_IMAGES: 'amazon/aws-cli:*',
  CWII_ALLOWED_AWS_REGIONS: 'eu-*,us-*',
  CWII_ALLOWED_GCP_PROJECTS: 'my-*',
};

const fixedAnnotations = JSON.stringify([
  {
    namespace: 'shop',
    serviceAccount: '*',
    annotations: { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/s' },
  },
  { namespace: 'default', annotations: { 'cwii.dev/gcp-inject': 'true', 'cwii.dev/aws-region': 'us-east-1' } },
]);

export async function createTargets(): Promise<readonly Target[]> {
  const withCluster = (name: string, env: Record<string, string>): Target => {
    const cluster = new GeneratedCluster();
    const handler = createHandler({ config: parseConfig({ ...token, ...key, ...env }), reader: cluster });
    return { name, handler: handler as Handler, cluster, takesPathKey: true };
  };
  return [
    { name: 'bundle', handler: await bundle('plain', token), takesPathKey: false },
    {
      name: 'bundle with annotations in its settings',
      handler: await bundle('static', { ...token, ...key, ...guarded, CWII_STATIC_ANNOTATIONS: fixedAnnotations }),
      takesPathKey: true,
      readsSettings: true,
    },
    withCluster('cluster', {}),
    withCluster('cluster, strict', { ...guarded, CWII_ON_INVALID: 'deny', CWII_ON_READ_FAILURE: 'deny' }),
  ];
}

/** The built function, which reads its configuration on import. */
async function bundle(name: string, env: Readonly<Record<string, string>>): Promise<Handler> {
  const url = new URL('../../dist/webhook/index.mjs', import.meta.url);
  if (!existsSync(url)) throw new Error('the function is not built; run `npm run bundle` first');
  Object.assign(process.env, env);
  try {
    return (await import(`${url}?${name}`)).handler;
  } finally {
    for (const variable of Object.keys(env)) delete process.env[variable];
  }
}

/**
 * Sends an event and captures the result and standard output, to which only the function may write.
 */
export async function send({ handler }: Target, event: LambdaFunctionURLEvent): Promise<Outcome> {
  const log: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string) => log.push(text) > 0) as typeof write;
  const began = performance.now();
  try {
    const result = await handler(event, {});
    return { result, log, milliseconds: performance.now() - began };
  } catch (thrown) {
    return { result: undefined, thrown, log, milliseconds: performance.now() - began };
  } finally {
    process.stdout.write = write;
  }
}
