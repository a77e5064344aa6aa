// What no single key of cwii.yaml shows: keys that contradict each other, within a cluster and between clusters.

import { isApiServerAudience } from '../lib/settings/guard-rails.ts';
import { type Cluster, defaultAwsAudience } from './defaults.ts';
import { FIRST_DEPLOYMENT_HOST, isPrivateHost } from './issuer-url.ts';
import { pascalCase } from './pascal-case.ts';
import type { Path, Problem } from './problems.ts';

/** @returns problems with paths below the cluster. */
export function checkCluster(cluster: Cluster): Problem[] {
  const problems: Problem[] = [];
  const add = (path: Path, message: string) => problems.push({ path, message });
  checkCredential(cluster, add);
  checkIssuer(cluster, add);
  checkAudiences(cluster, add);
  checkRoles(cluster, add);
  const { tokenSha256, pathKeySha256 } = cluster.callers;
  if (tokenSha256.length + pathKeySha256.length === 0)
    add(
      ['callers', 'tokenSha256'],
      'has no digest, so that nobody could call; `cwii caller-token` makes a token and its digest',
    );
  checkNetwork(cluster, add);
  checkAlarms(cluster, add);
  return problems;
}

type Add = (path: Path, message: string) => void;

function checkNetwork({ api: { vpc } }: Cluster, add: Add): void {
  if (!vpc) return;
  if (vpc.availabilityZones.length > vpc.subnetIds.length)
    add(['api', 'vpc', 'availabilityZones'], 'has more entries than subnetIds; write the zone of each subnet');
  for (const key of ['subnetIds', 'securityGroupIds'] as const) {
    for (const [index, id] of vpc[key].entries())
      if (vpc[key].indexOf(id) < index) add(['api', 'vpc', key, index], `is ${id}, which is there already; remove it`);
  }
}

/** CloudWatch's alarms reach topics of their own region only. */
function checkAlarms({ alarms, region }: Cluster, add: Add): void {
  const [, , , topicRegion] = alarms?.topicArn?.split(':') ?? [];
  if (region !== undefined && topicRegion !== undefined && topicRegion !== region)
    add(['alarms', 'topicArn'], `is in ${topicRegion}, but the alarms are in ${region}; write a topic of that region`);
}

function checkCredential({ credential, issuer, issuerHosting, api }: Cluster, add: Add): void {
  if (credential.webIdentity?.issuer === issuer) {
    add(
      ['credential', 'webIdentity', 'issuer'],
      "is the cluster's own issuer; write that of the AWS account: aws iam get-outbound-web-identity-federation-info",
    );
  }
  if (credential.none && issuerHosting)
    add(
      ['credential', 'none'],
      'goes not with issuerHosting, whose function reads the keys from the cluster; write webIdentity, secret or eks',
    );
  if (credential.none && api.vpc)
    add(['api', 'vpc'], 'has no use with credential none: nothing is read from the cluster');
}

