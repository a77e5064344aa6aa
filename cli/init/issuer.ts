// Chooses the issuer of a new cluster: its current one if clouds can use it, otherwise a new one.

import { FIRST_DEPLOYMENT_HOST, isPrivateHost, issuerProblem } from '../../cluster-file/issuer-url.ts';
import { clusterSchema } from '../../cluster-file/schema.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { type ClusterChoice, discoverIssuer } from '../kubectl/kubectl.ts';
import { note, warn } from '../report.ts';
import type { Answers } from './answers.ts';
import type { NewCluster } from './cluster-entry.ts';

export const hostings = ['cloudfront', 'domain', 'none'] as const;

export interface IssuerOptions extends ClusterChoice {
  readonly issuer?: string;
  readonly issuerHosting?: (typeof hostings)[number];
  readonly certificateArn?: string;
}

type Issuer = Pick<NewCluster, 'issuer' | 'hosting' | 'certificateArn' | 'oldIssuer'>;

/** @param current the issuer of `--issuer`, or the cluster's own. */
export async function chooseIssuer(
  options: IssuerOptions,
  { name, current }: { readonly name: string; readonly current: string },
  credential: string,
  answers: Answers,
): Promise<Issuer> {
  const problem = problemForClouds(current);
  if (problem) warn('issuer-unreachable', `the cluster's issuer ${problem}`);
  const hosting = options.issuerHosting ?? (problem ? await askHosting(credential, answers) : 'none');
  if (hosting === 'cloudfront') {
    const issuer = `https://${FIRST_DEPLOYMENT_HOST}/${name}`;
    return { issuer, hosting, certificateArn: '', oldIssuer: currentIssuer(options, current) };
  }
  if (hosting === 'none') {
    const invalid = issuerProblem(current);
    if (invalid)
      throw new CwiiError(
        'issuer-unusable',
        `the issuer ${invalid}; name the issuer that clouds trust with --issuer, or let cwii publish one with --issuer-hosting`,
      );
    return { issuer: current, hosting, certificateArn: '', oldIssuer: undefined };
  }
  const issuer = await answers.ask({
    option: '--issuer <url>',
    prompt: `The new issuer on your domain, such as https://oidc.example.com/${name}`,
    value: options.issuer,
    schema: clusterSchema.shape.issuer,
  });
  const certificateArn = await answers.ask({
    option: '--certificate-arn <arn>',
    prompt: "The ACM certificate (us-east-1) for the issuer's host",
    value: options.certificateArn,
    schema: clusterSchema.shape.issuerHosting.unwrap().shape.certificateArn.unwrap(),
  });
  const oldIssuer = currentIssuer(options, current);
  return { issuer, hosting: 'domain', certificateArn, oldIssuer: oldIssuer === issuer ? undefined : oldIssuer };
}

/**
 * The issuer that the cluster has today. With a wrong one the API server would reject the tokens of running
 * pods, so it is never guessed.
 */
function currentIssuer(options: IssuerOptions, current: string): string | undefined {
  if (options.issuer === undefined) return current;
  try {
    return discoverIssuer(options);
  } catch (error) {
    if (!(error instanceof CwiiError)) throw error;
    warn(
      'old-issuer-unknown',
      `the cluster's current issuer is unknown (${error.message}); write it into issuerHosting.oldIssuers`,
    );
    return undefined;
  }
}

async function askHosting(credential: string, answers: Answers): Promise<(typeof hostings)[number]> {
  const hosting = await answers.choose(hostings, {
    option: '--issuer-hosting <kind>',
    prompt: 'How cwii publishes a new issuer',
    value: undefined,
    byDefault: credential === 'none' ? 'none' : 'cloudfront',
  });
  note(hostingNotes[hosting]);
  return hosting;
}

const hostingNotes = {
  cloudfront:
    "cwii will publish a new issuer on CloudFront's own name, which takes two deployments (for other ways, see --issuer-hosting)",
  domain: 'cwii will publish a new issuer on your domain',
  none: 'the issuer stays unchanged, which works only for Google Cloud with uploaded keys',
} as const;

function problemForClouds(issuer: string): string | undefined {
  const problem = issuerProblem(issuer);
  if (problem) return problem;
  return isPrivateHost(new URL(issuer).hostname) ? `is ${issuer}, which no cloud can reach` : undefined;
}
