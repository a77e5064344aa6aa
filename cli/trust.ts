// `cwii trust`: what a cloud needs to trust a ServiceAccount, as JSON, shell commands, Terraform or CDK.

import { Command, Option } from 'commander';
import { type Issuer, isPrivateHost, parseIssuer } from '../cluster-file/issuer-url.ts';
import { describeFinding } from '../lib/annotations/findings.ts';
import { nearestName } from '../lib/common/nearest-name.ts';
import { isApiServerAudience } from '../lib/settings/api-audiences.ts';
import { catalogue } from '../lib/settings/service-catalogue.ts';
import { type MutateSettings, parseMutateSettings } from '../lib/settings/webhook-config.ts';
import { clusterIfAny, IF_IT_EXISTS } from './cluster-option.ts';
import type { KubeClient } from './kubectl/kube-client.ts';
import { withCluster } from './kubectl/with-cluster.ts';
import { environmentOf } from './preview/cluster-settings.ts';
import { awsTrust } from './trust/aws.ts';
import { azureTrust } from './trust/azure.ts';
import { gcpTrust } from './trust/gcp.ts';
import { givenIdentity, type IdentityOptions } from './trust/given-identity.ts';
import { type Cloud, type CloudRequest, clouds, type Identity, type ServiceAccountName } from './trust/identities.ts';
import { readIssuer, readScopes } from './trust/live-service-accounts.ts';
import { requestsOf } from './trust/requests.ts';
import { formatsOf, serviceTrust } from './trust/service.ts';
import { addServiceAccount } from './trust/service-account-name.ts';
import { warnAboutSharedRole } from './trust/shared-role.ts';
import { invalidInput, namesOf, type TrustFormat, type TrustInput, trustFormats } from './trust/trust-input.ts';

interface TrustOptions extends IdentityOptions {
  readonly output?: TrustFormat;
  readonly file?: string;
  readonly cluster?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly issuer?: string;
  readonly createProvider: boolean;
  readonly application: boolean;
}

export function trustCommand(): Command {
  return new Command('trust')
    .description(
      'Print what a cloud or a service needs to trust a ServiceAccount: the trust policy of an AWS role, the federated credential of an Azure identity, the provider and binding of GCP, or issuer, audience and subject for a service. It changes nothing, in no cluster and no cloud.',
    )
    .argument(
      '<namespace/name...>',
      'the ServiceAccount, or several that share the identity',
      (text: string, before: unknown) => addServiceAccount(text, before as readonly ServiceAccountName[] | undefined),
    )
    .requiredOption('--cloud <name>', 'aws, azure, gcp, the name of a service such as databricks, or of a bare token')
    .addOption(
      new Option(
        '-o, --output <format>',
        'the form (default: cli, and text for services); cdk is for AWS, text for services',
      ).choices(trustFormats),
    )
    .option('-f, --file <file>', `the cluster file, for the issuer and the default audiences ${IF_IT_EXISTS}`)
    .option('--cluster <name>', 'the cluster in the file; not needed if it has only one')
    .option('--kubeconfig <file>', "the kubeconfig (default: kubectl's)")
    .option('--context <name>', 'the context in the kubeconfig (default: the current one)')
    .option('--issuer <url>', "the issuer (default: that of cwii.yaml, else the cluster's)")
    .option('--role <arn>', 'AWS: the role; the cluster is then not read')
    .option('--target-role <arn>', 'AWS: the second role, which the first one assumes, with --role')
    .option('--external-id <id>', 'AWS: the external ID in the trust policy of the second role, with --target-role')
    .option('--client-id <id>', 'Azure: the client ID; the cluster is then not read')
    .option('--application', 'Azure: the client ID is of an app registration (for Terraform)', false)
    .option('--provider <name>', 'GCP: the full name of the workload identity provider; the cluster is then not read')
    .option('--service-account <email>', 'GCP: the service account to impersonate, with --provider')
    .option('--audience <audience>', "the audience of the pods' tokens")
    .option(
      '--create-provider',
      'Terraform and CDK: also create the identity provider of the issuer, which an account has once',
      false,
    )
    .addHelpText('after', HELP)
    .action(trust);
}

