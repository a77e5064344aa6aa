// GCP: the workload identity provider of the issuer, and the binding that lets ServiceAccounts impersonate.

import { isPrivateHost } from '../../cluster-file/issuer-url.ts';
import { shellWord } from '../shell-word.ts';
import { type GcpIdentity, type ServiceAccountName, subjectOf } from './identities.ts';
import { hclAttributes, hclBlock, hclList, hclName, hclString } from './text.ts';
import { invalidInput, jsonText, namesOf, script, type TrustInput, type TrustWriter } from './trust-input.ts';

type Input = TrustInput<GcpIdentity>;

const ROLE = 'roles/iam.workloadIdentityUser';
const KEYS_FILE = 'cluster-jwks.json';
const WHY_UPLOADED =
  'Google cannot fetch the keys of a private issuer. Upload them again when the signing key changes.';
/** The limit of `google.subject`. */
const LONGEST_SUBJECT = 127;

export const gcpTrust: TrustWriter<GcpIdentity> = {
  json(input) {
    const { identity, issuer, serviceAccounts } = input;
    const members = serviceAccounts.map((one) => memberOf(one, identity));
    const allowedAudiences = allowedAudiencesOf(identity);
    const { serviceAccount } = identity;
    return jsonText({
      provider: {
        name: identity.provider.slice('//iam.googleapis.com/'.length),
        attributeMapping: { 'google.subject': 'assertion.sub' },
        oidc: { issuerUri: issuer.url, ...(allowedAudiences.length > 0 && { allowedAudiences }) },
      },
      ...(serviceAccount === undefined
        ? { members }
        : { serviceAccount: resourceOf(serviceAccount), binding: { role: ROLE, members } }),
    });
  },

  cli(input) {
    const { identity, issuer, serviceAccounts } = input;
    const { serviceAccount } = identity;
    const { project, location, pool, provider } = partsOf(identity);
    const pools = 'gcloud iam workload-identity-pools';
    const place = `--project=${project} --location=${location}`;
    const inPool = `${place} --workload-identity-pool=${pool}`;
    const isPrivate = isPrivateHost(issuer.host);
    const audiences = allowedAudiencesOf(identity).map((one) => ` --allowed-audiences=${shellWord(one)}`);
    return script(
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} ${purposeOf(identity)}.`,
      'set -eu',
      '',
      `if ! ${pools} describe ${pool} ${place} >/dev/null 2>&1; then`,
      `  ${pools} create ${pool} ${place}`,
      'fi',
      `if ! ${pools} providers describe ${provider} ${inPool} >/dev/null 2>&1; then`,
      ...(isPrivate ? [`  # ${WHY_UPLOADED}`, `  kubectl get --raw /openid/v1/jwks > ${KEYS_FILE}`] : []),
      `  ${pools} providers create-oidc ${provider} ${inPool} \\`,
      `    --issuer-uri=${shellWord(issuer.url)} --attribute-mapping=google.subject=assertion.sub${audiences.join('')}${isPrivate ? ` --jwk-json-path=${KEYS_FILE}` : ''}`,
      'fi',
      '',
      ...(serviceAccount === undefined
        ? grantHints(serviceAccounts.map((one) => memberOf(one, identity)))
        : serviceAccounts
            .map((one) => memberOf(one, identity))
            .flatMap((member) => [
              `gcloud iam service-accounts add-iam-policy-binding ${shellWord(serviceAccount)} \\`,
              `  --project=${shellWord(projectOf(serviceAccount) ?? project)} --role=${ROLE} \\`,
              `  --member=${shellWord(member)}`,
            ])),
    );
  },

  terraform(input) {
    const { identity, issuer, serviceAccounts, createProvider } = input;
    const { serviceAccount } = identity;
    const lines = [
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} ${purposeOf(identity)}.`,
      ...(createProvider ? [...providerBlocks(input), ''] : []),
      ...(serviceAccount === undefined
        ? grantHints(serviceAccounts.map((one) => memberOf(one, identity)))
        : serviceAccounts.flatMap((one, index) => [
            ...(index === 0 ? [] : ['']),
            ...hclBlock(
              `resource "google_service_account_iam_member" "${hclName(one)}"`,
              hclAttributes([
                ['service_account_id', hclString(resourceOf(serviceAccount))],
                ['role', hclString(ROLE)],
                ['member', hclString(memberOf(one, identity))],
              ]),
            ),
          ])),
    ];
    return `${lines.join('\n')}\n`;
  },
};

function providerBlocks({ identity, issuer }: Input): string[] {
  const { project, pool, provider } = partsOf(identity);
  const audiences = allowedAudiencesOf(identity);
  return [
    ...(isPrivateHost(issuer.host) ? [`# ${WHY_UPLOADED}`, `# kubectl get --raw /openid/v1/jwks > ${KEYS_FILE}`] : []),
    ...hclBlock(
      'resource "google_iam_workload_identity_pool" "cluster"',
      hclAttributes([
        ['project', hclString(project)],
        ['workload_identity_pool_id', hclString(pool)],
      ]),
    ),
    '',
    ...hclBlock('resource "google_iam_workload_identity_pool_provider" "cluster"', [
      ...hclAttributes([
        ['project', hclString(project)],
        ['workload_identity_pool_id', 'google_iam_workload_identity_pool.cluster.workload_identity_pool_id'],
        ['workload_identity_pool_provider_id', hclString(provider)],
        ['attribute_mapping', '{ "google.subject" = "assertion.sub" }'],
      ]),
      '',
      ...hclBlock(
        'oidc',
        hclAttributes([
          ['issuer_uri', hclString(issuer.url)],
          ...(audiences.length === 0 ? [] : [['allowed_audiences', hclList(audiences)] as const]),
          ...(isPrivateHost(issuer.host) ? [['jwks_json', `file("${KEYS_FILE}")`] as const] : []),
        ]),
      ),
    ]),
  ];
}