function checkIssuer({ issuer, api, issuerHosting, identityProvider, workloadRoles }: Cluster, add: Add): void {
  const { hostname } = new URL(issuer);
  if ((issuerHosting || identityProvider) && isPrivateHost(hostname)) {
    const who = issuerHosting ? 'issuerHosting' : workloadRoles.length > 0 ? 'workloadRoles' : 'identityProvider';
    add(
      ['issuer'],
      `is ${issuer}, which AWS cannot reach, but ${who} needs it to; write the public issuer${issuerHosting ? ` (on CloudFront's own name at first https://${FIRST_DEPLOYMENT_HOST}/NAME)` : ', which issuerHosting can publish'}`,
    );
    return;
  }
  if (!issuerHosting) return;
  const { certificateArn, hostedZone } = issuerHosting;
  const onCloudFront = hostname.endsWith('.cloudfront.net');
  if (!certificateArn && !onCloudFront) {
    add(
      ['issuerHosting'],
      `has no certificateArn, so that CloudFront serves only its own name, and not ${hostname}. With a domain of your own set certificateArn. Without one deploy twice: first with issuer: https://${FIRST_DEPLOYMENT_HOST}/NAME, then with the name that the stack's output IssuerDistributionDomain tells in its place`,
    );
  }
  if (certificateArn && onCloudFront)
    add(
      ['issuerHosting', 'certificateArn'],
      `has no use for ${hostname}, which is CloudFront's own name; remove it, or write an issuer on your domain`,
    );
  if (hostedZone && !certificateArn)
    add(
      ['issuerHosting', 'hostedZone'],
      'needs certificateArn: CloudFront serves a name of yours only with its certificate',
    );
  if (hostedZone && hostname !== hostedZone.name && !hostname.endsWith(`.${hostedZone.name}`))
    add(
      ['issuerHosting', 'hostedZone', 'name'],
      `is ${hostedZone.name}, but the issuer's host ${hostname} is not in that zone`,
    );
  if (new URL(api.url).hostname === hostname)
    add(
      ['issuer'],
      `has the API server's own host ${hostname}, but issuerHosting publishes it elsewhere; give the issuer a name of its own`,
    );
}

function checkAudiences(cluster: Cluster, add: Add): void {
  const { providers, settings, api, identityProvider } = cluster;
  const own = [...settings.apiAudiences, api.url];
  for (const cloud of ['aws', 'azure'] as const) {
    const audience = providers[cloud].defaultAudience;
    if (audience !== undefined && isApiServerAudience(audience, own))
      add(
        ['providers', cloud, 'defaultAudience'],
        "is the API server's own audience; a cloud that got such a token could use the cluster",
      );
  }
  for (const [index, audience] of identityProvider?.audiences.entries() ?? []) {
    if (isApiServerAudience(audience, own))
      add(
        ['identityProvider', 'audiences', index],
        "is the API server's own audience; AWS would accept every token of the cluster",
      );
  }
  const audience = defaultAwsAudience(cluster);
  if (identityProvider && (providers.aws.enabled ?? true) && !identityProvider.audiences.includes(audience))
    add(
      ['identityProvider', 'audiences'],
      `lacks "${audience}", which is what pods' tokens have (providers.aws.defaultAudience); add it`,
    );
}

/** Two names of IAM's may become one of CloudFormation's, which has no punctuation. */
function checkRoles({ workloadRoles }: Cluster, add: Add): void {
  for (const [index, { name }] of workloadRoles.entries()) {
    const first = workloadRoles.findIndex((other) => pascalCase(other.name) === pascalCase(name));
    if (first < index && workloadRoles[first]?.name !== name)
      add(
        ['workloadRoles', index, 'name'],
        `is "${name}", which differs from "${workloadRoles[first]?.name}" by no letter or digit, and the stack's outputs have only those; choose another name`,
      );
  }
}

interface Named {
  readonly value: unknown;
  readonly path: Path;
}

/** What two clusters must not share. Told at the second one. */
export function checkBetweenClusters(
  clusters: readonly { readonly index: number; readonly cluster: Cluster }[],
): Problem[] {
  const all = (read: (cluster: Cluster, path: Path) => Named[]) =>
    clusters.flatMap(({ cluster, index }) => read(cluster, ['clusters', index]));
  return [
    ...repeated(
      all(({ credential: { webIdentity } }, path) =>
        webIdentity ? [{ value: webIdentity.audience, path: [...path, 'credential', 'webIdentity', 'audience'] }] : [],
      ),
      'with it a token for one cluster would open the other; give each its own, or leave it out',
    ),
    ...repeated(
      all(({ workloadRoles, account = '' }, path) =>
        workloadRoles.map(({ name }, index) => ({
          // IAM's names differ by more than the case of their letters.
          value: `${name.toLowerCase()} ${account}`,
          path: [...path, 'workloadRoles', index, 'name'],
        })),
      ),
      'an account has a role only once; choose another name',
    ),
    ...repeated(
      all(({ issuer, identityProvider, account = '' }, path) =>
        identityProvider ? [{ value: `${issuer} ${account}`, path: [...path, 'issuer'] }] : [],
      ),
      'an account has one identity provider for an issuer, and would take the pods of one cluster for those of the other; give each its own',
    ),
    ...repeated(
      all(({ issuer, issuerHosting }, path) => {
        const { hostname } = new URL(issuer);
        const served = issuerHosting && hostname !== FIRST_DEPLOYMENT_HOST;
        return served ? [{ value: hostname, path: [...path, 'issuer'] }] : [];
      }),
      'each cluster with issuerHosting has a distribution of its own, and CloudFront serves a host from one; give each its own host',
      'has a host that',
    ),
  ];
}

/** A problem for each value that an earlier one has too. @param what of the key it is, where it is not all of it. */
export function repeated(values: readonly Named[], remedy: string, what?: string): Problem[] {
  return values.flatMap(({ value, path }, index) => {
    const first = values.slice(0, index).find((earlier) => earlier.value === value);
    return first
      ? [{ path, message: `${what ? `${what} ` : ''}is that of ${pathName(first.path)} too: ${remedy}` }]
      : [];
  });
}

function pathName(path: Path): string {
  return path.slice(0, 2).reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : part), '');
}