const HELP = `
Without --role, --client-id or --provider, the ServiceAccount and its namespace are read from the cluster, and their
annotations are resolved as for a pod.

Examples:
  cwii trust shop/checkout --cloud aws | sh
  cwii trust shop/checkout shop/worker --cloud aws -o json --issuer https://oidc.example.com/prod \\
    --role arn:aws:iam::123456789012:role/shop
  cwii trust shop/checkout --cloud gcp -o terraform --create-provider
  cwii trust shop/checkout --cloud databricks -o json
`;

async function trust(serviceAccounts: readonly ServiceAccountName[], options: TrustOptions): Promise<void> {
  const [first, ...more] = serviceAccounts;
  if (!first) return;
  const cluster = clusterIfAny(options);
  const settings = parseMutateSettings(cluster ? environmentOf(cluster) : process.env);
  const given = givenIdentity(options, settings);
  const issuer = options.issuer ?? cluster?.issuer;
  const found =
    given && issuer !== undefined
      ? { identity: given, issuer }
      : await readCluster([first, ...more], options, { given, issuer, settings });
  const identity = options.audience === undefined ? found.identity : { ...found.identity, audience: options.audience };
  if (isApiServerAudience(identity.audience, settings.apiAudiences))
    throw invalidInput(
      `"${identity.audience}" is an audience of the API server: who receives such a token could use the cluster, and the webhook denies it; choose another audience`,
    );
  process.stdout.write(
    write(
      {
        identity,
        serviceAccounts: [first, ...more],
        issuer: usableIssuer(found.issuer, options.cloud),
        clusterName: cluster?.name,
        createProvider: options.createProvider,
        application: options.application,
      },
      options.output ?? (identity.cloud === 'service' ? 'text' : 'cli'),
    ),
  );
}

interface Known {
  readonly given: Identity | undefined;
  readonly issuer: string | undefined;
  readonly settings: MutateSettings;
}

async function readCluster(
  serviceAccounts: readonly ServiceAccountName[],
  options: TrustOptions,
  { given, issuer, settings }: Known,
): Promise<{ readonly identity: Identity; readonly issuer: string }> {
  return withCluster(options, async (kube) => {
    const identity = given ?? (await sharedIdentity(kube, serviceAccounts, options.cloud, settings));
    await warnAboutSharedRole(kube, identity, serviceAccounts, settings);
    return { identity, issuer: issuer ?? (await readIssuer(kube)) };
  });
}

/** The one identity that all ServiceAccounts request. @throws {CwiiError} `trust-input-invalid` */
async function sharedIdentity(
  kube: KubeClient,
  serviceAccounts: readonly ServiceAccountName[],
  cloud: string,
  settings: MutateSettings,
): Promise<Identity> {
  const found = await Promise.all(
    serviceAccounts.map(async (one) => ({ one, identities: await identitiesOf(kube, one, cloud, settings) })),
  );
  const distinct = new Map(found.flatMap(({ identities }) => identities.map((one) => [keyOf(one), one] as const)));
  const [only, ...others] = distinct.values();
  if (only && others.length === 0) return only;
  const each = found.map(
    ({ one, identities }) => `${one.namespace}/${one.name} requests ${identities.map(keyOf).join(' and ')}`,
  );
  throw invalidInput(
    `one trust has one identity, but ${each.join(', ')}; run \`cwii trust\` for each${choice(cloud, ', and choose the identity with')}`,
  );
}

const identityOption: Readonly<Record<Cloud, string>> = { aws: '--role', azure: '--client-id', gcp: '--provider' };

/** The words before the option that names the identity, and the option. Services have none. */
function choice(cloud: string, words: string): string {
  const known = clouds.find((one) => one === cloud);
  return known ? `${words} ${identityOption[known]}` : '';
}

