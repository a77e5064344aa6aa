// Calls AWS STS: the endpoint of a region, requests without credentials or signed with those of a session.

import type { AwsCredentials } from '../../../lib/cluster/credentials/sdk/signed-request.ts';
import type { AwsIdentity } from '../../trust/identities.ts';
import { partsOf } from '../../trust/role-arn.ts';
import type { Outcome } from '../check.ts';
import type { WebAnswer } from '../web-client.ts';
import type { Exchange } from './each-identity.ts';
import { exchanges, quote, undecided } from './exchange.ts';

/** The region whose STS answers for the others of its partition, and the suffix of its hosts. */
const partitions: Readonly<Record<string, readonly [region: string | undefined, suffix: string]>> = {
  aws: [undefined, 'amazonaws.com'],
  'aws-cn': ['cn-north-1', 'amazonaws.com.cn'],
  'aws-us-gov': ['us-gov-west-1', 'amazonaws.com'],
  'aws-iso': ['us-iso-east-1', 'c2s.ic.gov'],
  'aws-iso-b': ['us-isob-east-1', 'sc2s.sgov.gov'],
  'aws-iso-e': ['eu-isoe-west-1', 'cloud.adc-e.uk'],
  'aws-iso-f': ['us-isof-south-1', 'csp.hci.ic.gov'],
  'aws-eusc': ['eusc-de-east-1', 'amazonaws.eu'],
};

/** The region of signatures for the endpoint without a region. */
const GLOBAL_REGION = 'us-east-1';

export type AwsExchange = Exchange<AwsIdentity>;

export interface StsRefusal {
  readonly code: string;
  readonly message: string;
  readonly answer: WebAnswer;
}

/** A session, a refusal with its reason, or the outcome without an answer of STS. */
export type StsResult =
  | { readonly session: { readonly arn: string; readonly credentials: AwsCredentials } }
  | { readonly refusal: StsRefusal; readonly session?: undefined }
  | { readonly outcome: Outcome; readonly session?: undefined; readonly refusal?: undefined };

/** @param credentials of the session that calls; undefined for a call with a web identity. */
export async function assumeAtSts(
  { context, identity, subject, signal }: AwsExchange,
  fields: Readonly<Record<string, string>>,
  credentials?: AwsCredentials,
): Promise<StsResult> {
  const { partition } = partsOf(identity.roleArn);
  const [ownRegion, suffix = 'amazonaws.com'] = partitions[partition] ?? [];
  const region = identity.region ?? ownRegion;
  const host = region === undefined ? `sts.${suffix}` : `sts.${region}.${suffix}`;
  const common = { Version: '2011-06-15', RoleSessionName: 'cwii-check', DurationSeconds: '900' };
  const body = new URLSearchParams({ ...common, ...fields }).toString();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const headers = credentials ? await sign(host, region ?? GLOBAL_REGION, form, body, credentials) : form;
  const sent = await (await context.fact(exchanges)).send(
    new URL(`https://${host}/`),
    { method: 'POST', headers, body, signal },
    subject,
  );
  if (!sent.answer) return sent;
  const { answer } = sent;
  const text = (name: string) => element(answer.text, name);
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(text);
  if (answer.status === 200 && accessKeyId && secretAccessKey && sessionToken)
    return { session: { arn: text('Arn') ?? '', credentials: { accessKeyId, secretAccessKey, sessionToken } } };
  const code = text('Code');
  if (code === undefined) return { outcome: undecided(answer, host, subject) };
  return { refusal: { code, message: quote(text('Message') ?? ''), answer } };
}

async function sign(
  host: string,
  region: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  credentials: AwsCredentials,
): Promise<Readonly<Record<string, string>>> {
  const request = { method: 'POST', protocol: 'https:', hostname: host, path: '/', query: {}, body };
  // Only a target role needs the signer.
  const { signerFor } = await import('../../../lib/cluster/credentials/sdk/signed-request.ts');
  const signer = signerFor({ service: 'sts', region }, credentials);
  return (await signer.sign({ ...request, headers: { ...headers, host } })).headers;
}

function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll('&apos;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
