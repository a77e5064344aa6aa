// AWS regions: the variables that carry one, its partition, and containers without a region.

import { type Finding, type FindingLocation, findingOf, locationOf } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import { type EnvVar, type IdentityHolder, isSet, listNames, literal, type Synonyms } from './plan.ts';
import type { EvaluationInput } from './provider.ts';

/**
 * Region codes such as us-east-1, us-gov-west-1, eusc-de-east-1. cwii bounds the length: every container gets
 * a copy.
 */
export const REGION = /^[a-z]{2,5}(-[a-z]{1,16}){1,3}-\d{1,2}$/;

/** Partitions by the beginning of their regions, as in the SDKs' partitions.json. All others are in `aws`. */
const PARTITIONS = Object.entries({
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'us-iso-': 'aws-iso',
  'us-isob-': 'aws-iso-b',
  'eu-isoe-': 'aws-iso-e',
  'us-isof-': 'aws-iso-f',
  'eusc-': 'aws-eusc',
});

/** boto3 and version 1 of the AWS CLI read only the second one, Java and JavaScript only the first one. */
export const REGION_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

const ENDPOINT_VARIABLES = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'];

export interface RegionPlan {
  readonly env: readonly EnvVar[];
  readonly synonyms: Synonyms;
  readonly findings: readonly Finding[];
  /** @param pod the pod in messages. */
  readonly examine: (containers: readonly IdentityHolder[], pod: string) => readonly Finding[];
}

/**
 * @param roleArn the role, for its partition.
 * @param at the annotation that requests the role.
 */
export function planRegion(input: EvaluationInput, roleArn: string, at: Explicit<unknown>): RegionPlan {
  const { resolution, settings } = input;
  const { defaultRegion, setDefaultRegion } = settings.providers.aws;
  const partition = roleArn.split(':')[1] ?? '';
  const explicit = resolution.get('cwii.dev/aws-region');
  const invalid = explicit !== undefined && !REGION.test(explicit.value);
  const value = invalid ? undefined : (explicit?.value ?? defaultRegion);
  // Without AWS_DEFAULT_REGION, boto3 sends the token of a role in China to STS of the partition aws.
  const both = partition !== 'aws' || (resolution.get('cwii.dev/aws-set-default-region')?.value ?? setDefaultRegion);
  const names = both ? REGION_VARIABLES : ['AWS_REGION'];
  const subject = explicit ? 'this region' : `the default region ${value}`;
  const found = value === undefined ? undefined : partitionOf(value);
  const foreign = findForeign(subject, found, partition, locationOf(explicit ?? at));
  const missing = (containers: readonly IdentityHolder[]) => {
    // The region is left out for another reason, which has its own finding.
    if (invalid) return [];
    const without = containers.filter(({ variables }) => !REGION_VARIABLES.some((name) => isSet(variables.get(name))));
    return without.length > 0 ? findMissing(input, at, { partition, containers: listNames(without) }) : [];
  };
  return {
    env: value === undefined ? [] : names.map((name) => literal(name, value)),
    synonyms: { names: REGION_VARIABLES, completed: names },
    findings: invalid ? [findingOf('aws-region-invalid', locationOf(explicit))] : foreign,
    examine: (containers, pod) => [
      ...missing(containers),
      ...containers.flatMap((container) => findForeignVariables(container, { partition, injected: value, pod })),
    ],
  };
}

function findMissing(
  { resolution }: EvaluationInput,
  at: Explicit<unknown>,
  params: { partition: string; containers: string },
): Finding[] {
  const regional = resolution.get('cwii.dev/aws-sts-regional-endpoints');
  return [
    findingOf('aws-region-missing', locationOf(at), params),
    ...(regional?.value ? [findingOf('aws-sts-region-missing', locationOf(regional), params)] : []),
  ];
}

/** Regions and STS endpoints that the container sets itself. A value from elsewhere cannot be seen. */
function findForeignVariables(
  { name: container, variables }: IdentityHolder,
  { partition, injected, pod }: { partition: string; injected: string | undefined; pod: string },
): Finding[] {
  // The container's own variables come before those that cwii copies from them.
  const region = [...variables.values()].find(({ name, value }) => value && REGION_VARIABLES.includes(name));
  const endpoint = ENDPOINT_VARIABLES.map((name) => variables.get(name)).find((variable) => isSet(variable));
  return [
    ...(region?.value && region.value !== injected && REGION.test(region.value)
      ? findForeign(`the region of container ${container}`, partitionOf(region.value), partition, {
          key: region.name,
          scope: 'pod',
          object: pod,
        })
      : []),
    ...(endpoint?.value
      ? findForeign(`the endpoint of container ${container}`, partitionOfEndpoint(endpoint.value), partition, {
          key: endpoint.name,
          scope: 'pod',
          object: pod,
        })
      : []),
  ];
}

function findForeign(subject: string, found: string | undefined, partition: string, place: FindingLocation): Finding[] {
  if (found === undefined || found === partition) return [];
  return [findingOf('aws-partition-mismatch', place, { subject, found, partition })];
}

function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** The partition of an endpoint of AWS; undefined for any other host. */
function partitionOfEndpoint(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const region = host.split('.').find((label) => REGION.test(label));
  if (host === 'sts.amazonaws.com') return 'aws';
  return region !== undefined && /\.(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)$/.test(host)
    ? partitionOf(region)
    : undefined;
}