async function identitiesOf(
  kube: KubeClient,
  serviceAccount: ServiceAccountName,
  cloud: string,
  settings: MutateSettings,
): Promise<readonly Identity[]> {
  const label = namesOf([serviceAccount]);
  const scopes = await readScopes(kube, serviceAccount);
  if (!scopes) throw invalidInput(`${label} does not exist in the cluster; create it, or correct the name`);
  const requests = (await requestsOf(serviceAccount, scopes, settings)).clouds;
  const request = requests.find((one) => one.cloud === cloud);
  if (request && request.identities.length > 0) return request.identities;
  const [problem] = request?.problems ?? [];
  if (problem) throw invalidInput(`${label} gets no identity: ${describeFinding(problem)}`);
  throw invalidInput(
    `no annotation of ${label} or its namespace names the identity${otherRequests(requests)}; ${misspelt(cloud) ?? `annotate the ServiceAccount${choice(cloud, ', or pass')}`}`,
  );
}

/** The name of a bare token can be any word. */
function misspelt(cloud: string): string | undefined {
  const known = [...clouds, ...catalogue.map(({ name }) => name)];
  const nearest = known.includes(cloud) ? undefined : nearestName(cloud, known);
  return nearest === undefined ? undefined : `did you mean --cloud ${nearest}?`;
}

function otherRequests(requests: readonly CloudRequest[]): string {
  return requests.length === 0 ? '' : ` (they request ${requests.map(({ cloud }) => cloud).join(', ')})`;
}

/** Two identities with the same key need the same trust. */
function keyOf(identity: Identity): string {
  switch (identity.cloud) {
    case 'aws':
      return `${identity.roleArn} (audience ${identity.audience}${identity.target ? `, target role ${identity.target.roleArn}` : ''})`;
    case 'azure':
      return `${identity.clientId} (audience ${identity.audience})`;
    case 'gcp':
      return `${identity.serviceAccount ?? 'direct federation'} (provider ${identity.provider}, audience ${identity.audience})`;
    case 'service':
      return `${[identity.title, ...Object.values(identity.values)].join(' ')} (audience ${identity.audience})`;
  }
}

/** @throws {CwiiError} `trust-input-invalid` for an issuer that the cloud cannot use. */
function usableIssuer(text: string, cloud: string): Issuer {
  let issuer: Issuer;
  try {
    issuer = parseIssuer(text);
  } catch (error) {
    throw invalidInput(`the issuer ${(error as Error).message}`);
  }
  // Google and services can get the keys from elsewhere.
  const isFetched = cloud === 'aws' || cloud === 'azure';
  if (!isFetched || !isPrivateHost(issuer.host)) return issuer;
  throw invalidInput(
    `the cloud cannot fetch the keys of the issuer ${issuer.url}, because its host is private; publish an issuer first (docs/issuer.md)`,
  );
}

const writers = { aws: awsTrust, azure: azureTrust, gcp: gcpTrust };

/** @throws {CwiiError} `trust-input-invalid` for a format that the cloud does not have. */
function write(input: TrustInput, format: TrustFormat): string {
  const { identity } = input;
  const writer = () => {
    switch (identity.cloud) {
      case 'aws':
        return awsTrust[format]?.({ ...input, identity });
      case 'azure':
        return azureTrust[format]?.({ ...input, identity });
      case 'gcp':
        return gcpTrust[format]?.({ ...input, identity });
      case 'service':
        return serviceTrust(identity.id)[format]?.({ ...input, identity });
    }
  };
  const text = writer();
  if (text === undefined)
    throw invalidInput(
      identity.cloud === 'service'
        ? `--cloud ${identity.id} has no output ${format}; choose ${formatsOf(identity.id).join(', ')}`
        : `--cloud ${identity.cloud} has no output ${format}; choose ${Object.keys(writers[identity.cloud]).join(', ')}`,
    );
  return text;
}