function purposeOf({ serviceAccount, provider }: GcpIdentity): string {
  return serviceAccount === undefined ? `authenticate to ${provider}` : `impersonate ${serviceAccount}`;
}

/** Direct federation has no service account: each resource grants a role to the principal. */
function grantHints(members: readonly string[]): string[] {
  return members.flatMap((member) => [
    '# Grant the principal a role on each resource, such as:',
    `# gcloud storage buckets add-iam-policy-binding gs://BUCKET --role=roles/storage.objectViewer --member=${member}`,
  ]);
}

/** Empty if the token has the provider's own name, which the provider accepts without a list. */
function allowedAudiencesOf({ audience, provider }: GcpIdentity): string[] {
  return audience.replace(/^https:/, '') === provider ? [] : [audience];
}

/** The principal of IAM that a token of the ServiceAccount is. */
export function memberOf(serviceAccount: ServiceAccountName, identity: GcpIdentity): string {
  const subject = subjectOf(serviceAccount);
  if (subject.length > LONGEST_SUBJECT)
    throw invalidInput(
      `the subject ${subject} has ${subject.length} characters, but google.subject has at most ${LONGEST_SUBJECT}; shorten the name of the ServiceAccount or of its namespace`,
    );
  const { project, location, pool } = partsOf(identity);
  return `principal://iam.googleapis.com/projects/${project}/locations/${location}/workloadIdentityPools/${pool}/subject/${subject}`;
}

/** @param identity whose provider fits GCP_AUDIENCE. */
export function partsOf({ provider }: GcpIdentity) {
  const [, , , , project = '', , location = '', , pool = '', , name = ''] = provider.split('/');
  return { project, location, pool, provider: name };
}

function projectOf(serviceAccount: string): string | undefined {
  return /@(.+)\.iam\.gserviceaccount\.com$/.exec(serviceAccount)?.[1];
}

function resourceOf(serviceAccount: string): string {
  return `projects/${projectOf(serviceAccount) ?? '-'}/serviceAccounts/${serviceAccount}`;
}
