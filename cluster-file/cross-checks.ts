// Checks between the keys of one cluster, which the schema cannot express.

import { isApiServerAudience } from '../lib/settings/api-audiences.ts';
import { allows, parsePattern } from '../lib/settings/guard-rails.ts';
import { audienceByDefault } from '../lib/settings/service-templates.ts';
import { addressScope, LOOPBACK_PROBLEM } from './api-address.ts';
import { parseCallerCidr } from './caller-cidrs.ts';
import { type Cluster, defaultAwsAudience } from './defaults.ts';
import { FIRST_DEPLOYMENT_HOST, hostProblems, isPrivateHost, servingRemedy } from './issuer-url.ts';
import { isOlderThan, versionNeeds } from './kubernetes-version.ts';
import type { Path, Problem } from './problems.ts';
import { regionProblem } from './regions.ts';
import { pascalCase } from './stack-names.ts';

/** @returns problems with paths below the cluster. */
export function checkCluster(cluster: Cluster): Problem[] {
  const problems: Problem[] = [];
  const add = (path: Path, message: string) => problems.push({ path, message });
  checkCredential(cluster, add);
  checkIssuer(cluster, add);
  checkAudiences(cluster, add);
  checkRoleNames(cluster, add);
  checkRolesAreAllowed(cluster, add);
  checkRegion(cluster, add);
  checkCallers(cluster, add);
  checkNetwork(cluster, add);
  checkAlarms(cluster, add);
  checkEncryptionKey(cluster, add);
  return problems;
}

type Add = (path: Path, message: string) => void;

function checkCallers({ callers, credential, function: lambda }: Cluster, add: Add): void {
  const { tokenSha256, pathKeySha256, subjects, audiences } = callers;
  if (subjects.length > 0 && credential.none)
    add(
      ['callers', 'subjects'],
      'cannot be combined with credential none: the function reads the keys of these tokens from the cluster; use tokenSha256',
    );
  if (audiences.length > 0 && subjects.length === 0)
    add(['callers', 'audiences'], 'has no effect without subjects; add subjects, or remove it');
  if (tokenSha256.length + pathKeySha256.length + subjects.length === 0)
    add(
      ['callers', 'tokenSha256'],
      'has no digest, so nobody could call the webhook; run `cwii caller-token` to make a token and its digest',
    );
  checkListedOnce((lambda.allowedCallerCidrs ?? []).map(parseCallerCidr), ['function', 'allowedCallerCidrs'], add);
}

function checkNetwork({ api: { url, vpc, egress }, credential }: Cluster, add: Add): void {
  if (!credential.none && addressScope(url) === 'loopback') add(['api', 'url'], `is ${url}, which ${LOOPBACK_PROBLEM}`);
  if (egress && vpc) add(['api', 'egress'], 'cannot be combined with api.vpc, whose NAT has the addresses; remove one');
  if (egress && addressScope(url) === 'private')
    add(['api', 'egress'], `does not reach ${url}, a private address; use api.vpc with a VPC that reaches it`);
  if (!vpc) return;
  if (vpc.availabilityZones.length > vpc.subnetIds.length)
    add(['api', 'vpc', 'availabilityZones'], 'has more entries than subnetIds; write one zone for each subnet');
  for (const key of ['subnetIds', 'securityGroupIds'] as const) checkListedOnce(vpc[key], ['api', 'vpc', key], add);
}

function checkListedOnce(values: readonly string[], path: Path, add: Add): void {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) < index) add([...path, index], `is ${value}, which is listed twice; remove it`);
}

/** CloudWatch alarms can notify only topics in their own region. */
function checkAlarms({ alarms, region }: Cluster, add: Add): void {
  const [, , , topicRegion] = alarms?.topicArn?.split(':') ?? [];
  if (region !== undefined && topicRegion !== undefined && topicRegion !== region)
    add(['alarms', 'topicArn'], `is in ${topicRegion}, but the alarms are in ${region}; write a topic in that region`);
}

function checkEncryptionKey({ encryptionKey, region }: Cluster, add: Add): void {
  const [, , , keyRegion] = encryptionKey?.split(':') ?? [];
  if (region !== undefined && keyRegion !== undefined && keyRegion !== region)
    add(['encryptionKey'], `is in ${keyRegion}, but the stack is in ${region}; write a key in that region`);
}

function checkCredential({ credential, issuer, issuerHosting, api, kubernetesVersion }: Cluster, add: Add): void {
  if (credential.webIdentity && isOlderThan(kubernetesVersion, 'web-identity')) {
    add(
      ['credential', 'webIdentity'],
      `needs Kubernetes 1.${versionNeeds['web-identity'].minor}, but kubernetesVersion is ${kubernetesVersion}; use secret, or upgrade the cluster`,
    );
  }
  if (credential.webIdentity?.issuer === issuer) {
    add(
      ['credential', 'webIdentity', 'issuer'],
      "is the cluster's own issuer; write the AWS account's issuer, as shown by `aws iam get-outbound-web-identity-federation-info`",
    );
  }
  if (credential.none && issuerHosting)
    add(
      ['credential', 'none'],
      "cannot be combined with issuerHosting, which reads the cluster's keys; use webIdentity, secret or eks",
    );
  for (const key of ['vpc', 'egress'] as const) {
    if (!credential.none || !api[key]) continue;
    add(
      ['api', key],
      'has no effect with credential none, because the cluster is not read; remove it, or use another credential',
    );
  }
}

