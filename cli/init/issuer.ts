// Which issuer a new cluster has: its own where clouds can use it, else one that cwii publishes.

import { FIRST_DEPLOYMENT_HOST, isPrivateHost, issuerProblem } from '../../cluster-file/issuer-url.ts';
import { clusterSchema } from '../../cluster-file/schema.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { type ClusterChoice, discoveredIssuer } from '../kubectl.ts';
import { say } from '../say.ts';
import type { Answers } from './answers.ts';
import type { NewCluster } from './cluster-entry.ts';

export const hostings = ['cloudfront', 'domain', 'none'] as const;

export interface IssuerOptions extends ClusterChoice {
  readonly issuer?: string;
  readonly issuerHosting?: (typeof hostings)[number];
  readonly certificateArn?: string;
}

type Issuer = Pick<NewCluster, 'issuer' | 'hosting' | 'certificateArn' | 'oldIssuer'>;

export async function askIssuer(
  options: IssuerOptions,
  name: string,
  credential: string,
  answers: Answers,
): Promise<Issuer> {
  const own = options.issuer ?? discoveredIssuer(options);
  const problem = problemForClouds(own);
  if (problem) say(`the cluster's issuer ${problem}`);
  const hosting = options.issuerHosting ?? (problem ? await askHosting(credential, answers) : 'none');
  if (hosting === 'cloudfront') {
    const issuer = `https://${FIRST_DEPLOYMENT_HOST}/${name}`;
    return { issuer, hosting, certificateArn: '', oldIssuer: issuerSoFar(options, own) };
  }
  if (hosting === 'none') {
    const unusable = issuerProblem(own);
    if (unusable)
      throw new CwiiError(
        'issuer-unusable',
        `the issuer ${unusable}; name the one that clouds trust by --issuer, or let cwii publish one by --issuer-hosting`,
      );
    return { issuer: own, hosting, certificateArn: '', oldIssuer: undefined };
  }
  const issuer = await answers.to({
    flag: '--issuer <url>',
    words: `The new issuer on your domain, such as https://oidc.example.com/${name}`,
    given: options.issuer,
    schema: clusterSchema.shape.issuer,
  });
  const certificateArn = await answers.to({
    flag: '--certificate-arn <arn>',
    words: "The ACM certificate (us-east-1) of the issuer's host",
    given: options.certificateArn,
    schema: clusterSchema.shape.issuerHosting.unwrap().shape.certificateArn.unwrap(),
  });
  const oldIssuer = issuerSoFar(options, own);
  return { issuer, hosting: 'domain', certificateArn, oldIssuer: oldIssuer === issuer ? undefined : oldIssuer };
}

/** The cluster's own. A wrong one would cost running pods their access to the API, so none is better than a guess. */
function issuerSoFar(options: IssuerOptions, own: string): string | undefined {
  if (options.issuer === undefined) return own;
  try {
    return discoveredIssuer(options);
  } catch (error) {
    if (!(error instanceof CwiiError)) throw error;
    say(`the cluster cannot be asked which issuer it has; write it into issuerHosting.oldIssuers (${error.message})`);
    return undefined;
  }
}

async function askHosting(credential: string, answers: Answers): Promise<(typeof hostings)[number]> {
  const hosting = await answers.choose(hostings, {
    flag: '--issuer-hosting <kind>',
    words: 'How cwii publishes one',
    given: undefined,
    byDefault: credential === 'none' ? 'none' : 'cloudfront',
  });
  say(consequences[hosting]);
  return hosting;
}

const consequences = {
  cloudfront: "so cwii publishes one on CloudFront's own name, in two deployments (--issuer-hosting chooses otherwise)",
  domain: 'so cwii publishes one on your domain',
  none: 'it stays as it is, which is enough only for Google Cloud with uploaded keys',
} as const;

function problemForClouds(issuer: string): string | undefined {
  const problem = issuerProblem(issuer);
  if (problem) return problem;
  return isPrivateHost(new URL(issuer).hostname) ? `is ${issuer}, which no cloud can reach` : undefined;
}