function checkIssuer({ issuer, api, issuerHosting, identityProvider, workloadRoles }: Cluster, add: Add): void {
  const { hostname } = new URL(issuer);
  if ((issuerHosting || identityProvider) && isPrivateHost(hostname)) {
    const key = issuerHosting ? 'issuerHosting' : workloadRoles.length > 0 ? 'workloadRoles' : 'identityProvider';
    const remedy = issuerHosting
      ? `write the public issuer; for CloudFront's own name begin with https://${FIRST_DEPLOYMENT_HOST}/NAME`
      : 'write the public issuer, which issuerHosting can publish';
    add(['issuer'], `is ${issuer}, which AWS cannot reach, but ${key} requires that; ${remedy}`);
    return;
  }
  if (issuerHosting) checkHosting(issuerHosting, hostname, add);
  if (issuerHosting && new URL(api.url).hostname === hostname)
    add(
      ['issuer'],
      `has the API server's own host ${hostname}, but issuerHosting publishes it from CloudFront; use another host`,
    );
}

function checkHosting(hosting: NonNullable<Cluster['issuerHosting']>, host: string, add: Add): void {
  const { certificateArn, hostedZone } = hosting;
  const faults = hostProblems(host, { hasCertificate: certificateArn !== undefined, zone: hostedZone?.name });
  if (faults.includes('certificate-missing'))
    add(
      ['issuerHosting'],
      `has no certificateArn, so CloudFront can serve only its own name, not ${host}; ${servingRemedy('certificateArn')}`,
    );
  if (faults.includes('certificate-unused'))
    add(
      ['issuerHosting', 'certificateArn'],
      `cannot be used for ${host}, which is CloudFront's own name; remove it, or use an issuer on your own domain`,
    );
  if (hostedZone && certificateArn === undefined)
    add(
      ['issuerHosting', 'hostedZone'],
      'requires certificateArn, because CloudFront serves your domain only with its certificate; add certificateArn',
    );
  if (faults.includes('zone-mismatch'))
    add(
      ['issuerHosting', 'hostedZone', 'name'],
      `is ${hostedZone?.name}, but the issuer's host ${host} is not in that zone; write the zone of the host`,
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
        "is the API server's own audience; a cloud with such a token could use the cluster. Choose another audience",
      );
  }
  for (const [index, audience] of identityProvider?.audiences.entries() ?? []) {
    if (isApiServerAudience(audience, own))
      add(
        ['identityProvider', 'audiences', index],
        "is the API server's own audience; AWS would accept every token of the cluster. Remove it",
      );
  }
  for (const [index, { audience, keys }] of cluster.services?.entries() ?? []) {
    const byDefault = audienceByDefault(audience, keys);
    if (byDefault !== undefined && isApiServerAudience(byDefault, own))
      add(
        ['services', index, 'audience'],
        "is the API server's own audience; a service with such a token could use the cluster. Choose another audience",
      );
  }
  const audience = defaultAwsAudience(cluster);
  if (identityProvider && (providers.aws.enabled ?? true) && !identityProvider.audiences.includes(audience))
    add(
      ['identityProvider', 'audiences'],
      `does not contain "${audience}", the audience of the pods' tokens (providers.aws.defaultAudience); add it`,
    );
}

function checkRegion({ region }: Cluster, add: Add): void {
  const problem = region === undefined ? undefined : regionProblem(region);
  if (problem !== undefined) add(['region'], problem);
}

/** The webhook would deny the pods for which these roles are created. */
function checkRolesAreAllowed({ account, workloadRoles, guardRails: { roleArns } }: Cluster, add: Add): void {
  if (!roleArns) return;
  // The partition follows from the region, and the account may come from the user's profile.
  const comparable = (arn: string) =>
    arn.replace(/^arn:[^:*]+:iam::([^:]*)/, (_, id: string) => `arn:aws:iam::${account === undefined ? '' : id}`);
  const patterns = roleArns.map((text) => parsePattern(comparable(text)));
  for (const [index, { name, path, namespace }] of workloadRoles.entries()) {
    const arn = `arn:aws:iam::${account ?? ''}:role${path}${name}`;
    if (allows(patterns, arn, namespace)) continue;
    add(
      ['workloadRoles', index, 'name'],
      `is the role ${path.slice(1)}${name} of namespace ${namespace}, which guardRails.roleArns does not allow, so its pods would be denied; set the role's path, such as /${namespace}/, or add a pattern`,
    );
  }
}

/** Two different names in IAM can become the same logical ID in CloudFormation, which has no punctuation. */
function checkRoleNames({ workloadRoles }: Cluster, add: Add): void {
  for (const [index, { name }] of workloadRoles.entries()) {
    const first = workloadRoles.findIndex((other) => pascalCase(other.name) === pascalCase(name));
    if (first < index && workloadRoles[first]?.name !== name)
      add(
        ['workloadRoles', index, 'name'],
        `is "${name}", which differs from "${workloadRoles[first]?.name}" only in punctuation, but the names of stack outputs have none; choose another name`,
      );
  }
}
